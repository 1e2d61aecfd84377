package stepdown.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stepdown.Refusal;
import stepdown.kernel.Binding;
import stepdown.kernel.Kernel;
import stepdown.kernel.Libc;
import stepdown.kernel.jnr.JffiBinding;

/** A command that cannot be found, or become: what is said, and with which status. */
class CommandTest {
    private static final Binding REAL = new JffiBinding();

    /** Every call of it fails with that errno. */
    private static Kernel failing(int errno) {
        Binding binding = (Binding) Proxy.newProxyInstance(
                Binding.class.getClassLoader(),
                new Class<?>[] {Binding.class},
                (proxy, method, arguments) ->
                        method.getName().equals("errno") ? errno : method.invoke(REAL, arguments));
        Libc libc = (Libc) Proxy.newProxyInstance(
                Libc.class.getClassLoader(), new Class<?>[] {Libc.class}, (proxy, method, arguments) -> -1);
        return new Kernel(binding, libc, null);
    }

    private static Command command(String name, String... environment) {
        return new Command(List.of(name), new Environment(List.of(environment)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        2   | 126 | /x: the interpreter or loader that it names is not in this image
        20  | 126 | /x: the interpreter or loader that it names is not in this image
        13  | 126 | /x: permission denied: is it an executable file, on a mount without noexec, in folders that the user may enter?
        1   | 126 | /x: EPERM: it has file capabilities that this process may not get: keep them with --keep-cap or remove them with setcap -r
        8   | 126 | /x: not a program for this machine, or a script without a #! line
        7   | 125 | /x: the arguments and the environment, with USER, LOGNAME and HOME, are larger than execve takes: a quarter of the limit of the stack (--ulimit stack), and 131071 bytes in one entry
        11  | 126 | /x: EAGAIN: this user already runs as many processes as its limit allows; raise --ulimit nproc
        5   | 126 | /x: EIO (input/output error)
        """)
    void each_failure_of_execve_has_its_words_and_its_status(int errno, int status, String words) {
        Refusal refusal = command("/x").become(failing(errno), "/x");
        assertThat(refusal).hasMessage(words);
        assertThat(refusal.status()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        2   | 127 | /x: not found
        20  | 127 | /x: not found
        40  | 126 | /x: ELOOP (a link where none is followed, or too many)
        """)
    void a_name_with_a_slash_that_cannot_be_looked_at_is_not_looked_for(int errno, int status, String words) {
        assertThatThrownBy(() -> command("/x", "PATH=/bin").find(failing(errno)))
                .isInstanceOf(Refusal.class)
                .hasMessage(words)
                .extracting("status")
                .isEqualTo(status);
    }

    @Test
    void a_name_that_is_nowhere_in_PATH_is_not_found() {
        assertThatThrownBy(() -> command("x", "PATH=/a::/b").find(failing(2)))
                .hasMessage(
                        "x: not found in PATH as this user: check the name, PATH, and that the user may enter its folders")
                .extracting("status")
                .isEqualTo(127);
        assertThatThrownBy(() -> command("x").find(failing(13)))
                .hasMessage(
                        "x: not found in PATH as this user: check the name, PATH, and that the user may enter its folders")
                .extracting("status")
                .isEqualTo(127);
    }
}
