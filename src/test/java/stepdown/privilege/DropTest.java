package stepdown.privilege;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Refusal;
import stepdown.Step;
import stepdown.kernel.Binding;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;
import stepdown.kernel.SimulatedLinux;
import stepdown.kernel.jnr.JffiBinding;

/** Each step of the drop by itself, and each witness of the proof alone. */
class DropTest {
    /** One of either half of a set: KILL and WAKE_ALARM. */
    private static final long KEPT = 1L << 5 | 1L << 35;

    private static final Target TARGET = new Target(9031, 9999, List.of(7L, 9999L), KEPT, false, true);

    @TempDir
    Path root;

    private SimulatedLinux linux;

    @BeforeEach
    void makeRoot() throws Exception {
        Files.createDirectories(root.resolve("proc/thread-self"));
        Files.createDirectories(root.resolve("proc/self"));
        linux = new SimulatedLinux(root);
    }

    private void drop(Target target) throws KernelException {
        for (Step step : Drop.steps(target, true, null)) {
            step.action().on(linux.kernel());
        }
    }

    private void unproven(Target target, String why) {
        assertThatThrownBy(() -> drop(target))
                .isInstanceOf(Refusal.class)
                .hasMessage("the drop could not be proven: " + why + "; the product was not started");
    }

    @Test
    void what_is_kept_is_in_all_five_sets_also_above_the_first_32() throws Exception {
        linux.inheritable = 1L << 40 | 1L << 13;
        drop(TARGET);
        assertThat(List.of(linux.bounding, linux.permitted, linux.effective, linux.inheritable, linux.ambient))
                .containsOnly(KEPT);
        assertThat(linux.groups).containsExactly(7L, 9999L);
        assertThat(linux.noNewPrivs).isTrue();
        assertThat(linux.keepCaps).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "105, setuid(0)",
        "117, 'setresuid(0, 0, 0)'",
        "106, setgid(0)",
        "119, 'setresgid(0, 0, 0)'",
        "116, setgroups(0)"
    })
    void each_way_to_become_root_again_that_succeeds_is_a_refusal(int number, String call) {
        linux.lost = ("syscall " + number)::equals;
        unproven(TARGET, call + " succeeded afterwards");
    }

    @Test
    void a_product_of_roots_group_is_not_asked_to_fail_to_join_it() throws Exception {
        drop(new Target(9031, 0, List.of(0L), KEPT, false, true));
        assertThat(linux.calls).contains("syscall " + Linux.SYS_SETUID, "syscall " + Linux.SYS_SETGROUPS);
        assertThat(linux.calls).doesNotContain("syscall " + Linux.SYS_SETGID, "syscall " + Linux.SYS_SETRESGID);
    }

    @Test
    void what_the_system_calls_alone_tell_is_a_refusal() {
        linux.lost = "getgroups"::equals;
        unproven(TARGET, "supplementary groups is none, not 7,9999");
    }

    @Test
    void what_proc_alone_tells_is_a_refusal() {
        linux.inheritable = 1L << 13;
        linux.lost = call -> call.equals("capset") || call.equals("capget"); // the sets look empty then
        unproven(new Target(9031, 9999, List.of(9999L), 0, false, true), "inheritable set is NET_RAW, not none");
    }

    @Test
    void becoming_another_keeps_what_that_one_has() throws Exception {
        Credentials user = new Credentials(
                List.of(2000L, 2000L), List.of(3000L, 3000L), List.of(4L, 3000L), 0, KEPT, 0, 0, 0, true);
        Drop.become(linux.kernel(), user);
        assertThat(List.of(linux.uid, linux.gid)).containsExactly(2000L, 3000L);
        assertThat(linux.groups).containsExactly(4L, 3000L);
        assertThat(List.of(linux.permitted, linux.effective)).containsOnly(KEPT);
    }

    // ---- descriptors 0 to 2

    /** What stands behind descriptors 0 to 2: the type bits of each and its owner; answers what was given away. */
    private List<String> given(Map<Integer, Integer> types, long owner, int errno) throws KernelException {
        List<String> given = new ArrayList<>();
        JffiBinding memory = new JffiBinding();
        Libc libc = proxy(Libc.class, (name, arguments) -> {
            switch (name) {
                case "statx" -> {
                    int type = types.get((int) arguments[0]);
                    memory.putInt((long) arguments[4] + 20, (int) owner);
                    memory.putInt((long) arguments[4] + 28, type & Linux.S_IFMT | 0600);
                    return 0;
                }
                case "isatty" -> {
                    return types.get((int) arguments[0]) == (Linux.S_IFCHR | 1) ? 1 : 0;
                }
                case "fchown" -> {
                    given.add(arguments[0] + " to " + arguments[1] + ":" + arguments[2]);
                    return errno == 0 ? 0 : -1;
                }
                default -> throw new AssertionError(name);
            }
        });
        Binding binding = proxy(Binding.class, (name, arguments) -> {
            for (var method : Binding.class.getMethods()) {
                if (method.getName().equals(name) && !name.equals("errno")) {
                    return method.invoke(memory, arguments);
                }
            }
            return errno;
        });
        Step step = Drop.steps(TARGET, true, null).stream()
                .filter(each -> each.words().startsWith("give descriptors"))
                .findFirst()
                .orElseThrow();
        step.action().on(new Kernel(binding, libc, null));
        return given;
    }

    private interface Call {
        Object answer(String name, Object[] arguments) throws ReflectiveOperationException;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    try {
                        return call.answer(method.getName(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private static final int TERMINAL = Linux.S_IFCHR | 1; // the type alone is that of any device

    @Test
    void pipes_and_terminals_are_given_to_the_user_and_nothing_else() throws Exception {
        Map<Integer, Integer> types = Map.of(0, TERMINAL, 1, Linux.S_IFIFO, 2, Linux.S_IFCHR);
        assertThat(given(types, 0, 0)).containsExactly("0 to 9031:-1", "1 to 9031:-1");
        types = Map.of(0, Linux.S_IFREG, 1, Linux.S_IFCHR, 2, Linux.S_IFIFO);
        assertThat(given(types, 1000, 0)).containsExactly("2 to 9031:-1");
    }

    @Test
    void what_is_the_users_already_is_left() throws Exception {
        assertThat(given(Map.of(0, TERMINAL, 1, Linux.S_IFIFO, 2, Linux.S_IFIFO), 9031, 0))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EPERM, Errno.EROFS, Errno.EACCES})
    void a_stream_that_may_not_be_given_away_does_not_end_the_start(int errno) throws Exception {
        assertThat(given(Map.of(0, Linux.S_IFCHR, 1, Linux.S_IFIFO, 2, Linux.S_IFIFO), 0, errno))
                .hasSize(2);
    }

    @Test
    void a_stream_that_cannot_be_given_away_for_another_reason_ends_the_start() {
        assertThatThrownBy(() -> given(Map.of(0, Linux.S_IFIFO, 1, Linux.S_IFIFO, 2, Linux.S_IFIFO), 0, Errno.EIO))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("descriptor 0");
    }
}
