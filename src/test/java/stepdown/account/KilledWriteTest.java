package stepdown.account;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.kernel.JffiBinding;
import stepdown.kernel.Kernel;

@Tag("slow")
class KilledWriteTest {
    private static final int KILLS = 50;

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
        int leftovers = 0;
        for (int i = 0; i < KILLS; i++) {
            Process writer = Accountant.start("write", etc);
            assertThat(writer.getInputStream().read()).isEqualTo('.');
            waitForAMoment(i, random);
            assertThat(writer.isAlive()).as("ended by the kill alone").isTrue();
            writer.destroyForcibly().waitFor();
            leftovers += writing() ? 1 : 0;
            assertWhole("seed " + seed + " round " + i);
            int id = 100_000_000 + i;
            files.write(Accountant.told(id));
            assertThat(rest("passwd")).isEqualTo("ping:x:" + id + ":" + id + ":stepdown:/home/ping:/sbin/nologin\n");
            assertThat(rest("group")).isEqualTo("identity:x:" + id + ":\n");
            files.write(AccountFilesTest.PING);
            assertThat(rest("passwd")).isEqualTo("ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin\n");
            assertThat(etc.toFile().list()).containsExactlyInAnyOrder("passwd", "group", ".pwd.lock");
        }
        assertThat(leftovers).as("kills that met a write").isPositive();
    }

    /** Every other time any moment, else one soon after a temporary file appears. */
    private void waitForAMoment(int round, Random random) throws InterruptedException {
        if (round % 2 == 0) {
            Thread.sleep(random.nextInt(100));
            return;
        }
        long deadline = System.nanoTime() + 1_000_000_000L;
        while (!writing() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        LockSupport.parkNanos(random.nextInt(1_000_000));
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
