package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code docker/wrap} prints for images that know nothing of stepdown, and what builds of it keep. */
class WrapTest {
    private static final String WRAP = "../docker/wrap";
    private static final Path EXPECTED = Path.of("src", "test", "resources", "wrap");
    private static final Map<String, String> FOUND = new ConcurrentHashMap<>();

    /** One of the images as they are found: a stage of their Dockerfile. */
    static String found(String stage) {
        return FOUND.computeIfAbsent(stage, name -> built("wrap-" + name, name));
    }

    static String built(String tag, String stage, String... more) {
        String image = "stepdown-it/" + tag;
        List<String> command = new ArrayList<>(List.of("build", "-q", "-t", image, "--target", stage));
        command.addAll(List.of("--build-arg", "BASE=" + Images.base()));
        command.addAll(List.of(more));
        command.add("images/wrap");
        Docker.docker(command).succeeded();
        return image;
    }

    static String printed(String image) {
        Finished finished = Docker.run("", List.of(WRAP, image)).succeeded();
        assertThat(finished.errors()).isEmpty();
        return finished.text() + "\n";
    }

    static String wrapped(Flavour flavour, String name, String dockerfile) {
        String tag = "stepdown-it/wrapped-" + name + ":" + flavour.tag();
        String stepdown = "STEPDOWN=" + Images.stepdown(flavour);
        Docker.docker(dockerfile, List.of("build", "-q", "-t", tag, "--build-arg", stepdown, "-"))
                .succeeded();
        return tag;
    }

    private static String refusal(String... arguments) {
        Finished finished = Docker.run(
                        "", Stream.concat(Stream.of(WRAP), Stream.of(arguments)).toList())
                .exited(1);
        assertThat(finished.text()).isEmpty();
        assertThat(finished.errorLines()).hasSize(1);
        return finished.errors().strip();
    }

    @ParameterizedTest
    @ValueSource(strings = {"redis", "postgres", "nginx", "named", "numbered", "plain", "bare", "onbuild"})
    void it_is_the_dockerfile_that_is_written_down(String name) throws IOException {
        String image = found(name);
        Path said = Path.of("target", "wrap-" + name + ".Dockerfile");
        Files.writeString(said, printed(image));
        Path expected = EXPECTED.resolve(name + ".Dockerfile");
        assertThat(said)
                .as("where a change is meant, review and take it: cp it-tests/%s it-tests/%s", said, expected)
                .hasSameTextualContentAs(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            stepdown-it/none     | stepdown-it/none is not here: docker pull stepdown-it/none
            we"ird $(id) 'name'  | [we"ird $(id) 'name'] is no name of an image
            --help               | [--help] is no name of an image
            ''                   | [] is no name of an image
            """)
    void a_name_that_is_none_is_refused(String name, String line) {
        assertThat(refusal(name)).isEqualTo("wrap: " + line);
    }

    @Test
    void it_takes_one_image() {
        assertThat(refusal()).isEqualTo("wrap: usage: docker/wrap IMAGE >Dockerfile");
        assertThat(refusal("a", "b")).isEqualTo("wrap: usage: docker/wrap IMAGE >Dockerfile");
    }

    @Test
    void an_image_that_begins_with_stepdown_is_refused() {
        String image = Images.probe(Flavour.JVM);
        assertThat(refusal(image))
                .isEqualTo("wrap: " + image + " begins with stepdown already: wrap what it was made from");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            nobody-there | USER nobody-there has no row in /etc/passwd of IMAGE with ids to the letter: name ids by docker run --user
            a"b          | USER of IMAGE is neither a name nor a number: "a\\"b"
            daemon:none  | the group none of its USER has no row in /etc/group of IMAGE
            """)
    void a_user_that_the_image_does_not_have_is_refused(String user, String line) {
        String image = with("plain", "USER \"" + user.replace("\"", "\\\"") + "\"");
        assertThat(refusal(image)).isEqualTo("wrap: " + line.replace("IMAGE", image));
    }

    @Test
    void a_platform_that_stepdown_has_not_is_refused() {
        String image = on("linux/s390x");
        assertThat(refusal(image))
                .isEqualTo("wrap: " + image + " is for linux/s390x, and stepdown for linux/amd64 and linux/arm64");
    }

    @Test
    void the_other_platform_is_said() {
        String other = Docker.must("version", "-f", "{{.Server.Arch}}").equals("arm64") ? "linux/amd64" : "linux/arm64";
        assertThat(printed(on(other)))
                .contains("# It is for " + other + ", and this machine is not: build with --platform " + other
                        + ", and a stepdown of that platform.\n");
        assertThat(printed(found("bare"))).doesNotContain("--platform");
    }

    private static String on(String platform) {
        String image = "stepdown-it/wrap-" + platform.replace("/", "-");
        Docker.docker(
                        "FROM scratch\nCOPY . /" + platform + "/\n",
                        List.of("build", "-q", "-t", image, "--platform", platform, "-f", "-", "images/wrap"))
                .succeeded();
        return image;
    }

    @Test
    void nothing_of_the_image_is_run_and_no_container_stays() {
        String image = with("plain", "VOLUME /data");
        String begin = Docker.must("info", "-f", "{{.SystemTime}}");
        printed(image);
        String end = Docker.must("info", "-f", "{{.SystemTime}}");
        String id = Docker.must("image", "inspect", "-f", "{{.Id}}", image);
        List<String> command = new ArrayList<>(List.of("events", "--since", begin, "--until", end));
        command.addAll(List.of("--filter", "type=container", "--filter", "image=" + id, "--format", "{{.Action}}"));
        assertThat(Docker.docker(command).succeeded().lines().stream().filter(action -> !action.equals("archive-path")))
                .containsExactly("create", "destroy");
    }

    /** A row that only looks like the one that is meant, or that is root's under another name. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            RUN echo 'toor:x:0:0::/:/bin/sh' >>/etc/passwd%nUSER toor          | # Which user?
            RUN echo 'two:x:5:6::/:\\ntwo:x:7:8::/:' >>/etc/passwd%nUSER two   | ENV PING_CONTAINER_UID=5 PING_CONTAINER_GID=6
            RUN echo 'a"b:x:5000:6::/:' >>/etc/passwd%nUSER 5000               | ENV PING_CONTAINER_UID=5000 PING_CONTAINER_GID=6
            RUN ln -sf /etc/hostname /etc/passwd%nUSER 5000                    | ENV PING_CONTAINER_UID=5000 PING_CONTAINER_GID=0
            RUN mkdir /d && chown 5000:6 /d%nVOLUME /d                         | ENV PING_CONTAINER_UID=5000 PING_CONTAINER_GID=6
            """)
    void a_row_that_cannot_be_named_gives_numbers_or_nothing(String instructions, String line) {
        assertThat(printed(with("plain", instructions.replace("%n", "\n")))).contains("\n" + line);
    }

    /** By its digest the image is the same at each build, and so are its rows. */
    @Test
    void what_cannot_move_has_numbers() {
        String id = Docker.must("image", "inspect", "-f", "{{.Id}}", found("named"));
        assertThat(printed(id))
                .contains("ENV PING_CONTAINER_UID=1000 PING_CONTAINER_GID=2000\n")
                .doesNotContain("--default-user");
    }

    /** As root, with a storage of its own. */
    @Test
    void podman_says_the_same(@TempDir Path folder) throws IOException {
        Need.ROOTLESS.ask();
        if (Docker.run("", List.of("sh", "-c", "command -v podman")).exit() != 0) {
            Need.ROOTLESS.isMissing("podman is missing");
        }
        Path podman = Files.writeString(
                folder.resolve("podman"),
                "#!/bin/sh\nexec podman --log-level=fatal --storage-driver=vfs --root=%1$s/root --runroot=%1$s/run \"$@\"\n"
                        .formatted(folder));
        assertThat(podman.toFile().setExecutable(true)).isTrue();
        String image = with(
                "redis",
                "FROM scratch\nCOPY --from=0 /etc/passwd /etc/group /etc/\nVOLUME /data\n"
                        + "HEALTHCHECK --interval=90s CMD test \"$HOME\"\nENTRYPOINT [\"a\\\"b\"]\nCMD [\"redis\"]");
        String archive = folder.resolve("archive").toString();
        Docker.must("save", "-o", archive, image);
        Docker.run("", List.of(podman.toString(), "load", "-q", "-i", archive)).succeeded();
        Finished finished =
                Docker.run("", List.of("env", "DOCKER=" + podman, WRAP, image)).succeeded();
        assertThat(finished.text().replace(podman.toString(), "docker") + "\n")
                .contains("\"--default-user\", \"redis\", \"--writable\", \"/data\"")
                .contains("HEALTHCHECK --interval=1m30s CMD ")
                .isEqualTo(printed(image));
        assertThat(Docker.run("", List.of(podman.toString(), "ps", "-aq"))
                        .succeeded()
                        .text())
                .isEmpty();
    }

    /** One of them with a few more instructions. */
    private static String with(String stage, String instructions) {
        return Images.made(
                "wrap-%s-%08x".formatted(stage, instructions.hashCode()),
                Flavour.JVM,
                "FROM " + found(stage) + "\n" + instructions + "\n");
    }

    // ---- built from it

    /** The signal of the base; flags and words that come in place of CMD; words that no shell would keep. */
    @Test
    void all_else_is_as_it_was() {
        String redis = wrapped(Flavour.JVM, "redis", printed(found("redis")));
        String named = wrapped(Flavour.JVM, "named", printed(found("named")));
        String nginx = wrapped(Flavour.JVM, "nginx", printed(found("nginx")));
        assertThat(Docker.must("image", "inspect", "-f", "{{.Config.StopSignal}} {{.Config.Cmd}}", nginx))
                .isEqualTo("SIGQUIT [nginx -f /dev/null]");
        assertThat(output(redis, "sh", "-c", "id -u; pwd").lines()).containsExactly("997", "/data");
        assertThat(output(redis, "--version")).startsWith("tail (GNU coreutils)");
        assertThat(output(named, "--version")).startsWith("tail (GNU coreutils)");
        assertThat(output(named, "id", "-u")).isEqualTo("1000");
    }

    @Test
    void what_an_image_does_in_builds_on_top_of_it_is_done() {
        String image = wrapped(Flavour.JVM, "onbuild", printed(found("onbuild")));
        assertThat(Docker.must("image", "inspect", "-f", "{{.Config.Labels.built}}", image))
                .isEqualTo("yes");
    }

    /** As PATTERNS says: by name another build is enough, by number it is printed again. */
    @Test
    void a_newer_base_brings_its_ids() {
        String base = built("wrap-base", "named", "--build-arg", "UID=1000");
        String byName = printed(base);
        String byNumber = printed(Docker.must("image", "inspect", "-f", "{{.Id}}", base));
        String volume = "stepdown-it-" + UUID.randomUUID();
        try {
            assertThat(owner(wrapped(Flavour.JVM, "base", byName), volume)).isEqualTo("1000 1000");
            built("wrap-base", "named", "--build-arg", "UID=1500");
            assertThat(printed(base)).isEqualTo(byName.replace("1000:2000", "1500:2000"));
            assertThat(owner(wrapped(Flavour.JVM, "base", byName), volume)).isEqualTo("1500 1500");
            String again = printed(Docker.must("image", "inspect", "-f", "{{.Id}}", base));
            assertThat(again).isNotEqualTo(byNumber).contains("ENV PING_CONTAINER_UID=1500 PING_CONTAINER_GID=2000\n");
            assertThat(owner(wrapped(Flavour.JVM, "base", again), volume)).isEqualTo("1500 1500");
        } finally {
            Docker.docker("volume", "rm", "-f", volume);
        }
    }

    private static String owner(String image, String volume) {
        return Docker.must(
                "run",
                "--rm",
                "--network=none",
                "-v",
                volume + ":/store",
                image,
                "sh",
                "-c",
                "echo $(id -u) $(stat -c %u /store)");
    }

    private static String output(String image, String... arguments) {
        List<String> command = new ArrayList<>(List.of("run", "--rm", "--network=none", "--label", Docker.LABEL));
        command.add(image);
        command.addAll(List.of(arguments));
        return Docker.docker(command).succeeded().text();
    }
}
