package stepdown.ownership;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.ownership.Ownership.Watch;
import stepdown.ownership.Summary.Kind;

/** Hands trees over, one after the other: what is in a folder before the folder itself, the top last, with a bounded amount of memory and descriptors. */
final class Walk implements AutoCloseable {
    /** What the names of all folders that are still to be done may take; what is read of one folder shrinks as it fills. */
    private static final long MOST_HELD = 8 << 20;

    /** For one entry at least, whose name may be as long as a path. */
    private static final int LEAST_ROOM = 5 << 10;

    /** Of statfs(2): where type and flags are. */
    private static final int STATFS_BYTES = 120;

    private static final int STATFS_FLAGS = 80;
    private static final long RDONLY = 1;

    /**
     * What the kernel shows of itself, whose files are switches and not data: proc, sysfs, cgroup, cgroup2, devpts, securityfs, debugfs, tracefs, configfs, bpf, efivarfs,
     * binfmt_misc, pstore, nsfs, selinuxfs, smackfs, fusectl, resctrl.
     */
    // spotless:off
    private static final List<Long> KERNELS = List.of(
            0x9fa0L, 0x62656572L, 0x27e0ebL, 0x63677270L, 0x1cd1L, 0x73636673L, 0x64626720L, 0x74726163L, 0x62656570L,
            0xcafe4a11L, 0xde5e81e4L, 0x42494e4dL, 0x6165676cL, 0x6e736673L, 0xf97cff8cL, 0x43415d53L, 0x65735543L, 0x7655821L);
    // spotless:on

    final Task task;
    final Crew crew;

    private final Kernel kernel;
    private final Limits limits;
    private final boolean marks;
    private final Reporter reporter;
    private final AtomicLong heldBytes = new AtomicLong();
    private final AtomicInteger openFolders = new AtomicInteger();

    /** Held by the one thread that goes on where descriptors are few; it gives no jobs away, so that it closes what it opens. */
    private final ReentrantLock narrow = new ReentrantLock();

    /** @param marks whether a right top is to mean that all below it is right */
    Walk(Kernel kernel, Task task, boolean marks, Watch watch) throws KernelException {
        this.kernel = kernel;
        this.task = task;
        this.marks = marks;
        this.reporter = new Reporter(watch);
        this.limits = new Limits(kernel);
        this.crew = new Crew(kernel, task, limits.threads(), narrow, reporter);
    }

    /**
     * Hands a tree over.
     *
     * @param fd a readable descriptor of its top; closed here
     * @param path its resolved path, for people to read
     */
    Tally folder(int fd, String path) {
        Tally tally = new Tally();
        reporter.follow(tally);
        opened(1);
        crew.run(new Folder(this, tally, fd, path));
        return tally;
    }

    /** Hands over a path that is no folder, by an O_PATH descriptor. */
    Tally file(int fd, String path) {
        Tally tally = new Tally();
        tally.add(Kind.SEEN);
        Changer my = new Changer(task, kernel.libc(), kernel.memory());
        Folder named = new Folder(this, tally, fd, path);
        if (!my.look(fd)) {
            named.refused(my, "stat", 0);
        } else if (!my.settleNamed(named, task.judge(my.node, false), true, fd, my.nameOf(path))) {
            named.error(my, "changed while it was looked at", 0);
        }
        my.free();
        return tally;
    }

    /** Whether the top of a tree is left, so that the next start tries again. */
    boolean leaves(Tally tally) {
        return marks && tally.of(Kind.ERRORS) > 0;
    }

    void at(Folder folder) {
        reporter.at(folder);
    }

    // ---- bounds

    long room() {
        return Math.clamp((MOST_HELD - heldBytes.get()) / 64, LEAST_ROOM, Changer.CHUNK);
    }

    void held(int bytes) {
        heldBytes.addAndGet(bytes);
    }

    void opened(int count) {
        openFolders.addAndGet(count);
    }

    boolean enterNarrow() {
        boolean few = openFolders.get() >= limits.plenty();
        if (few) {
            narrow.lock();
        }
        return few;
    }

    void leaveNarrow(boolean entered) {
        if (entered) {
            narrow.unlock();
        }
    }

    // ---- mounts

    boolean isReadOnly(int fd) {
        return (statfs(fd, STATFS_FLAGS) & RDONLY) != 0;
    }

    boolean isKernels(int fd) {
        return KERNELS.contains(statfs(fd, 0));
    }

    /** A field, or 0 where the file system does not tell. */
    private long statfs(int fd, int field) {
        long buffer = kernel.memory().allocate(STATFS_BYTES);
        long found = kernel.libc().fstatfs(fd, buffer) == 0 ? kernel.memory().getLong(buffer + field) : 0;
        kernel.memory().free(buffer);
        return found;
    }

    /** Ends all threads, and waits until they have ended. */
    @Override
    public void close() throws KernelException {
        crew.close();
        limits.close();
    }
}
