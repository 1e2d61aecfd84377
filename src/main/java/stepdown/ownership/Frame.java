package stepdown.ownership;

import org.jspecify.annotations.Nullable;

/** A folder on its way through the walk: open, its names read piece by piece, and changed itself once all below it is done. */
final class Frame {
    final @Nullable Frame parent;
    final int depth;
    final long owner;
    final int mode;
    final long mount;
    final long device;
    final long inode;

    /** The open descriptor, or -1 while there are too many others below it. */
    int fd;

    /** The time of birth, known only while it is closed. */
    long birth;

    /** {@link Task#isQuiet}; null until something in it is to be changed. */
    @Nullable
    Boolean quiet;

    /** Copies of the entries of getdents64(2) that are folders and still to be walked: where the memory begins (0: none), where the next is, where they end. */
    long names;

    long next;
    long end;

    /** Whether there may be more entries than those read so far, and where they begin. */
    boolean more = true;

    long position;

    /** Folders in this one that were given away and are not done; guarded by {@link Crew}. */
    int outstanding;

    Frame(@Nullable Frame parent, int fd, Node node) {
        this.parent = parent;
        this.depth = parent == null ? 0 : parent.depth + 1;
        this.fd = fd;
        this.owner = node.owner();
        this.mode = node.mode();
        this.mount = node.mount();
        this.device = node.device();
        this.inode = node.inode();
    }

    boolean hasNames() {
        return next < end;
    }

    boolean isOpen() {
        return fd >= 0;
    }
}
