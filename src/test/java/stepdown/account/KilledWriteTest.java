package stepdown.account;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.Rounds;
import stepdown.kernel.Kernel;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;

/**
 * {@code kill -9} at each system call that writes the account files, one after the other: the only points at which
 * something may be half done.
 */
class KilledWriteTest {
    private static final String ROWS = "# \u00ff\nal:x:1:1:" + "\u00fe".repeat(20_000) + "::\n";
    private static final String PING = "ping:x:%d:%d:stepdown:/home/ping:/sbin/nologin\n";

    @TempDir
    Path etc;

    private AccountFiles files(Kernel kernel) {
        return new AccountFiles(kernel, etc.toString(), Etc.OWNER, 15_000);
    }

    /** How many calls a whole start makes. */
    private int points(Identity told) throws Exception {
        fill();
        Watched whole = new Watched();
        Etc.start(files(whole.kernel()), told);
        return whole.calls.size();
    }

    private void fill() throws Exception {
        Files.writeString(etc.resolve("passwd"), ROWS + String.format(PING, 5, 5), ISO_8859_1);
        Files.writeString(etc.resolve("group"), ROWS, ISO_8859_1);
    }

    @Test
    void a_start_killed_at_some_calls_leaves_whole_files_and_the_next_one_ends_right() throws Exception {
        int points = points(Accountant.told(20_000));
        for (int round = 0; round < 6; round++) {
            killedAt(points * (2 * round + 1) / 12, round);
        }
    }

    @Test
    @Tag("slow")
    void a_start_killed_at_any_call_a_hundred_times_leaves_whole_files_and_the_next_one_ends_right() throws Exception {
        int points = points(Accountant.told(20_000));
        for (int round = 0; round < Rounds.of(100); round++) {
            killedAt(round % points, round);
        }
    }

    private void killedAt(int call, int round) throws Exception {
        String when = "round " + round + ", killed at call " + call;
        fill();
        Process start = Accountant.start("die", etc, List.of(), Integer.toString(call));
        assertThat(start.waitFor()).as(when).isEqualTo(128 + 9);
        assertThat(rest("passwd")).as(when).isIn(String.format(PING, 5, 5), String.format(PING, 20_000, 20_000));
        assertThat(rest("group")).as(when).isIn("", "identity:x:20000:\n");
        // Told the same ids, others, or ids that are there: nothing is left to be done by a third one.
        Identity next = List.of(Accountant.told(20_000), Accountant.told(30_000), Accountant.told(1))
                .get(round % 3);
        Kernel kernel = Jnr.kernel(new JffiBinding());
        assertThat(Etc.start(files(kernel), next).warnings()).as(when).isEmpty();
        assertThat(Etc.start(files(kernel), next).steps()).as(when).isEmpty();
        if (next.uid() != 1) {
            assertThat(rest("passwd")).as(when).isEqualTo(String.format(PING, next.uid(), next.gid()));
        }
        assertThat(rest("group").lines()).as(when).doesNotHaveDuplicates();
        assertThat(etc.toFile().list()).as(when).doesNotContain(".account.stepdown");
    }

    /** What stands behind the rows that no start may touch. */
    private String rest(String name) throws Exception {
        String all = Files.readString(etc.resolve(name), ISO_8859_1);
        assertThat(all.startsWith(ROWS)).as(name).isTrue();
        return all.substring(ROWS.length());
    }
}
