package stepdown.ownership;

import java.util.StringTokenizer;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/** What the limits of this container leave to a walk: threads and open folders. The soft limit of open files is raised to the hard one until {@link #close}. */
final class Limits implements AutoCloseable {
    private static final int MOST_THREADS = 32;
    private static final int FOLDERS_EACH = 64;

    /** What else a walk opens: the entry that a thread holds, and a file of /proc. */
    private static final int OTHERS = 8;

    private static final String CGROUPS = "/sys/fs/cgroup";

    private final Kernel kernel;
    private final long softFiles;
    private final boolean raised;
    private final int folders;

    Limits(Kernel kernel) throws KernelException {
        this.kernel = kernel;
        long[] files = limit(Linux.RLIMIT_NOFILE);
        this.softFiles = files[0];
        // It may be forbidden: where fs.nr_open was lowered below the hard limit.
        this.raised = setSoft(files[1]);
        long most = raised ? files[1] : files[0];
        long free = most < 0 ? Integer.MAX_VALUE : Math.clamp(most - count("/proc/self/fd"), 0, Integer.MAX_VALUE);
        this.folders = (int) Math.max(0, free - 2 * Math.min(MOST_THREADS, free / FOLDERS_EACH) - OTHERS);
    }

    /** How many threads there may be at most. */
    int threads() throws KernelException {
        long most = Math.min(MOST_THREADS, Math.max(1, folders / FOLDERS_EACH));
        return (int) Math.clamp(processesLeft() / 2, 0, most);
    }

    /** From so many open folders on, one thread alone goes on. */
    int plenty() {
        return folders - Math.min(Folder.DEEPEST, folders / 2);
    }

    @Override
    public void close() throws KernelException {
        if (raised && !setSoft(softFiles)) {
            throw new KernelException("prlimit", "the limit of open files cannot be given back", kernel.errno());
        }
    }

    private long processesLeft() throws KernelException {
        long left = Long.MAX_VALUE;
        for (String line : read("/proc/self/cgroup").split("\n")) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3 && (fields[1].isEmpty() || ("," + fields[1] + ",").contains(",pids,"))) {
                String root = fields[1].isEmpty() ? CGROUPS : CGROUPS + "/pids";
                left = Math.min(left, Math.min(pidsLeft(root + fields[2]), pidsLeft(root)));
            }
        }
        long[] processes = limit(Linux.RLIMIT_NPROC);
        if (!isMachinesRoot() && processes[0] >= 0) {
            left = Math.min(left, processes[0] - count("/proc/self/task") - count("/proc"));
        }
        return left;
    }

    private long pidsLeft(String cgroup) {
        long most = number(read(cgroup + "/pids.max"));
        return most < 0 ? Long.MAX_VALUE : most - number(read(cgroup + "/pids.current"));
    }

    /** The limit of processes binds every user but this one: uid 0 outside of any user namespace. */
    private boolean isMachinesRoot() {
        StringTokenizer first = new StringTokenizer(read("/proc/self/uid_map"));
        return first.hasMoreTokens()
                && first.nextToken().equals("0")
                && first.nextToken().equals("0");
    }

    /** The contents of a file, or nothing where it cannot be read. */
    private String read(String path) {
        try {
            return kernel.readFile(path);
        } catch (KernelException e) {
            return "";
        }
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private int count(String folder) throws KernelException {
        int fd = kernel.open(folder, Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            int count = 0;
            for (String name : kernel.list(fd, folder)) {
                count += Character.isDigit(name.charAt(0)) ? 1 : 0;
            }
            return count;
        } finally {
            kernel.close(fd);
        }
    }

    /** The soft and the hard one; -1 for none. */
    private long[] limit(int resource) throws KernelException {
        return kernel.withMemory(16, limits -> {
            kernel.checked("prlimit", "", kernel.libc().prlimit(0, resource, 0, limits));
            return new long[] {kernel.memory().getLong(limits), kernel.memory().getLong(limits + 8)};
        });
    }

    private boolean setSoft(long soft) throws KernelException {
        return kernel.withMemory(16, limits -> {
            kernel.checked("prlimit", "", kernel.libc().prlimit(0, Linux.RLIMIT_NOFILE, 0, limits));
            kernel.memory().putLong(limits, soft);
            return kernel.libc().prlimit(0, Linux.RLIMIT_NOFILE, limits, 0) == 0;
        });
    }
}
