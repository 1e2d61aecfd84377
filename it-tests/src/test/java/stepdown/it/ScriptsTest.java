package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that set a machine up, with others in the place of those that they call. */
class ScriptsTest {
    @TempDir
    Path folder;

    @Test
    void a_run_that_a_signal_ends_has_not_passed() throws IOException {
        Path run = folder.resolve("it-tests/run");
        Files.createDirectories(run.getParent());
        Files.copy(Path.of("run"), run);
        script("docker/engine", "kill -TERM $PPID");
        Finished finished = Docker.run("", List.of("bash", run.toString()));
        assertThat(finished.exit()).as("%s", finished).isEqualTo(128 + 15);
        assertThat(finished.text() + finished.errors())
                .matches("it-tests: FAILED in: set-up, after \\d+ min \\d+ s\\s*");
    }

    @Test
    void a_base_for_the_image_is_made_where_maven_has_downloaded_nothing() throws IOException {
        // An engine that has every image but that one, and builds any.
        script("docker", "test \"$1\" != build || cat >/dev/null");
        String path = "PATH=" + folder + ":" + System.getenv("PATH");
        String jdk = "JAVA25_HOME=" + System.getProperty("java.home");
        Finished finished =
                Docker.run("", List.of("env", "HOME=" + folder, path, jdk, "../docker/jdk-image", "--local"));
        assertThat(finished.succeeded().text()).startsWith("--build-arg JDK_IMAGE=stepdown-jdk");
    }

    private void script(String name, String command) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + command + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
