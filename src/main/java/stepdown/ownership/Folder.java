package stepdown.ownership;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Errno;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.ownership.Summary.Kind;

/** A folder, as a job: it is opened, its names are shared out, and whoever does the last job of it changes the folder itself and tells the one above. */
final class Folder implements Crew.Job {
    static final int OPEN = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW | Linux.O_NONBLOCK | Linux.O_CLOEXEC;
    static final int DEEPEST = 256;

    private static final int ATTEMPTS = 8;

    /** A batch of more slices than this is one of a large folder. */
    private static final int LARGE = 4;

    final Walk walk;
    final Tally tally;
    int fd = -1;
    long device;
    boolean shared;

    private final @Nullable Folder above;
    private final String name;
    private final int depth;

    /** What is not done of it: its reading, and each job that was found in it. */
    private final AtomicInteger left = new AtomicInteger(1);

    private boolean right;

    /** A top: {@code fd} is open, and {@code path} is for people to read. */
    Folder(Walk walk, Tally tally, int fd, String path) {
        this.walk = walk;
        this.tally = tally;
        this.fd = fd;
        this.above = null;
        this.name = path;
        this.depth = 0;
    }

    private Folder(Folder above, String name) {
        this.walk = above.walk;
        this.tally = above.tally;
        this.above = above;
        this.name = name;
        this.depth = above.depth + 1;
    }

    @Override
    public void run(Changer my) {
        boolean narrow = walk.enterNarrow();
        try {
            if (enter(my)) {
                walk.at(this);
                while (read(my)) {}
                done(my);
            } else {
                closed(my);
            }
        } finally {
            walk.leaveNarrow(narrow);
        }
    }

    private boolean enter(Changer my) {
        if (above != null && !open(my, above)) {
            return false;
        }
        tally.add(Kind.SEEN);
        if (!my.look(fd)) {
            return failed(my, "stat", 0);
        }
        Node node = my.node;
        device = node.device();
        shared = node.isShared();
        right = walk.task.paths().isRight(node.owner, node.mode);
        Kind kept = walk.task.kept(node);
        if (kept == Kind.SEEN && !mayEnter(node)) {
            kept = Kind.MOUNTS;
        }
        my.settle(this, kept, fd, 0);
        return kept == Kind.SEEN;
    }

    private boolean mayEnter(Node node) {
        if (above == null) {
            return !walk.isKernels(fd);
        }
        return !node.isMount(above.device)
                || (!walk.task.paths().oneFileSystem() && !walk.isKernels(fd) && !walk.isReadOnly(fd));
    }

    private boolean open(Changer my, Folder in) {
        for (int i = 0; i < ATTEMPTS; i++) {
            long entry = my.nameOf(name);
            if (depth > DEEPEST) {
                tally.add(Kind.SEEN);
                return in.error(my, "deeper than " + DEEPEST + " folders", entry);
            }
            fd = my.libc.openat(in.fd, entry, OPEN, 0);
            if (fd >= 0) {
                walk.opened(1);
                return true;
            }
            int errno = my.memory.errno();
            if (errno != Errno.ENOTDIR && errno != Errno.ELOOP) {
                tally.add(Kind.SEEN);
                return in.failed(my, "open", entry);
            }
            if (!my.entry(in, entry)) {
                return false;
            }
        }
        tally.add(Kind.SEEN);
        return in.error(my, "open: " + Errno.text(Errno.ENOTDIR), my.nameOf(name));
    }

    /** Reads some of its names and shares them out; false where there are no more. Where enough jobs wait already, they are done at once, so that no more are kept than these. */
    private boolean read(Changer my) {
        long filled = my.libc.getdents64(fd, my.entries, walk.room());
        if (filled <= 0) {
            return filled < 0 && failed(my, "getdents64", 0);
        }
        List<Slice> slices = Slice.cut(this, my, filled);
        left.addAndGet(slices.size());
        if (slices.size() > LARGE) {
            slices.get(0).glance(my);
        }
        for (Slice slice : slices) {
            if (slices.size() == 1 || !walk.crew.offer(slice)) {
                slice.run(my);
            }
        }
        return true;
    }

    /** A folder was found in this one. */
    void found(Changer my, long entry) {
        Folder folder = new Folder(this, my.text(entry));
        left.incrementAndGet();
        if (!walk.crew.offer(folder)) {
            folder.run(my);
        }
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
        } else if (above != null || !walk.leaves(tally)) {
            my.settle(this, walk.task.judge(my.node, false), fd, 0);
        }
    }

    private void closed(Changer my) {
        if (fd >= 0) {
            my.libc.close(fd);
            walk.opened(-1);
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
        tally.error(tally.namesMore() ? shown(my, entry) + ": " + problem : "");
        return false;
    }

    String shown(Changer my, long entry) {
        String name = entry == 0 ? "" : my.text(entry);
        return Raw.show(name.startsWith("/") ? name : name.isEmpty() ? path() : path() + "/" + name);
    }

    String path() {
        StringBuilder path = new StringBuilder(name);
        for (Folder folder = above; folder != null; folder = folder.above) {
            path.insert(0, '/').insert(0, folder.name);
        }
        return path.toString();
    }
}
