package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Limits;
import stepdown.kernel.Stat;
import stepdown.ownership.Ownership.Watch;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;

/**
 * Hands trees over, one after the other: what is in a folder before the folder itself, the top last, with a bounded
 * amount of memory and descriptors.
 */
final class Walk implements AutoCloseable {
    /**
     * What the memory for names of all folders that are being read may take; what is read of one shrinks as it fills.
     */
    private static final long MOST_HELD = 8 << 20;

    /** For one entry at least, whose name may be as long as a path. */
    private static final int LEAST_ROOM = 5 << 10;

    private static final int MOST_ROOM = 32 << 10;

    /** Progress is told not before two seconds, and then every few; in nanoseconds. */
    private static final long FIRST = 2_000_000_000L;

    private static final long AGAIN = 5_000_000_000L;

    private static final int MOST_THREADS = 32;
    private static final int FOLDERS_EACH = 64;

    /** What else a walk opens: the entry that a thread holds, and a file of /proc. */
    private static final int OTHERS = 8;

    final Kernel kernel;
    final Owner owner;
    final List<Stat> excluded;
    final List<Stat> own;
    final Crew crew;

    private final Limits limits;

    /** How many may be open at once. */
    private int folders;

    private final boolean marks;
    private final Watch watch;
    private final long begun = System.nanoTime();
    private long due = FIRST;
    private final List<Counts> trees = new ArrayList<>();
    volatile @Nullable Folder at;

    /**
     * Whether a folder of these trees may be met under two names: others than root can rename in one, or it has mounts.
     */
    volatile boolean exposed;

    final AtomicLong heldBytes = new AtomicLong();
    final AtomicInteger openFolders = new AtomicInteger();

    /**
     * @param excluded what is left alone with all below it; held open, lest another entry gets the number
     * @param own likewise what must stay root's under whatever name it is met
     * @param marks whether a right top is to mean that all below it is right
     */
    Walk(Kernel kernel, Owner owner, List<Stat> excluded, List<Stat> own, boolean marks, Watch watch) {
        this.kernel = kernel;
        this.owner = owner;
        this.excluded = excluded;
        this.own = own;
        this.marks = marks;
        this.watch = watch;
        this.limits = new Limits(kernel);
        this.crew = new Crew(this);
    }

    /** How many threads there may be: asked once, when there is something to walk. */
    int threads() throws KernelException {
        int files = limits.raise();
        folders = Math.max(0, files - 2 * Math.min(MOST_THREADS, files / FOLDERS_EACH) - OTHERS);
        return Math.clamp(limits.processesLeft() / 2, 0, Math.clamp(folders / FOLDERS_EACH, 1, MOST_THREADS));
    }

    /**
     * Hands a tree over.
     *
     * @param fd a readable descriptor of its top; closed here
     * @param path its resolved path, for people to read
     */
    void folder(Counts counts, int fd, String path) throws KernelException, InterruptedException {
        trees.add(counts);
        openFolders.incrementAndGet();
        crew.run(new Folder(this, counts, null, path, fd));
    }

    /** Hands over a path that is no folder, by an O_PATH descriptor. */
    void file(Counts counts, int fd, String path) {
        counts.add(Kind.SEEN);
        Changer my = new Changer(this);
        Folder named = new Folder(this, counts, null, path, fd);
        if (!my.look(fd)) {
            named.refused(my, "stat", 0);
        } else if (!my.settleNamed(named, my.judge(false), true, fd, my.nameOf(path))) {
            named.error(my, "changed while it was looked at", 0);
        }
        my.free();
    }

    /** Whether the top of a tree is left, so that the next start tries again. */
    boolean leaves(Counts counts) {
        return marks && counts.of(Kind.ERRORS) > 0;
    }

    // ---- the main thread

    /**
     * What the main thread does every few milliseconds: it asks whether the start is to end, and says how far it is.
     */
    void tick() {
        watch.stop();
        long elapsed = System.nanoTime() - begun;
        Folder folder = at;
        if (elapsed >= due && folder != null) {
            due = elapsed + AGAIN;
            long seen = trees.stream().mapToLong(one -> one.of(Kind.SEEN)).sum();
            long changed = trees.stream().mapToLong(one -> one.of(Kind.CHANGED)).sum();
            watch.at(folder.path(), seen, changed, seen * 1_000_000_000L / elapsed);
        }
    }

    // ---- bounds

    long room() {
        return Math.clamp((MOST_HELD - heldBytes.get()) / 64, LEAST_ROOM, MOST_ROOM);
    }

    /** Where few descriptors are left, one thread alone goes on until it has closed what it opened. */
    boolean isNarrow() {
        return openFolders.get() >= folders - Math.min(Folder.DEEPEST, folders / 2);
    }

    /** Ends all threads, and waits until they have ended. */
    @Override
    public void close() throws KernelException, InterruptedException {
        crew.close();
        limits.close();
    }
}
