package stepdown.privilege;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Capability;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;

/**
 * What the kernel knows of one thread, read by system calls for our own, or from /proc/PID/status for any.
 *
 * @param uids real, effective and saved user id (and the file system's, where it comes from /proc), 0 to 4294967295
 * @param gids the same of the group id
 * @param groups the supplementary groups, in the kernel's order
 * @param bounding the capability bounding set, a bit mask like the other four
 */
public record Credentials(
        List<Long> uids,
        List<Long> gids,
        List<Long> groups,
        long inheritable,
        long permitted,
        long effective,
        long bounding,
        long ambient,
        boolean noNewPrivs) {

    private static final int CAPABILITY_VERSION_3 = 0x20080522;
    private static final int HEADER_BYTES = 8;
    private static final int DATA_BYTES = 24;

    /** Of the calling thread, by getresuid, getresgid, getgroups, capget and prctl; nothing of /proc. */
    public static Credentials ofThisThread(Kernel kernel) throws KernelException {
        long[] sets = capget(kernel);
        return new Credentials(
                kernel.uids(),
                kernel.gids(),
                kernel.groups(),
                sets[2],
                sets[1],
                sets[0],
                oneByOne(kernel, Linux.PR_CAPBSET_READ, 0),
                oneByOne(kernel, Linux.PR_CAP_AMBIENT, Linux.PR_CAP_AMBIENT_IS_SET),
                kernel.prctl("PR_GET_NO_NEW_PRIVS", Linux.PR_GET_NO_NEW_PRIVS, 0, 0) == 1);
    }

    /** From the text of /proc/PID/status (proc_pid_status(5)); null where a line that is needed is not there. */
    static @Nullable Credentials parse(String status) {
        try {
            return new Credentials(
                    numbers(status, "Uid", 2),
                    numbers(status, "Gid", 2),
                    numbers(status, "Groups", 0),
                    set(status, "CapInh"),
                    set(status, "CapPrm"),
                    set(status, "CapEff"),
                    set(status, "CapBnd"),
                    set(status, "CapAmb"),
                    set(status, "NoNewPrivs") == 1);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /**
     * As {@link #parse}, of the text of {@code file}.
     *
     * @throws KernelException EIO where a line that is needed is not there
     */
    public static Credentials of(String file, String text) throws KernelException {
        Credentials found = parse(text);
        if (found == null) {
            throw new KernelException("read", file + ", which lacks a line that Linux has from 4.10 on", Errno.EIO);
        }
        return found;
    }

    /** The value of one line of a status file, without blanks around it; null where there is no such line. */
    public static @Nullable String line(String status, String name) {
        int start = status.startsWith(name + ':') ? 0 : status.indexOf('\n' + name + ':') + 1;
        if (start == 0 && !status.startsWith(name + ':')) {
            return null;
        }
        int end = status.indexOf('\n', start);
        return status.substring(start + name.length() + 1, end < 0 ? status.length() : end)
                .strip();
    }

    private static List<Long> numbers(String status, String name, int atLeast) {
        String line = line(status, name);
        List<Long> numbers = new ArrayList<>();
        for (String word : Raw.words(line == null ? "" : line, " \t")) {
            numbers.add(Long.parseUnsignedLong(word));
        }
        if (line == null || numbers.size() < atLeast) {
            throw new NumberFormatException(name);
        }
        return List.copyOf(numbers);
    }

    private static long set(String status, String name) {
        String line = line(status, name);
        return Long.parseUnsignedLong(line == null ? "" : line, 16);
    }

    /** Effective, permitted and inheritable set, by capget(2) version 3: two groups of three 32-bit words. */
    private static long[] capget(Kernel kernel) throws KernelException {
        return kernel.withMemory(HEADER_BYTES + DATA_BYTES, header -> {
            kernel.memory().putInt(header, CAPABILITY_VERSION_3);
            long data = header + HEADER_BYTES;
            kernel.checked("capget", "", kernel.libc().capget(header, data));
            long[] sets = new long[3];
            for (int i = 0; i < sets.length; i++) {
                long low = Integer.toUnsignedLong(kernel.memory().getInt(data + 4L * i));
                sets[i] = low | (long) kernel.memory().getInt(data + 12 + 4L * i) << 32;
            }
            return sets;
        });
    }

    /** Sets the effective, permitted and inheritable set of this thread at once, by capset(2). */
    static void capset(Kernel kernel, long set) throws KernelException {
        kernel.withMemory(HEADER_BYTES + DATA_BYTES, header -> {
            kernel.memory().putInt(header, CAPABILITY_VERSION_3);
            long data = header + HEADER_BYTES;
            for (int i = 0; i < 3; i++) {
                kernel.memory().putInt(data + 4L * i, (int) set);
                kernel.memory().putInt(data + 12 + 4L * i, (int) (set >>> 32));
            }
            return kernel.checked("capset", Capability.names(set), kernel.libc().capset(header, data));
        });
    }

    /** A set that prctl(2) tells one capability at a time, up to the first that this kernel does not know (EINVAL). */
    private static long oneByOne(Kernel kernel, int option, int operation) throws KernelException {
        long set = 0;
        for (int number = 0; number < Long.SIZE; number++) {
            long first = operation == 0 ? number : operation;
            int present = kernel.libc().prctl(option, first, operation == 0 ? 0 : number, 0, 0);
            if (present < 0 && kernel.errno() == Errno.EINVAL && number > 0) {
                return set;
            }
            set |= kernel.checked("prctl", "reading capability " + number, present) << number;
        }
        return set;
    }
}
