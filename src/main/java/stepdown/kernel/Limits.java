package stepdown.kernel;

import java.util.List;

/**
 * What the limits of this container leave: open files and processes. The soft limit of open files is raised to the hard
 * one by {@link #raise}, until {@link #close}.
 */
public final class Limits implements AutoCloseable {
    private static final String CGROUPS = "/sys/fs/cgroup";

    private final Kernel kernel;
    private long[] files = {};
    private boolean raised;

    public Limits(Kernel kernel) {
        this.kernel = kernel;
    }

    /** Raises the limit, and tells how many more files may be opened, 0 to 2147483647. */
    public int raise() throws KernelException {
        files = files.length == 0 ? kernel.limit(Linux.RLIMIT_NOFILE) : files;
        // It may be forbidden: where fs.nr_open was lowered below the hard limit.
        raised = kernel.setSoftLimit(Linux.RLIMIT_NOFILE, files[1]);
        long most = raised ? files[1] : files[0];
        return most < 0 ? Integer.MAX_VALUE : Math.clamp(most - count("/proc/self/fd"), 0, Integer.MAX_VALUE);
    }

    /**
     * How many more processes or threads may be started, by RLIMIT_NPROC where it binds (getrlimit(2)) and by pids.max
     * of this cgroup, v1 or v2; it can be negative.
     */
    public long processesLeft() throws KernelException {
        long left = Long.MAX_VALUE;
        for (String line : kernel.readAnyFile("/proc/self/cgroup").split("\n")) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3 && (fields[1].isEmpty() || ("," + fields[1] + ",").contains(",pids,"))) {
                String root = fields[1].isEmpty() ? CGROUPS : CGROUPS + "/pids";
                left = Math.min(left, Math.min(pidsLeft(root + fields[2]), pidsLeft(root)));
            }
        }
        long processes = kernel.limit(Linux.RLIMIT_NPROC)[0];
        if (processes >= 0 && !isMachinesRoot()) {
            left = Math.min(left, processes - count("/proc/self/task") - count("/proc"));
        }
        return left;
    }

    private long pidsLeft(String cgroup) {
        long most = number(cgroup + "/pids.max");
        return most < 0 ? Long.MAX_VALUE : most - number(cgroup + "/pids.current");
    }

    /** The limit of processes binds every user but this one: uid 0 outside of any user namespace. */
    private boolean isMachinesRoot() {
        List<String> map = Raw.words(kernel.readAnyFile("/proc/self/uid_map"), " \n");
        return map.size() > 1 && map.get(0).equals("0") && map.get(1).equals("0");
    }

    /** What a file holds, or -1 where that is no number. */
    private long number(String path) {
        return Raw.number(kernel.readAnyFile(path).strip());
    }

    private int count(String folder) throws KernelException {
        int count = 0;
        for (String name : kernel.list(folder)) {
            count += Character.isDigit(name.charAt(0)) ? 1 : 0;
        }
        return count;
    }

    @Override
    public void close() throws KernelException {
        if (raised && !kernel.setSoftLimit(Linux.RLIMIT_NOFILE, files[0])) {
            throw new KernelException("prlimit", "the limit of open files cannot be given back", kernel.errno());
        }
    }
}
