package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/**
 * What image authors are given for Compose, by Debian 13's (2.26), in a container that has the engine's socket. It
 * builds nothing: this file's build wants 2.33.
 */
@EachFlavour
class ComposeTest {
    private static final Path FOLDER = Path.of("..", "docker").toAbsolutePath().normalize();
    private static final int DEVELOPER = 61234;
    private static final int GROUP_OF_DEVELOPER = 61235;

    /** This run's image; ports that are free; a health check that does not wait. All else is as in the file. */
    private static final String HERE = """
            x-here: &here
              image: %s
              labels: ["%s"]
              healthcheck: {interval: 1s, start_period: 0s, retries: 20}
            services:
              inside-out: {<<: *here, ports: !override ["127.0.0.1::8080"]}
              prepare: *here
              prepared: {<<: *here, ports: !override ["127.0.0.1::8080"]}
              outside-in: {<<: *here, ports: !override ["127.0.0.1::8080"]}
              developer: {<<: *here, ports: !override ["127.0.0.1::8080"]}
            """;

    @Parameter
    Flavour flavour;

    @TempDir
    Path folder;

    private final String project = "stepdown-it-" + UUID.randomUUID();

    @Test
    void nothing_is_wrong_with_the_file() {
        Finished said = compose(List.of(), "config", "-q").succeeded();
        assertThat(said.text() + said.errors()).isEmpty();
    }

    @Test
    void each_service_serves_its_page_as_its_user_until_it_is_taken_down() throws IOException {
        String image = Images.example(flavour, "nginx");
        Path here = Files.writeString(folder.resolve("here.yaml"), HERE.formatted(image, Docker.LABEL));
        Path source = owned(Files.createDirectory(folder.resolve("source")), "rwx------");
        Path page = owned(Files.writeString(source.resolve("index.html"), "a page of the developer's"), "rw-------");
        Files.setPosixFilePermissions(
                Files.writeString(folder.resolve("key"), "a key"), PosixFilePermissions.fromString("r--------"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> files = List.of("-f", here.toString());
        try {
            compose(files, "up", "-d", "--no-build", "--pull", "never").succeeded();
            String theirs = "<h1>Served by a user, from a volume that was root's</h1>";
            assertServes(image, "inside-out", theirs, 9031, 9999);
            assertServes(image, "prepared", theirs, 9031, 9999);
            assertServes(image, "outside-in", theirs, 9031, 9999);
            assertServes(image, "developer", "a page of the developer's", DEVELOPER, GROUP_OF_DEVELOPER);

            Running developer = container("developer");
            String key = "/dev/shm/credentials-" + DEVELOPER + "/api-key";
            assertThat(developer.exec("stat", "-c", "%u %a", key).text()).isEqualTo(DEVELOPER + " 400");
            assertThat(developer.exec("cat", key).text()).isEqualTo("a key");
            for (Path mine : List.of(source, page)) {
                assertThat(Files.getAttribute(mine, "unix:uid")).isEqualTo(DEVELOPER);
                assertThat(Files.getAttribute(mine, "unix:gid")).isEqualTo(GROUP_OF_DEVELOPER);
            }
            assertThat(Files.getPosixFilePermissions(page)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        } finally {
            compose(files, "down", "-v", "--timeout", "1").succeeded();
        }
        assertThat(Docker.must("ps", "-aq", "--filter", "label=com.docker.compose.project=" + project))
                .isEmpty();
        assertThat(Docker.must("volume", "ls", "-q", "--filter", "name=" + project))
                .isEmpty();
        assertThat(Docker.must("network", "ls", "-q", "--filter", "name=" + project))
                .isEmpty();
    }

    /** To another container of its network; in /proc of the machine; by its own health check. */
    private void assertServes(String image, String service, String page, int uid, int gid) throws IOException {
        Running container = container(service);
        container.awaitProduct("nginx");
        String health = "{{.State.Health.Status}}";
        container.await("asked", () -> !container.inspect(health).equals("starting"));
        assertThat(container.inspect(health)).as(service).isEqualTo("healthy");
        String get = "exec 3<>/dev/tcp/" + service + "/8080 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3";
        assertThat(Docker.must(
                        "run", "--rm", "--network", project + "_default", "--entrypoint", "bash", image, "-c", get))
                .as(service)
                .startsWith("HTTP/1.1 200 OK")
                .contains(page);
        Path status = Path.of("/proc", container.inspect("{{.State.Pid}}"), "status");
        assertThat(Files.readAllLines(status)).as(service).contains(dropped(uid, gid));
    }

    private static String[] dropped(int uid, int gid) {
        List<String> lines = new ArrayList<>(List.of("Name:\tnginx", "NoNewPrivs:\t1", "Groups:\t" + gid + " "));
        lines.add("Uid:" + ("\t" + uid).repeat(4));
        lines.add("Gid:" + ("\t" + gid).repeat(4));
        Stream.of("Inh", "Prm", "Eff", "Bnd", "Amb").forEach(set -> lines.add("Cap" + set + ":\t" + "0".repeat(16)));
        return lines.toArray(String[]::new);
    }

    private Running container(String service) {
        return new Running(project + "-" + service + "-1");
    }

    private static Path owned(Path file, String mode) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        Files.setAttribute(file, "unix:gid", GROUP_OF_DEVELOPER);
        Files.setAttribute(file, "unix:uid", DEVELOPER);
        return file;
    }

    private Finished compose(List<String> files, String... words) {
        String image = Images.made(
                "compose",
                Flavour.JVM,
                "FROM debian:trixie-slim\nRUN apt-get update && apt-get install -y --no-install-recommends docker-compose\n");
        List<String> command = new ArrayList<>(List.of("run", "--rm", "--network=none", "--label", Docker.LABEL));
        // What the file names is looked for on the machine: the same paths here.
        for (Object path : List.of("/var/run/docker.sock", FOLDER, folder)) {
            command.addAll(List.of("-v", path + ":" + path));
        }
        command.addAll(
                List.of("-e", "SOURCE=" + folder.resolve("source"), "-e", "API_KEY_FILE=" + folder.resolve("key")));
        command.addAll(List.of(image, "docker-compose", "-p", project, "-f", FOLDER + "/compose.yaml"));
        command.addAll(files);
        command.addAll(List.of(words));
        return Docker.docker(command);
    }
}
