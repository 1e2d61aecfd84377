package stepdown.handover;

import java.util.NavigableSet;
import stepdown.Refusal;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.MissingFunction;

/** Which descriptors the product gets: 0 to 2, and those that were given on purpose. */
public final class Descriptors {
    private static final int FIRST = 3;

    private Descriptors() {}

    /** Opens /dev/null in the place of each of 0 to 2 that was closed, so that no file of the product's lands there. */
    public static void openStandardStreams(Kernel kernel) throws KernelException {
        for (int fd = 0; fd < FIRST; fd++) {
            int opened;
            if (kernel.libc().fcntl(fd, Linux.F_GETFD, 0) >= 0) {
                continue;
            }
            opened = kernel.open("/dev/null", Linux.O_RDWR);
            if (opened != fd) {
                throw new Refusal("descriptor " + fd + " was closed and /dev/null could not be opened in its place");
            }
            kernel.checked("fcntl", "descriptor " + fd, kernel.libc().fcntl(fd, Linux.F_SETFD, 0));
        }
    }

    /**
     * Marks everything from 3 on but {@code kept} close-on-exec. Marked and not closed: a JVM still needs its files until the very exec, and to report that it
     * failed. By close_range(2), or one by one where the kernel (before Linux 5.11) or the C library (before glibc 2.34) lacks it.
     */
    public static void closeOnExec(Kernel kernel, NavigableSet<Integer> kept) throws KernelException {
        int from = FIRST;
        for (int fd : kept) {
            if (fd > from && !markRange(kernel, from, fd - 1)) {
                markEach(kernel, kept);
                return;
            }
            from = Math.max(from, fd + 1);
        }
        if (!markRange(kernel, from, -1)) {
            markEach(kernel, kept);
        }
    }

    private static boolean markRange(Kernel kernel, int first, int last) {
        try {
            return kernel.libc().close_range(first, last, Linux.CLOSE_RANGE_CLOEXEC) == 0;
        } catch (MissingFunction e) {
            return false;
        }
    }

    private static void markEach(Kernel kernel, NavigableSet<Integer> kept) throws KernelException {
        int directory = kernel.open("/proc/self/fd", Linux.O_RDONLY | Linux.O_DIRECTORY);
        for (String name : kernel.list(directory, "/proc/self/fd")) {
            int fd = Integer.parseInt(name);
            if (fd < FIRST || kept.contains(fd)) {
                continue;
            }
            int marked = kernel.libc().fcntl(fd, Linux.F_SETFD, Linux.FD_CLOEXEC);
            if (marked < 0 && kernel.errno() != Errno.EBADF) {
                kernel.checked("fcntl", "descriptor " + fd, marked);
            }
        }
        kernel.close(directory);
    }
}
