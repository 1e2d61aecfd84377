package stepdown.ownership;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;

/** The mounts of this process as /proc/self/mountinfo lists them (proc_pid_mountinfo(5)), read when the walk first needs to know. */
final class Mounts {
    private static final String FILE = "/proc/self/mountinfo";

    /** What the kernel shows of itself: its files are switches, not data. */
    private static final List<String> KERNELS_OWN = List.of(
            "proc",
            "sysfs",
            "cgroup",
            "cgroup2",
            "devpts",
            "devtmpfs",
            "securityfs",
            "debugfs",
            "tracefs",
            "configfs",
            "bpf",
            "efivarfs",
            "binfmt_misc",
            "pstore",
            "nsfs",
            "selinuxfs",
            "fusectl");

    /** Where the kernel alone decides what a name means; elsewhere a server does, which may be anybody's. */
    private static final List<String> LOCAL =
            List.of("ext4", "ext3", "ext2", "xfs", "btrfs", "overlay", "tmpfs", "f2fs", "zfs", "bcachefs");

    private final Map<Long, Mount> byId = new HashMap<>();
    private final Map<Long, Mount> byDevice = new HashMap<>();

    private record Mount(String type, boolean readOnly, boolean mapped) {}

    private Mounts() {}

    static Mounts read(Kernel kernel) throws KernelException {
        return parse(kernel.readFile(FILE));
    }

    static Mounts parse(String text) {
        Mounts mounts = new Mounts();
        for (int start = 0, end; (end = text.indexOf('\n', start)) >= 0; start = end + 1) {
            mounts.add(text.substring(start, end).split(" "));
        }
        return mounts;
    }

    private void add(String[] fields) {
        int dash = 6;
        while (!fields[dash].equals("-")) {
            dash++;
        }
        boolean readOnly = has(fields[5], "ro") || has(fields[dash + 3], "ro");
        Mount mount = new Mount(fields[dash + 1], readOnly, has(fields[5], "idmapped"));
        byId.put(Long.valueOf(fields[0]), mount);
        int colon = fields[2].indexOf(':');
        long major = Long.parseLong(fields[2].substring(0, colon));
        byDevice.put(major | Long.parseLong(fields[2].substring(colon + 1)) << 32, mount);
    }

    private static boolean has(String options, String option) {
        return ("," + options + ",").contains("," + option + ",");
    }

    /** @param mount its number, or -1 where the kernel does not tell: then the device must do */
    private @Nullable Mount of(long mount, long device) {
        return mount >= 0 ? byId.get(mount) : byDevice.get(device);
    }

    /** Whether a mount may be walked: a known one, writable, and not the kernel's own. */
    boolean mayEnter(long mount, long device) {
        Mount found = of(mount, device);
        return found != null && !found.readOnly && !KERNELS_OWN.contains(found.type);
    }

    /** Whether on this mount only the kernel decides what a name means, and root is root. */
    boolean isLocal(long mount, long device) {
        Mount found = of(mount, device);
        return found != null && !found.mapped && LOCAL.contains(found.type);
    }

    /** Whether a device is that of a mount: the best guess where the kernel does not tell what is the root of one. */
    boolean isDevice(long device) {
        return byDevice.containsKey(device);
    }
}
