package stepdown.start;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stepdown.kernel.SimulatedLinux;

/**
 * A start that is killed at any call between the first look at the account files and the drop, and the one after it.
 */
class KilledStartTest {
    private static final String ROWS = "# \u00e9\nroot:x:0:0:root:/root:/bin/sh\n";

    @TempDir
    private Path temp;

    private Path root;

    private void makeRoot(int run) throws IOException {
        root = temp.resolve("run" + run);
        for (String folder :
                List.of("proc/self/fd", "proc/self/fdinfo", "proc/thread-self", "etc", "bin", "dev", "opt")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.createSymbolicLink(root.resolve("proc/self/exe"), Path.of("/opt/stepdown"));
        write("opt/stepdown", "");
        write("proc/self/uid_map", "         0          0 4294967295\n");
        write("proc/self/gid_map", "         0          0 4294967295\n");
        write("proc/self/setgroups", "allow\n");
        write("etc/passwd", ROWS);
        write("etc/group", "root:x:0:\n");
        write("bin/product", "");
        write("dev/null", "");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(root.resolve(name), text);
    }

    private int start(SimulatedLinux linux, int uid) throws IOException {
        write("proc/self/environ", "PATH=/bin\0HOME=/root\0PING_CONTAINER_UID=" + uid + "\0");
        write("proc/self/cmdline", "stepdown\0--log\0error\0--\0product\0");
        return Launcher.launch(linux::kernel, 4, false);
    }

    private static int first(SimulatedLinux linux, String part) {
        int index = 0;
        while (!linux.calls.get(index).contains(part)) {
            index++;
        }
        return index;
    }

    @ParameterizedTest(name = "the next is told uid {0}")
    @CsvSource({"9031", "2000"})
    void the_next_start_finishes_rows_and_home(int next) throws IOException {
        makeRoot(0);
        SimulatedLinux whole = new SimulatedLinux(root);
        start(whole, 9031);
        int from = first(whole, "/etc/");
        int drop = first(whole, "prctl 24");
        assertThat(drop - from).isGreaterThan(40);
        for (int call = from; call < drop; call++) {
            makeRoot(call);
            SimulatedLinux killed = new SimulatedLinux(root);
            killed.killedAt = call;
            start(killed, 9031);
            assertThat(killed.product).isNull();
            SimulatedLinux after = new SimulatedLinux(root);
            after.owners = killed.owners;
            start(after, next);
            String when = "killed at call " + call + ", " + whole.calls.get(call);
            assertThat(after.product).as(when).isNotNull();
            assertThat(after.product.environment()).as(when).contains("HOME=/home/ping", "USER=ping");
            assertThat(Files.readString(root.resolve("etc/passwd")))
                    .as(when)
                    .isEqualTo(ROWS + "ping:x:" + next + ":9999:stepdown:/home/ping:/sbin/nologin\n");
            assertThat(Files.readString(root.resolve("etc/group"))).as(when).isEqualTo("root:x:0:\nidentity:x:9999:\n");
            assertThat(root.resolve("etc/.account.stepdown")).as(when).doesNotExist();
            Long home = (Long) Files.getAttribute(root.resolve("home/ping"), "unix:ino");
            assertThat(after.owners).as(when).containsEntry(home, (long) next);
        }
    }
}
