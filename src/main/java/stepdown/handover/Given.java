package stepdown.handover;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import stepdown.Refusal;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/**
 * What the container gave to its first process, read back from the kernel as bytes.
 *
 * <p>The native flavour is that process. The Java runtime of the JVM flavour is it too, but with an environment of
 * start.c's making, in which what was given stands behind a byte: 1 before an entry of the environment, 2 before the
 * number of a descriptor.
 *
 * @param arguments the arguments after the program's name
 * @param descriptors the open descriptors from 3 on that were to survive an execve
 */
public record Given(List<String> arguments, Environment environment, NavigableSet<Integer> descriptors) {
    private static final char ENTRY = '\1';
    private static final char DESCRIPTOR = '\2';

    /**
     * Reads them.
     *
     * @param count how many arguments {@code main} was given: the last ones of the command line
     * @param handedOver whether start.c has put a byte before each
     */
    public static Given read(Kernel kernel, int count, boolean handedOver) throws KernelException {
        List<String> all = split(kernel.readFile("/proc/self/cmdline"));
        if (all.size() < count) {
            throw new Refusal("/proc/self/cmdline holds " + all.size() + " arguments where " + count
                    + " were given: is /proc that of this container?");
        }
        List<String> arguments = all.subList(all.size() - count, all.size());
        List<String> environment = split(kernel.readFile("/proc/self/environ"));
        return handedOver
                ? unpack(arguments, environment)
                : new Given(arguments, new Environment(environment), inheritable(kernel));
    }

    private static Given unpack(List<String> arguments, List<String> handed) {
        List<String> environment = new ArrayList<>(handed.size());
        NavigableSet<Integer> descriptors = new TreeSet<>();
        for (String entry : handed) {
            char kind = entry.isEmpty() ? 0 : entry.charAt(0);
            if (kind == ENTRY) {
                environment.add(entry.substring(1));
            } else if (kind == DESCRIPTOR) {
                descriptors.add(Integer.parseInt(entry.substring(1)));
            } else {
                throw new Refusal("the Java runtime of stepdown was not started by bin/stepdown: start that");
            }
        }
        return new Given(arguments, new Environment(List.copyOf(environment)), descriptors);
    }

    /** What stands before each NUL, and what is behind the last one. */
    private static List<String> split(String text) {
        List<String> parts = List.of(text.split("\0", -1));
        int last = parts.size() - 1;
        return parts.get(last).isEmpty() ? parts.subList(0, last) : parts;
    }

    /** Descriptors that are not marked close-on-exec. The native binary's own file is open as well, unmarked. */
    private static NavigableSet<Integer> inheritable(Kernel kernel) throws KernelException {
        NavigableSet<Integer> found = new TreeSet<>();
        String self = kernel.readLink(Linux.AT_FDCWD, "/proc/self/exe");
        for (String name : kernel.list("/proc/self/fd")) {
            int fd = Integer.parseInt(name);
            boolean given = fd > 2 && kernel.libc().fcntl(fd, Linux.F_GETFD, 0) == 0;
            if (given
                    && !kernel.readLink(Linux.AT_FDCWD, "/proc/self/fd/" + name).equals(self)) {
                found.add(fd);
            }
        }
        return found;
    }
}
