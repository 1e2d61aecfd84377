package stepdown.handover;

import java.util.NavigableSet;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/** Which descriptors the product gets: 0 to 2, and those that were given on purpose. */
public final class Descriptors {
    private static final int FIRST = 3;

    private Descriptors() {}

    /**
     * Marks everything from 3 on but {@code kept} close-on-exec. Marked and not closed: a JVM still needs its files
     * until the very exec, and to report that it failed. By close_range(2), or one by one where the kernel lacks it
     * (before Linux 5.11).
     *
     * @param kept each from 3 on
     */
    public static void closeOnExec(Kernel kernel, NavigableSet<Integer> kept) throws KernelException {
        int from = FIRST;
        boolean marked = true;
        for (int fd : kept) {
            marked = marked && (fd == from || markRange(kernel, from, fd - 1));
            from = fd + 1;
        }
        if (!marked || !markRange(kernel, from, -1)) {
            markEach(kernel, kept);
        }
    }

    private static boolean markRange(Kernel kernel, int first, int last) {
        return kernel.libc().close_range(first, last, Linux.CLOSE_RANGE_CLOEXEC) == 0;
    }

    private static void markEach(Kernel kernel, NavigableSet<Integer> kept) throws KernelException {
        for (String name : kernel.list("/proc/self/fd")) {
            int fd = Integer.parseInt(name);
            if (fd < FIRST || kept.contains(fd)) {
                continue;
            }
            int marked = kernel.libc().fcntl(fd, Linux.F_SETFD, Linux.FD_CLOEXEC);
            if (marked < 0 && kernel.errno() != Errno.EBADF) {
                kernel.checked("fcntl", "descriptor " + fd, marked);
            }
        }
    }
}
