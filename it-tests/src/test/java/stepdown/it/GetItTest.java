package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** "Get it" of the README, followed to the letter, but for images that only a registry has. */
class GetItTest {
    private static final Path GRAALVM = Path.of(System.getenv().getOrDefault("GRAALVM_HOME", "/none"));
    private static final Path README = Path.of("..", "README.md");

    /** Programs that show who they are, linked with either C library, or with none. */
    private static final String PRODUCTS = """
            FROM debian:bookworm-slim
            RUN apt-get update && apt-get install -y --no-install-recommends busybox-static gcc libc6-dev musl-tools
            RUN echo '#include <stdio.h>\\nint main(void) { FILE *f = fopen("/proc/self/status", "r"); int c; while ((c = getc(f)) != EOF) putchar(c); }' >/p.c \\
                && mkdir /probe && gcc -o /probe/glibc /p.c && musl-gcc -o /probe/musl /p.c && gcc -static -o /probe/static /p.c
            """;

    /** Where UBI has its files; merged, with one folder of libraries, that the loader knows from its cache. */
    private static final String LIKE_UBI = """
            FROM %s AS glibc
            RUN mkdir -p /image/usr/lib64 /image/usr/lib /image/usr/bin /image/etc && cd /lib/x86_64-linux-gnu \\
                && cp -L libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 ld-linux-x86-64.so.2 /image/usr/lib64/ \\
                && for f in bin lib lib64; do ln -s usr/$f /image/$f; done \\
                && echo /usr/lib64 >/image/etc/ld.so.conf && ldconfig -r /image && echo root:x:0:0:root:/root:/bin/bash >/image/etc/passwd
            FROM scratch
            COPY --from=glibc /image /
            """.formatted(Images.base());

    private static final String MUSL = """
            FROM %s AS musl
            RUN mkdir -p /image/bin /image/lib && cp -L /lib/ld-musl-x86_64.so.1 /image/lib/ && cp -a /bin/busybox /image/bin/ && ln -s busybox /image/bin/sh
            FROM scratch
            COPY --from=musl /image /
            """;

    /** One row of the table: an image, and the one that /opt/stepdown is taken from. */
    record Row(String base, String stepdown) {}

    static List<Row> rows() throws IOException {
        return Pattern.compile(
                        "^\\|.* `FROM (\\S+)`.*\\| `COPY --from=(\\S+) /opt/stepdown /opt/stepdown` \\|",
                        Pattern.MULTILINE)
                .matcher(Files.readString(README))
                .results()
                .map(found -> new Row(found.group(1), found.group(2)))
                .toList();
    }

    @Test
    void the_table_has_glibc_musl_and_nothing() throws IOException {
        assertThat(rows())
                .extracting(Row::base)
                .containsExactly(
                        "debian:trixie-slim", "redhat/ubi9-minimal", "base-debian13", "alpine:3.22", "scratch");
    }

    @ParameterizedTest
    @MethodSource("rows")
    void a_product_steps_down_on_it(Row row) throws IOException {
        boolean jvm = row.stepdown().equals("stepdown:jvm");
        assertThat(row.stepdown()).isEqualTo(jvm ? "stepdown:jvm" : "stepdown:native");
        assumeTrue(jvm || Flavour.built().contains(Flavour.NATIVE), "left out: the native flavour was not built");
        assumeTrue(!jvm || Flavour.JVM.needsNoLibrary() || row.base().startsWith("debian"), Flavour.JVM.needs());
        String stepdown = jvm ? Images.built() : Images.stepdown(Flavour.NATIVE);
        String tag = "get-" + row.base().replaceAll("\\W", "-");
        String image = Images.made(tag, jvm ? Flavour.JVM : Flavour.NATIVE, dockerfile(row.base(), stepdown));
        Finished finished = Docker.docker("run", "--rm", image, "/product").succeeded();
        assertThat(finished.lines())
                .contains(
                        "Uid:\t9031\t9031\t9031\t9031",
                        "Gid:\t9999\t9999\t9999\t9999",
                        "Groups:\t9999 ",
                        "CapPrm:\t0000000000000000",
                        "CapBnd:\t0000000000000000",
                        "NoNewPrivs:\t1");
        assertThat(finished.errorLines()).as("%s", finished).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"alpine:3.22", "scratch"})
    void the_jvm_flavour_fails_the_build_of_an_image_that_has_no_glibc(String base) throws IOException {
        assertThat(failedBuild(dockerfile(base, Images.stepdown(Flavour.JVM))))
                .containsOnlyOnce("ERROR stepdown - ")
                .contains("this image has no glibc, which the JVM flavour needs; use the native flavour");
    }

    /** The architecture is one (VAX) that no machine emulates. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            printf K >/b; dd if=/b of=/opt/stepdown/bin/stepdown bs=1 seek=18 conv=notrunc | exec format error
            rm /opt/stepdown/lib/stepdown.jar                                           | copy the whole folder
            rm -r /opt/stepdown/runtime/lib                                             | copy the whole folder
            """)
    void a_folder_of_another_architecture_or_half_a_one_fails_the_build(String spoil, String line) throws IOException {
        assertThat(failedBuild(dockerfile("debian:trixie-slim", Images.probeWith(Flavour.JVM, "RUN " + spoil))))
                .contains(line);
    }

    /** The beginning of a Dockerfile of an image that is like this one where it matters. */
    private static String standIn(String base) {
        return switch (base) {
            case "debian:trixie-slim", "scratch" -> "FROM " + base + "\n";
            case "redhat/ubi9-minimal" -> LIKE_UBI;
            case "base-debian13" -> BaseImagesTest.GLIBC_ALONE;
            case "alpine:3.22" -> MUSL.formatted(products());
            default -> throw new AssertionError(base + " has no stand-in");
        };
    }

    /** The first Dockerfile of the README with another base and another image of stepdown, and with a product. */
    private static String dockerfile(String base, String stepdown) throws IOException {
        MatchResult block = Pattern.compile("```dockerfile\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(README))
                .results()
                .findFirst()
                .orElseThrow();
        String linked = base.equals("scratch") ? "static" : base.startsWith("alpine") ? "musl" : "glibc";
        String text = block.group(1)
                .replaceFirst("FROM .*\n", Matcher.quoteReplacement(standIn(base)))
                .replace("--from=stepdown:jvm ", "--from=" + stepdown + " ")
                .replace("# ... your product ...", "COPY --from=%s /probe/%s /product".formatted(products(), linked));
        assertThat(text).contains(stepdown, "/product\n", "\"--version\"");
        return text;
    }

    private static String products() {
        return Images.made("products", Flavour.JVM, PRODUCTS);
    }

    private static String failedBuild(String dockerfile) {
        Finished finished = Docker.docker(dockerfile, List.of("build", "-"));
        assertThat(finished.exit()).as("%s", finished).isNotZero();
        return finished.text() + finished.errors();
    }

    @Test
    void the_image_has_nothing_but_the_folder_and_says_what_it_is() throws IOException {
        String image = Images.built();
        String all =
                Images.made("all", Flavour.JVM, "FROM %s%nCOPY --from=%s / /all%n".formatted(Images.base(), image));
        assertThat(Docker.must("run", "--rm", all, "find", "/all", "-mindepth", "1", "-maxdepth", "2")
                        .split("\n"))
                .containsExactlyInAnyOrder("/all/opt", "/all/opt/stepdown");
        String mine = Images.probe(Flavour.JVM);
        String list =
                "cd $0 && find . ! -path './legal/*' -printf '%p %u:%g %m\\n' | sed 's,/[0-9a-f]*[.]aot,/aot,' | sort";
        assertThat(Docker.must("run", "--rm", all, "sh", "-c", list, "/all/opt/stepdown"))
                .isEqualTo(Docker.must("run", "--rm", "--entrypoint", "sh", mine, "-c", list, "/opt/stepdown"));
        // What no other compiler, linker or start makes other: of the same source and JDK, the same bytes.
        String sums = "cd $0 && sha256sum lib/*.jar lib/*.so runtime/lib/modules runtime/conf/*/* runtime/release";
        assertThat(Docker.must("run", "--rm", all, "sh", "-c", sums, "/all/opt/stepdown"))
                .isEqualTo(Docker.must("run", "--rm", "--entrypoint", "sh", mine, "-c", sums, "/opt/stepdown"));
        Matcher version =
                Pattern.compile("<version>(.*?)</version>").matcher(Files.readString(Path.of("..", "pom.xml")));
        assertThat(version.find()).isTrue();
        assertThat(label(image, "version")).isEqualTo(version.group(1));
        assertThat(label(image, "licenses")).isEqualTo("Apache-2.0");
        assertThat(label(image, "title")).contains("stepdown");
        assertThat(label(image, "description")).isNotBlank();
        assertThat(Docker.must("image", "inspect", "-f", "{{.Os}}/{{.Architecture}}", image))
                .isEqualTo(Docker.must("version", "-f", "{{.Server.Os}}/{{.Server.Arch}}"));
    }

    /**
     * A stage of a Dockerfile has no namespaces to train the cache in, and a cache of less would be four times slower.
     */
    @Test
    void its_cache_is_that_of_a_whole_start() {
        CacheTest.assertCacheIsWhole(
                Launch.in(Images.made("built-probe", Flavour.JVM, """
                FROM %s
                COPY --from=%s /opt/stepdown /opt/stepdown
                ENTRYPOINT ["/opt/stepdown/bin/stepdown"]
                """.formatted(Images.base(), Images.built()))));
    }

    @Test
    void the_native_flavour_is_built_of_the_source_alone() throws IOException {
        Need.NATIVE.ask();
        assumeTrue(
                Files.isExecutable(GRAALVM.resolve("bin/native-image")),
                "left out: GRAALVM_HOME names no native-image");
        String base = "stepdown-it/graalvm:native";
        Docker.docker(
                        "FROM scratch\nCOPY . /graalvm\n",
                        List.of("build", "-q", "-t", base, "-f", "-", GRAALVM.toString()))
                .succeeded();
        List<String> command = new ArrayList<>(List.of("build", "-q", "-t", "stepdown-it/built:native"));
        command.addAll(List.of("-f", "../docker/native.Dockerfile", "--build-arg", "GRAALVM_IMAGE=" + base));
        command.addAll(List.of("--build-arg", "GRAALVM=/graalvm"));
        command.addAll(Images.localJdk());
        command.add("..");
        Docker.docker(command).succeeded();
        String image =
                Images.made("built-on-nothing", Flavour.NATIVE, dockerfile("scratch", "stepdown-it/built:native"));
        assertThat(Docker.docker("run", "--rm", image, "/product").succeeded().lines())
                .contains("Uid:\t9031\t9031\t9031\t9031");
    }

    @Test
    void a_platform_that_has_no_folder_fails_the_build_in_a_line() {
        String base = Images.made(
                "s390x",
                Flavour.JVM,
                "FROM debian:trixie-slim\nRUN printf '#!/bin/sh\\necho s390x\\n' >/bin/uname && chmod 755 /bin/uname\n");
        Finished finished = Docker.docker(
                "build", "-f", "../docker/jvm.Dockerfile", "--build-arg", "JDK_IMAGE=" + base, "--no-cache", "..");
        assertThat(finished.exit()).as("%s", finished).isNotZero();
        assertThat(finished.text() + finished.errors())
                .contains("stepdown runs on amd64 and arm64, and there is no folder of it for s390x");
    }

    /** As Compose does it: a service whose image another one's Dockerfile begins with is built before. */
    @Test
    void compose_builds_every_image_that_it_names() throws IOException {
        Path folder = Path.of("..", "docker");
        Map<?, ?> services = (Map<?, ?>)
                ((Map<?, ?>) new Yaml().load(Files.readString(folder.resolve("compose.yaml")))).get("services");
        assertThat(services).isNotEmpty();
        for (Object service : services.values()) {
            Map<?, ?> fields = (Map<?, ?>) service;
            Map<?, ?> build = (Map<?, ?>) fields.get("build");
            Path context = folder.resolve((String) build.get("context"));
            String dockerfile = build.containsKey("dockerfile") ? (String) build.get("dockerfile") : "Dockerfile";
            String text = Files.readString(context.resolve(dockerfile));
            if (build.get("additional_contexts") instanceof Map<?, ?> contexts) {
                contexts.forEach((name, built) -> {
                    assertThat(text).contains("ARG STEPDOWN=" + name + "\nFROM ${STEPDOWN} AS");
                    Object named = services.get(built.toString().replaceFirst("^service:", ""));
                    assertThat(((Map<?, ?>) named).get("image")).isEqualTo(name);
                });
                assertThat(fields.get("image")).isEqualTo("stepdown-nginx");
                assertThat(context.resolve("nginx.conf")).exists();
            } else {
                assertThat(fields.get("image")).isEqualTo("stepdown:jvm");
                assertThat(fields.get("scale")).isEqualTo(0);
                assertThat(context.resolve(dockerfile))
                        .hasSameTextualContentAs(Path.of("..", "docker", "jvm.Dockerfile"));
            }
        }
    }

    private static String label(String image, String name) {
        return Docker.must(
                "image", "inspect", "-f", "{{index .Config.Labels \"org.opencontainers.image." + name + "\"}}", image);
    }
}
