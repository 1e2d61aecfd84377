package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Function;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.cyclonedx.Version;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** What a folder says of what is in it, to scanners and to lawyers. */
@EachFlavour
class SbomTest {
    @Parameter
    private Flavour flavour;

    private Path legal;
    private Bom bom;

    @BeforeEach
    void read() throws Exception {
        legal = flavour.folder().resolve("legal");
        bom = new JsonParser().parse(sbom().toFile());
    }

    private Path sbom() {
        return legal.resolve("stepdown.cdx.json");
    }

    @Test
    void it_is_valid_by_its_schema() throws IOException {
        assertThat(bom.getSpecVersion()).isEqualTo("1.6");
        assertThat(new JsonParser().validate(sbom().toFile(), Version.VERSION_16))
                .isEmpty();
    }

    /** Those that are merged are still told by what their authors put into them. */
    @Test
    void every_jar_is_named_with_its_version() throws IOException {
        List<String> named = components().map(SbomTest::coordinates).toList();
        assertThat(named)
                .contains("jnr-posix", "picocli", "slf4j-simple")
                .satisfies(names -> assertThat(mergedJars())
                        .isSubsetOf(versions().entrySet().stream()
                                .map(entry -> entry.getKey() + ":" + entry.getValue())
                                .toList()));
    }

    private static String coordinates(Component component) {
        return component.getName();
    }

    private Map<String, String> versions() {
        return components()
                .filter(component -> component.getVersion() != null)
                .collect(Collectors.toMap(Component::getName, Component::getVersion, (first, second) -> first));
    }

    private List<String> mergedJars() throws IOException {
        List<String> jars = new ArrayList<>();
        try (JarFile jar =
                new JarFile(Flavour.JVM.folder().resolve("lib/stepdown.jar").toFile())) {
            for (var entry : jar.stream()
                    .filter(entry -> entry.getName().endsWith("/pom.properties"))
                    .toList()) {
                Properties properties = new Properties();
                properties.load(jar.getInputStream(entry));
                // Its calls are not the native flavour's.
                if (flavour == Flavour.JVM || !properties.get("artifactId").equals("jffi")) {
                    jars.add(properties.get("artifactId") + ":" + properties.get("version"));
                }
            }
        }
        assertThat(jars).hasSizeGreaterThan(4);
        return jars;
    }

    @Test
    void what_is_no_jar_is_named_too() throws Exception {
        Map<String, Component> byName = components()
                .collect(Collectors.toMap(Component::getName, Function.identity(), (first, second) -> second));
        assertThat(byName).containsKeys("OpenJDK", "glibc", "libgcc", flavour == Flavour.JVM ? "libffi" : "zlib");
        assertThat(byName.get("OpenJDK").getComponents())
                .extracting(Component::getName)
                .contains("zlib");
        assertThat(byName.get("glibc").getVersion()).matches("\\d+\\.\\d+.*");
        if (flavour == Flavour.JVM) {
            assertThat(Files.readString(flavour.folder().resolve("runtime/release")))
                    .contains("JAVA_VERSION=\"" + byName.get("OpenJDK").getVersion() + "\"");
            byte[] stub = Files.readAllBytes(flavour.folder().resolve("lib/libjffi-1.2.so"));
            assertThat(byName.get("libffi").getHashes().get(0).getValue())
                    .isEqualTo(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(stub)));
        }
    }

    @Test
    void each_has_a_notice_and_the_text_of_its_licence() throws IOException {
        String notice = Files.readString(legal.resolve("NOTICE"));
        components().forEach(component -> {
            String begin = component.getName() + " " + component.getVersion() + ": ";
            assertThat(notice).contains(begin);
            String licence = notice.substring(notice.indexOf(begin) + begin.length())
                    .lines()
                    .findFirst()
                    .orElseThrow();
            if (!component.getName().equals("OpenJDK")) {
                for (String name : licence.replaceFirst(" OR .*", "").split(" WITH ")) {
                    assertThat(legal.resolve("licenses/" + name + ".txt")).isNotEmptyFile();
                }
            }
        });
        assertThat(legal.resolve("runtime/java.base/LICENSE")).isNotEmptyFile();
        assertThat(legal.resolve("licenses/Apache-2.0.txt")).isNotEmptyFile();
    }

    @Test
    void a_start_never_looks_at_it_and_the_runtime_has_no_tool_that_it_does_not_run() throws IOException {
        Path folder = Flavour.JVM.folder();
        assertThat(Files.readString(folder.resolve("lib/files"))).doesNotContain("legal", "cdx");
        try (JarFile jar = new JarFile(folder.resolve("lib/stepdown.jar").toFile())) {
            assertThat(jar.stream().filter(entry -> entry.getName().matches(".*(cdx|bom)[.]json")))
                    .isEmpty();
        }
        try (Stream<Path> tools = Files.list(folder.resolve("runtime/bin"))) {
            assertThat(tools).extracting(tool -> tool.getFileName().toString()).containsExactly("java");
        }
    }

    private Stream<Component> components() {
        return bom.getComponents().stream();
    }
}
