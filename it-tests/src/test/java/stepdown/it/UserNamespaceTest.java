package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/** An engine that maps the ids of its containers (userns-remap). Starting one needs root. */
@EachFlavour
class UserNamespaceTest {
    private static Path folder;
    private static Process engine;

    @Parameter
    Flavour flavour;

    @BeforeAll
    static void startEngine() throws IOException, InterruptedException {
        assumeTrue(System.getProperty("user.name").equals("root"), "a second engine needs root");
        folder = Files.createTempDirectory("userns-engine");
        // The ids of the containers' root must be able to enter it.
        Files.setPosixFilePermissions(folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        engine = new ProcessBuilder("./userns-engine", folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        for (int i = 0; i < 300 && remapped("version").exit() != 0; i++) {
            assertThat(engine.isAlive())
                    .as("the second engine: %s", Files.readString(folder.resolve("log")))
                    .isTrue();
            Thread.sleep(200);
        }
        for (Flavour flavour : Flavour.built()) {
            Path image = folder.resolve("image.tar");
            Docker.must("save", "-o", image.toString(), Images.probe(flavour));
            remapped("load", "-i", image.toString()).succeeded();
            Files.delete(image);
        }
    }

    @AfterAll
    static void endEngine() throws IOException, InterruptedException {
        if (engine != null) {
            engine.destroy();
            engine.waitFor(30, TimeUnit.SECONDS);
            new ProcessBuilder("rm", "-rf", "--one-file-system", folder.toString())
                    .start()
                    .waitFor();
        }
    }

    private static Finished remapped(String... arguments) {
        List<String> command = new ArrayList<>(List.of("-H", "unix://" + folder.resolve("docker.sock")));
        command.addAll(List.of(arguments));
        return Docker.docker(command);
    }

    private Finished run(String variable, String... words) {
        List<String> command =
                new ArrayList<>(List.of("run", "--rm", "--network=none", "-e", variable, Images.probe(flavour)));
        command.addAll(List.of(words));
        return remapped(command.toArray(String[]::new));
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
                "id; stat -c %u:%g /data; cat /proc/self/uid_map");
        assertThat(finished.succeeded().lines())
                .containsExactly(
                        "uid=65535(ping) gid=9999(identity) groups=9999(identity)",
                        "65535:9999",
                        "         0     300000      65536");
    }

    @Test
    void anIdThatIsNotMappedIsRefusedWithTheMap() {
        run("PING_CONTAINER_UID=65536", "--", "id").refused("PING_CONTAINER_UID=65536 is not mapped", "0-65535");
        run("PING_CONTAINER_GID=4294967294", "--", "id")
                .refused("PING_CONTAINER_GID=4294967294 is not mapped", "0-65535");
    }
}
