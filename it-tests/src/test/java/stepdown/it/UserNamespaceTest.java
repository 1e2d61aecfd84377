package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Engines that map the ids of their containers: root's with userns-remap, and one that is itself a user's. Setting them up needs root. */
@ParameterizedClass(name = "{0}, {1}")
@MethodSource("engines")
class UserNamespaceTest {
    private static final Map<String, Engine> STARTED = new ConcurrentHashMap<>();

    @Parameter(0)
    String kind;

    @Parameter(1)
    Flavour flavour;

    static Stream<Arguments> engines() {
        return Flavour.built().stream()
                .flatMap(flavour -> Stream.of("remapped", "rootless").map(kind -> Arguments.of(kind, flavour)));
    }

    @BeforeAll
    static void needsRoot() {
        assumeTrue(System.getProperty("user.name").equals("root"), "a second engine needs root");
    }

    /**
     * Made when it is first needed; ends with the tests.
     *
     * @param command what goes before the words of the docker command line
     * @param daemon null where every command does without
     */
    private record Engine(
            Path folder, List<String> command, @Nullable Process daemon) {
        static Engine start(String kind) {
            try {
                Path folder = Files.createTempDirectory("userns-engine");
                // The ids of the containers' root must be able to enter it.
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
                Engine engine = kind.equals("rootless") ? rootless(folder) : remapped(folder);
                Runtime.getRuntime().addShutdownHook(new Thread(engine::end));
                engine.await();
                for (Flavour flavour : Flavour.built()) {
                    engine.load(Images.probe(flavour));
                }
                return engine;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Engine rootless(Path folder) {
            Engine engine = new Engine(folder, List.of("./rootless", folder.toString()), null);
            Finished asked = engine.run("version");
            assumeTrue(asked.exit() == 0, () -> "no rootless engine on this machine: " + asked);
            return engine;
        }

        private static Engine remapped(Path folder) throws IOException {
            Process daemon = new ProcessBuilder("./userns-engine", folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            return new Engine(folder, List.of("docker", "-H", "unix://" + folder.resolve("docker.sock")), daemon);
        }

        private void await() throws IOException {
            for (int i = 0; i < 300 && run("version").exit() != 0; i++) {
                assertThat(daemon != null && daemon.isAlive())
                        .as("the second engine: %s", Files.readString(folder.resolve("log")))
                        .isTrue();
                pause();
            }
        }

        static void pause() {
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                throw new AssertionError("interrupted", e);
            }
        }

        private void load(String image) throws IOException {
            Path archive = folder.resolve("image.tar");
            Docker.must("save", "-o", archive.toString(), image);
            Files.setPosixFilePermissions(archive, PosixFilePermissions.fromString("rw-r--r--"));
            run("load", "-i", archive.toString()).succeeded();
            Files.delete(archive);
        }

        Finished run(String... words) {
            return Docker.run("", words(words));
        }

        List<String> words(String... words) {
            return Stream.concat(command.stream(), Stream.of(words)).toList();
        }

        private void end() {
            try {
                if (daemon != null) {
                    daemon.destroy();
                    daemon.waitFor(30, TimeUnit.SECONDS);
                } else {
                    // The process that holds its user namespace.
                    new ProcessBuilder("pkill", "-KILL", "-u", "1500").start().waitFor();
                }
                new ProcessBuilder("rm", "-rf", "--one-file-system", folder.toString())
                        .start()
                        .waitFor();
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private Finished run(String variable, String... words) {
        List<String> command =
                new ArrayList<>(List.of("run", "--rm", "--network=none", "-e", variable, Images.probe(flavour)));
        command.addAll(List.of(words));
        return engine().run(command.toArray(String[]::new));
    }

    private Engine engine() {
        return STARTED.computeIfAbsent(kind, Engine::start);
    }

    @Test
    void theProductStepsDownToMappedIds() {
        Finished finished = run(
                "PING_CONTAINER_UID=65535",
                "--writable",
                "/data",
                "--",
                "sh",
                "-c",
                "id; stat -c %u:%g /data; echo $(cat /proc/self/uid_map)");
        assertThat(finished.succeeded().lines())
                .containsExactly(
                        "uid=65535(ping) gid=9999(identity) groups=9999(identity)",
                        "65535:9999",
                        kind.equals("remapped") ? "0 300000 65536" : "0 1500 1 1 300000 65536");
    }

    @Test
    void anIdThatIsNotMappedIsRefusedWithTheMap() {
        String map = kind.equals("remapped") ? "which has 0-65535:" : "which has 0-65536:";
        run("PING_CONTAINER_UID=65537", "--", "id").refused("PING_CONTAINER_UID=65537 is not mapped", map);
        run("PING_CONTAINER_GID=4294967294", "--", "id").refused("PING_CONTAINER_GID=4294967294 is not mapped", map);
    }

    /** The engine of this test is the only one that a swarm can be made of without anybody noticing. */
    @Test
    void aSecretOfASwarmIsReadableWhereItIsForTheUser() {
        assumeTrue(kind.equals("remapped"), "a swarm is dockerd's");
        String service = "secrets-" + flavour.tag();
        Engine engine = engine();
        engine.run("swarm", "init", "--advertise-addr", "127.0.0.1"); // by the other flavour's test perhaps
        assumeTrue(engine.run("node", "ls").exit() == 0, "no swarm on this machine");
        for (String secret : List.of("users", "roots")) {
            Docker.run("of " + secret, engine.words("secret", "create", secret + service, "-"))
                    .succeeded();
        }
        List<String> create = new ArrayList<>(List.of("service", "create", "-d", "--name", service));
        create.addAll(List.of("--network", "bridge", "--restart-condition", "none", "--no-resolve-image"));
        create.addAll(List.of("--secret", "source=users" + service + ",target=users,uid=9031,gid=9999,mode=0400"));
        create.addAll(List.of("--secret", "source=roots" + service + ",target=roots,mode=0400"));
        create.addAll(List.of(Images.probe(flavour), "--log", "warn", "--", "sh", "-c"));
        create.add(
                "cat /run/secrets/users && echo && cat /run/secrets/roots 2>/dev/null || stat -c '%u:%g %a' /run/secrets/*");
        engine.run(create.toArray(String[]::new)).succeeded();
        Finished logs = engine.run("service", "logs", "--raw", service);
        for (int i = 0; i < 150 && logs.lines().size() < 3; i++) {
            Engine.pause();
            logs = engine.run("service", "logs", "--raw", service);
        }
        assertThat(logs.lines()).as("%s", logs).containsExactly("of users", "0:0 400", "9031:9999 400");
    }
}
