package stepdown.ownership;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Errno;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;

/** A folder, as a job: it is opened, its names are shared out, and whoever does the last job of it changes the folder itself and tells the one above. */
final class Folder implements Crew.Job {
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

    /** What is not done of it: its reading, and each job that was found in it. */
    private final AtomicInteger left = new AtomicInteger(1);

    private boolean right;

    /**
     * @param above null for a top: {@code fd} is open then, and {@code name} a path for people to read
     */
    Folder(Walk walk, Counts counts, @Nullable Folder above, String name, int fd) {
        this.walk = walk;
        this.counts = counts;
        this.above = above;
        this.name = name;
        this.depth = above == null ? 0 : above.depth + 1;
        this.fd = fd;
    }

    @Override
    public void run(Changer my) {
        boolean narrow = walk.isNarrow();
        if (narrow) {
            walk.crew.narrow.lock();
        }
        try {
            if (enter(my)) {
                walk.at = this;
                while (read(my)) {}
                done(my);
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
        right = walk.paths.isRight(my.node.owner, my.node.mode);
        Kind kept = my.kept();
        if (kept == Kind.CHANGED && mayEnter(my.node)) {
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
        boolean wanted = above == null || (!walk.paths.oneFileSystem() && !walk.kernel.isReadOnly(fd));
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

    /** Reads some of its names and shares them out; false where there are no more. Where enough jobs wait already, they are done at once, so that no more are kept than these. */
    private boolean read(Changer my) {
        int filled = (int) my.libc.getdents64(fd, my.entries, walk.room());
        if (filled <= 0) {
            return filled < 0 && failed(my, "getdents64", 0);
        }
        Slice.Batch batch = Slice.Batch.copy(my, filled);
        walk.heldBytes.addAndGet(filled);
        long end = batch.address() + filled;
        for (long from = batch.address(), to; from < end; from = to) {
            to = Slice.end(my.memory, from, end, walk.crew.share());
            left.incrementAndGet();
            batch.users().incrementAndGet();
            Slice slice = new Slice(this, batch, from, to);
            if (to - from == filled) {
                slice.run(my);
            } else {
                walk.crew.offer(slice, my);
            }
        }
        batch.done(this, my);
        return true;
    }

    /** A folder was found in this one. */
    void found(Changer my, long entry) {
        left.incrementAndGet();
        walk.crew.offer(new Folder(walk, counts, this, my.text(entry), -1), my);
    }

    void done(Changer my) {
        if (left.decrementAndGet() == 0) {
            finish(my);
            closed(my);
        }
    }

    /** Its owner may have changed its mode meanwhile. */
    private void finish(Changer my) {
        if (right) {
            return;
        }
        if (!my.look(fd)) {
            failed(my, "stat", 0);
        } else if (above != null || !walk.leaves(counts)) {
            my.settle(this, my.judge(false), fd, 0);
        }
    }

    private void closed(Changer my) {
        if (fd >= 0) {
            my.libc.close(fd);
            walk.openFolders.decrementAndGet();
        }
        if (above == null) {
            walk.crew.finish();
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
        String entryName = entry == 0 ? "" : my.text(entry);
        return Raw.show(entryName.startsWith("/") ? entryName : entry == 0 ? path() : path() + "/" + entryName);
    }

    String path() {
        return above == null ? name : above.path() + "/" + name;
    }
}
