package stepdown.handover;

import java.util.ArrayList;
import java.util.List;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/**
 * Signals as a program expects them at its start: none blocked, none ignored. A handler becomes the default by itself
 * at execve, an ignored signal stays ignored (signal(7)), so handlers are left.
 */
public final class Signals {
    private static final int LAST = 64;

    /** SIGKILL and SIGSTOP cannot be changed; 32 and 33 belong to the C library, which has handlers for them. */
    private static final List<Integer> UNTOUCHED = List.of(9, 19, 32, 33);

    private Signals() {}

    /**
     * The mask first: a signal that was given blocked and ignored, and has come since, is dropped by that, and would be
     * obeyed where it were ignored no more. The last look at pending signals comes right before it: as process 1, what
     * comes after it is the kernel's to drop (pid_namespaces(7)).
     */
    public static void reset(Kernel kernel) throws KernelException {
        List<Integer> ignored = ignored(kernel);
        kernel.withMemory(Linux.SIGSET_BYTES, none -> {
            kernel.obeySignals();
            return kernel.checked("sigprocmask", "", kernel.libc().sigprocmask(Linux.SIG_SETMASK, none, 0));
        });
        kernel.withMemory(Linux.SIGACTION_BYTES, initial -> {
            for (int signal : ignored) {
                kernel.checked("sigaction", "signal " + signal, kernel.libc().sigaction(signal, initial, 0));
            }
            return 0;
        });
    }

    private static List<Integer> ignored(Kernel kernel) throws KernelException {
        List<Integer> found = new ArrayList<>();
        for (int signal = 1; signal <= LAST; signal++) {
            if (!UNTOUCHED.contains(signal) && kernel.isIgnored(signal)) {
                found.add(signal);
            }
        }
        return found;
    }
}
