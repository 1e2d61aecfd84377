package stepdown.privilege;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Capability;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

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
    public static @Nullable Credentials parse(String status) {
        List<Long> uids = numbers(line(status, "Uid"), 10);
        List<Long> gids = numbers(line(status, "Gid"), 10);
        List<Long> groups = numbers(line(status, "Groups"), 10);
        List<Long> sets = new ArrayList<>();
        for (String name : new String[] {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs"}) {
            List<Long> set = numbers(line(status, name), 16);
            if (set == null || set.size() != 1) {
                return null;
            }
            sets.addAll(set);
        }
        if (uids == null || uids.isEmpty() || gids == null || gids.isEmpty() || groups == null) {
            return null;
        }
        return new Credentials(
                uids, gids, groups, sets.get(0), sets.get(1), sets.get(2), sets.get(3), sets.get(4), sets.get(5) == 1);
    }

    /** The value of one line of a status file, without blanks around it; null where there is no such line. */
    public static @Nullable String line(String status, String name) {
        int start = status.startsWith(name + ":") ? 0 : status.indexOf("\n" + name + ":") + 1;
        if (start == 0 && !status.startsWith(name + ":")) {
            return null;
        }
        int end = status.indexOf('\n', start);
        return status.substring(start + name.length() + 1, end < 0 ? status.length() : end)
                .strip();
    }

    private static @Nullable List<Long> numbers(@Nullable String value, int radix) {
        if (value == null) {
            return null;
        }
        List<Long> numbers = new ArrayList<>();
        for (int at = 0; at < value.length(); ) {
            int end = at;
            while (end < value.length() && Character.digit(value.charAt(end), radix) >= 0) {
                end++;
            }
            if (end > at) {
                numbers.add(Long.parseUnsignedLong(value, at, end, radix));
            } else if (value.charAt(at) != ' ' && value.charAt(at) != '\t') {
                return null;
            }
            at = Math.max(end, at + 1);
        }
        return List.copyOf(numbers);
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

    /** Sets all three sets of this thread at once, by capset(2). */
    static void capset(Kernel kernel, long effective, long permitted, long inheritable) throws KernelException {
        kernel.withMemory(HEADER_BYTES + DATA_BYTES, header -> {
            kernel.memory().putInt(header, CAPABILITY_VERSION_3);
            long data = header + HEADER_BYTES;
            long[] sets = {effective, permitted, inheritable};
            for (int i = 0; i < sets.length; i++) {
                kernel.memory().putInt(data + 4L * i, (int) sets[i]);
                kernel.memory().putInt(data + 12 + 4L * i, (int) (sets[i] >>> 32));
            }
            return kernel.checked(
                    "capset", Capability.names(permitted), kernel.libc().capset(header, data));
        });
    }

    /** A set that prctl(2) tells one capability at a time, up to the first that this kernel does not know (EINVAL). */
    private static long oneByOne(Kernel kernel, int option, int operation) throws KernelException {
        long set = 0;
        for (int number = 0; number < Long.SIZE; number++) {
            int present = operation == 0
                    ? kernel.libc().prctl(option, number, 0, 0, 0)
                    : kernel.libc().prctl(option, operation, number, 0, 0);
            if (present < 0) {
                if (kernel.errno() == Errno.EINVAL && number > 0) {
                    break;
                }
                throw new KernelException("prctl", "reading capability " + number, kernel.errno());
            }
            set |= (long) present << number;
        }
        return set;
    }
}
