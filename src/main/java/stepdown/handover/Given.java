package stepdown.handover;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/**
 * What the container gave to its first process, read back from the kernel as bytes.
 *
 * <p>The native flavour is that first process. The JVM flavour is not: a shell came before it, which may drop, merge or add environment entries, and the JVM has
 * opened descriptors of its own. So the entry script leaves a stopped copy of itself behind, whose environment and descriptors are still those given; it is ended
 * as soon as it has been read.
 *
 * @param arguments the arguments after the program's name
 * @param descriptors the open descriptors from 3 on that were to survive an execve
 * @param doubt why these are only what the shell has left of it; null where they are what was given
 */
public record Given(
        List<String> arguments,
        Environment environment,
        NavigableSet<Integer> descriptors,
        @Nullable KernelException doubt) {
    /**
     * Reads them, and ends the stopped copy.
     *
     * @param count how many arguments {@code main} was given: the last ones of the command line
     * @param copy process id of the stopped copy, or 0 where this process is the first
     */
    public static Given read(Kernel kernel, int count, int copy) throws KernelException {
        List<String> all = split(kernel.readFile("/proc/self/cmdline"));
        if (all.size() < count) {
            throw new Refusal("/proc/self/cmdline holds " + all.size() + " arguments where " + count
                    + " were given: is /proc that of this container?");
        }
        List<String> arguments = List.copyOf(all.subList(all.size() - count, all.size()));
        try {
            return read(kernel, arguments, copy == 0 ? "/proc/self" : "/proc/" + copy, null);
        } catch (KernelException e) {
            if (copy != 0 && e.errno() == Errno.ESRCH) {
                throw new Refusal(
                        "what the container gave cannot be read (" + e.getMessage()
                                + "): the entry script's stopped copy"
                                + " of itself, which keeps it, has ended; let nothing kill it, and start again",
                        e);
            }
            if (copy == 0 || e.errno() != Errno.EACCES) {
                throw e;
            }
            return read(kernel, arguments, "/proc/self", e);
        } finally {
            if (copy != 0) {
                kernel.kill(copy, Linux.SIGKILL);
                kernel.reap(copy);
            }
        }
    }

    private static Given read(Kernel kernel, List<String> arguments, String process, @Nullable KernelException doubt)
            throws KernelException {
        Environment environment = new Environment(List.copyOf(split(kernel.readFile(process + "/environ"))));
        return new Given(arguments, environment, inheritable(kernel, process), doubt);
    }

    /** Refuses to pass on what may not be all that was given; what only looks at the system may go on with it. */
    public void refuseUnlessExact() {
        if (doubt != null) {
            throw new Refusal(
                    "the environment as it was given cannot be read (" + doubt.getMessage()
                            + "), because this process was"
                            + " given capabilities that its container was not started with: use docker exec --user, or the native flavour",
                    doubt);
        }
    }

    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        for (int start = 0; start < text.length(); ) {
            int end = text.indexOf('\0', start);
            end = end < 0 ? text.length() : end;
            parts.add(text.substring(start, end));
            start = end + 1;
        }
        return parts;
    }

    /** Descriptors that were not marked close-on-exec, as /proc/PID/fdinfo tells. The native binary's own file is open, unmarked, in its own process. */
    private static NavigableSet<Integer> inheritable(Kernel kernel, String process) throws KernelException {
        NavigableSet<Integer> found = new TreeSet<>();
        String self = kernel.readLink(Linux.AT_FDCWD, "/proc/self/exe");
        int directory = kernel.open(process + "/fd", Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            for (String name : kernel.list(directory, process + "/fd")) {
                int fd = Integer.parseInt(name);
                if (fd > 2
                        && !closesOnExec(kernel, process, name)
                        && !kernel.readLink(directory, name).equals(self)) {
                    found.add(fd);
                }
            }
        } finally {
            kernel.close(directory);
        }
        return found;
    }

    private static boolean closesOnExec(Kernel kernel, String process, String fd) throws KernelException {
        String info;
        try {
            info = kernel.readFile(process + "/fdinfo/" + fd);
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT) {
                return true;
            }
            throw e;
        }
        int flags = info.indexOf("flags:");
        int end = info.indexOf('\n', flags);
        return flags < 0
                || end < 0
                || (Long.parseLong(info.substring(flags + 6, end).strip(), 8) & Linux.O_CLOEXEC) != 0;
    }
}
