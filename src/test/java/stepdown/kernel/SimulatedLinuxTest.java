package stepdown.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stand-in must never reach the machine that the tests run on. */
class SimulatedLinuxTest {
    @TempDir
    Path root;

    @Test
    void both_paths_of_a_rename_are_below_the_temporary_root() throws Exception {
        Files.writeString(root.resolve("from"), "");
        String name = "/stepdown-test-" + root.getFileName();
        new SimulatedLinux(root).kernel().rename(Linux.AT_FDCWD, "/from", name);
        assertThat(Path.of(name)).doesNotExist();
        assertThat(Path.of(root + name)).exists();
    }
}
