package stepdown.ownership;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Errno;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;

/**
 * A folder that is open: some threads take its names, one after the other, and go down into the folders among them. The
 * last one to leave changes the folder itself and tells the one above.
 */
final class Folder {
    static final int OPEN = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW | Linux.O_NONBLOCK | Linux.O_CLOEXEC;
    static final int DEEPEST = 256;

    private static final int ATTEMPTS = 8;

    final Walk walk;
    final Counts counts;
    int fd;
    long device;
    boolean shared;

    private final @Nullable Folder above;
    private final String name;
    private final int depth;

    /** Who is in it: the threads that take names, and the folders that were found and are not done. */
    private final AtomicInteger left = new AtomicInteger(1);

    private boolean right;

    /**
     * Memory for names that were read and not taken yet: entries of getdents64(2); 0 before, and -1 when there are no
     * more.
     */
    private long batch;

    private long size;
    private long next;
    private long end;

    /** Linked when the first folder is made, as in a small tree: not when a large one is first joined. */
    final Consumer<Changer> work = this::work;

    /** Whether a thread reads more names, which may take its time, or there are no more. */
    private volatile boolean reading;

    /** @param above null for a top: {@code fd} is open then, and {@code name} a path for people to read */
    Folder(Walk walk, Counts counts, @Nullable Folder above, String name, int fd) {
        this.walk = walk;
        this.counts = counts;
        this.above = above;
        this.name = name;
        this.depth = above == null ? 0 : above.depth + 1;
        this.fd = fd;
    }

    /** For a top: whether there is something in it, for others to join; else it is done. */
    boolean begin(Changer my) {
        if (!enter(my)) {
            closed(my);
        } else if (take(my)) {
            next = batch;
            left.decrementAndGet();
            return true;
        } else {
            done(my);
        }
        return false;
    }

    /** By the thread that found it, from {@code left} being 1 on. */
    void run(Changer my) {
        boolean narrow = walk.isNarrow();
        if (narrow) {
            walk.crew.narrow.lock();
        }
        try {
            if (enter(my)) {
                walk.crew.show(this);
                work(my);
            } else {
                closed(my);
            }
        } finally {
            if (narrow) {
                walk.crew.narrow.unlock();
            }
        }
    }

    private boolean enter(Changer my) {
        if (above != null && !open(my, above)) {
            return false;
        }
        counts.add(Kind.SEEN);
        if (!my.look(fd)) {
            return failed(my, "stat", 0);
        }
        device = my.node.device();
        shared = my.node.isShared();
        if (shared || (above != null && my.node.isMount(above.device))) {
            walk.exposed = true;
        }
        right = walk.owner.isRight(my.node.owner, my.node.mode);
        Kind kept = my.kept();
        if (kept == Kind.CHANGED && mayEnter(my.node)) {
            walk.at = this;
            return true;
        }
        my.settle(this, kept == Kind.CHANGED ? Kind.MOUNTS : kept, fd, 0);
        return false;
    }

    /** A top may be a mount of any kind but the kernel's; below it a mount must be wanted and writable, too. */
    private boolean mayEnter(Node node) {
        if (above != null && !node.isMount(above.device)) {
            return true;
        }
        boolean wanted = above == null || (!walk.owner.paths().oneFileSystem() && !walk.kernel.isReadOnly(fd));
        return wanted && !Linux.KERNEL_FILE_SYSTEMS.contains(walk.kernel.fileSystem(fd));
    }

    private boolean open(Changer my, Folder in) {
        for (int i = 0; i < ATTEMPTS && depth <= DEEPEST; i++) {
            long entry = my.nameOf(name);
            fd = my.libc.openat(in.fd, entry, OPEN, 0);
            if (fd >= 0) {
                walk.openFolders.incrementAndGet();
                return true;
            }
            int errno = my.memory.errno();
            if (errno != Errno.ENOTDIR && errno != Errno.ELOOP) {
                counts.add(Kind.SEEN);
                return in.failed(my, "open", entry);
            }
            if (!my.entry(in, entry)) {
                return false;
            }
        }
        counts.add(Kind.SEEN);
        String problem = depth > DEEPEST ? "deeper than " + DEEPEST + " folders" : "open: " + Errno.text(Errno.ENOTDIR);
        return in.error(my, problem, my.nameOf(name));
    }

    /**
     * For a thread that has nothing to do, while it is shown: true where there may be names left, for which
     * {@link #work} is called then.
     */
    boolean join() {
        return !reading && left.incrementAndGet() > 0;
    }

    void work(Changer my) {
        while (take(my)) {
            walk.crew.breathe();
            // A folder that is none any more is seen to be one when it is opened.
            if (my.type == Linux.DT_DIR || my.entry(this, my.name)) {
                left.incrementAndGet();
                new Folder(walk, counts, this, walk.kernel.stringAt(my.name), -1).run(my);
            }
        }
        done(my);
    }

    /**
     * Gives {@code my} the next name, once; false where there are no more. A call that waits for one name holds up no
     * other.
     */
    private synchronized boolean take(Changer my) {
        do {
            if (next == end && !read(my)) {
                return false;
            }
            next += my.take(next);
        } while (my.isDots());
        return true;
    }

    private boolean read(Changer my) {
        if (batch < 0) {
            return false;
        }
        reading = true;
        if (batch == 0) {
            size = walk.room();
            batch = my.memory.allocate(size + Changer.SPARE);
            walk.heldBytes.addAndGet(size);
        }
        next = batch;
        end = batch + my.libc.getdents64(fd, batch, size);
        reading = end <= batch;
        if (reading) {
            if (end < batch) {
                failed(my, "getdents64", 0);
            }
            my.memory.free(batch);
            walk.heldBytes.addAndGet(-size);
            walk.crew.hide(this);
            end = next;
            batch = -1;
        }
        return !reading;
    }

    void done(Changer my) {
        if (left.decrementAndGet() == 0) {
            finish(my);
            closed(my);
        }
    }

    /** Its owner may have changed its mode meanwhile. */
    private void finish(Changer my) {
        if (!right && !my.look(fd)) {
            failed(my, "stat", 0);
        } else if (!right && (above != null || !walk.leaves(counts))) {
            my.settle(this, my.judge(false), fd, 0);
        }
    }

    private void closed(Changer my) {
        if (fd >= 0) {
            my.libc.close(fd);
            walk.openFolders.decrementAndGet();
        }
        if (above == null) {
            walk.crew.finished.release();
        } else {
            above.done(my);
        }
    }

    /** Counts what errno says of a name, unless it is that the name is gone. Always false. */
    boolean failed(Changer my, String call, long entry) {
        return my.memory.errno() != Errno.ENOENT && refused(my, call, entry);
    }

    /** Counts what errno says of what is held. Always false. */
    boolean refused(Changer my, String call, long entry) {
        return error(my, call + ": " + Errno.text(my.memory.errno()), entry);
    }

    boolean error(Changer my, String problem, long entry) {
        counts.name(Kind.ERRORS, () -> shown(my, entry) + ": " + problem);
        return false;
    }

    String shown(Changer my, long entry) {
        String entryName = entry == 0 ? "" : walk.kernel.stringAt(entry);
        return Raw.show(entryName.startsWith("/") ? entryName : entry == 0 ? path() : path() + "/" + entryName);
    }

    String path() {
        return above == null ? name : above.path() + "/" + name;
    }
}
