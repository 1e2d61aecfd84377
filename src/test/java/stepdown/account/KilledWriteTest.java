package stepdown.account;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.Patience;
import stepdown.Rounds;
import stepdown.kernel.JffiBinding;
import stepdown.kernel.Kernel;

@Tag("slow")
class KilledWriteTest {
    private static final int MET = Rounds.of(10);
    private static final int WRITES = 8;

    /** Long enough for a write to be met in its middle, and one line, so that most of the time goes to writing. */
    private static final String ROWS = "al:x:1:1:" + "\u00ff".repeat(1_000_000) + "::\n";

    @TempDir
    Path etc;

    /** The next start is told ids that are in neither file, then again others. */
    @Test
    void a_start_killed_at_any_moment_leaves_whole_files_and_the_next_one_goes_on() throws Exception {
        Files.writeString(etc.resolve("passwd"), ROWS, ISO_8859_1);
        Files.writeString(etc.resolve("group"), ROWS, ISO_8859_1);
        AccountFiles files = new AccountFiles(new Kernel(new JffiBinding()), etc.toString());
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int met = 0;
        for (int i = 0; met < MET; i++) {
            assertThat(i).as("kills, of which %d met a write", met).isLessThan(20 * MET);
            Process writer = Accountant.start("write", etc);
            assertThat(writer.getInputStream().read()).isEqualTo('.');
            waitForAMoment(writer, i, random);
            writer.destroyForcibly().waitFor();
            met += writing() ? 1 : 0;
            assertWhole("seed " + seed + " round " + i);
            int id = 100_000_000 + i;
            files.write(Accountant.told(id));
            assertThat(rest("passwd")).isEqualTo("ping:x:" + id + ":" + id + ":stepdown:/home/ping:/sbin/nologin\n");
            assertThat(rest("group")).isEqualTo("identity:x:" + id + ":\n");
            files.write(AccountFilesTest.PING);
            assertThat(rest("passwd")).isEqualTo("ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin\n");
            assertThat(etc.toFile().list()).containsExactlyInAnyOrder("passwd", "group", ".pwd.lock");
        }
    }

    /** Some writes later: right after one of the two files is another, or, two times of three, when there is a temporary one. */
    private void waitForAMoment(Process writer, int round, Random random) throws Exception {
        for (int i = random.nextInt(WRITES); i >= 0; i--) {
            Object before = inode();
            until(writer, "another /etc/passwd", () -> !inode().equals(before));
        }
        if (round % 3 > 0) {
            until(writer, "a temporary file", this::writing);
        }
    }

    private static void until(Process writer, String what, BooleanSupplier state) {
        Patience.until(what, () -> {
            assertThat(writer.isAlive()).as("ended by the kill alone").isTrue();
            return state.getAsBoolean();
        });
    }

    private Object inode() {
        try {
            return Files.getAttribute(etc.resolve("passwd"), "unix:ino");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean writing() {
        return Files.exists(etc.resolve(".passwd.stepdown")) || Files.exists(etc.resolve(".group.stepdown"));
    }

    private void assertWhole(String when) throws Exception {
        assertThat(rest("passwd")).as(when).matches("ping:x:(\\d+):(\\d+):stepdown:/home/ping:/sbin/nologin\n");
        assertThat(rest("group")).as(when).matches("identity:x:\\d+:\n");
    }

    private String rest(String name) throws Exception {
        String all = Files.readString(etc.resolve(name), ISO_8859_1);
        assertThat(all.startsWith(ROWS)).as(name).isTrue();
        return all.substring(ROWS.length());
    }
}
