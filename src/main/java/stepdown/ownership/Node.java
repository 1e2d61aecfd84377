package stepdown.ownership;

import stepdown.kernel.Binding;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;

/** The buffer of statx(2) that one thread of the walk fills for entry after entry, without an object for any of them. */
final class Node {
    private static final int BYTES = 256;
    private static final int MASK = Linux.STATX_TYPE_MODE
            | Linux.STATX_NLINK
            | Linux.STATX_UID
            | Linux.STATX_GID
            | Linux.STATX_INO
            | Linux.STATX_MNT_ID;

    private final Libc libc;
    private final Binding memory;
    private final long buffer;
    private final long nothing;
    private long owner;
    private int mode;

    Node(Libc libc, Binding memory) {
        this.libc = libc;
        this.memory = memory;
        this.buffer = memory.allocate(BYTES + 8);
        this.nothing = buffer + BYTES;
    }

    void free() {
        memory.free(buffer);
    }

    /** The address of an empty name. */
    long nothing() {
        return nothing;
    }

    /** Fills the buffer with the entry of that name, a link itself and not what it points to. */
    boolean read(int folder, long name) {
        return read(folder, name, Linux.AT_SYMLINK_NOFOLLOW | Linux.AT_NO_AUTOMOUNT, MASK);
    }

    /** Fills the buffer with what the descriptor holds. */
    boolean read(int fd) {
        return read(fd, nothing, Linux.AT_EMPTY_PATH | Linux.AT_NO_AUTOMOUNT, MASK);
    }

    /** The same, with the time of birth: together with the inode number it tells a folder from a later one that was given its number. */
    boolean readWithBirth(int fd) {
        return read(fd, nothing, Linux.AT_EMPTY_PATH | Linux.AT_NO_AUTOMOUNT, MASK | Linux.STATX_BTIME);
    }

    private boolean read(int at, long name, int flags, int mask) {
        if (libc.statx(at, name, flags, mask, buffer) != 0) {
            return false;
        }
        owner = memory.getLong(buffer + 20);
        mode = memory.getShort(buffer + 28) & 0xFFFF;
        return true;
    }

    /** Owner and group, as {@link OwnershipRequest#owner()} packs them. */
    long owner() {
        return owner;
    }

    int mode() {
        return mode;
    }

    int type() {
        return mode & Linux.S_IFMT;
    }

    int nlink() {
        return memory.getInt(buffer + 16);
    }

    long inode() {
        return memory.getLong(buffer + 32);
    }

    long device() {
        return memory.getLong(buffer + 136);
    }

    /** A number that no two folders share that were there at different times; 0 where the file system does not know. */
    long birth() {
        boolean known = (memory.getInt(buffer) & Linux.STATX_BTIME) != 0;
        return known ? memory.getLong(buffer + 80) * 1_000_000_000L + memory.getInt(buffer + 88) : 0;
    }

    /** The mount that the entry is on, or -1 where the kernel (before Linux 5.8) does not tell. */
    long mount() {
        return (memory.getInt(buffer) & Linux.STATX_MNT_ID) != 0 ? memory.getLong(buffer + 144) : -1;
    }

    /** Whether the kernel tells what is the root of a mount (Linux 5.8). */
    boolean tellsMounts() {
        return (memory.getLong(buffer + 56) & Linux.STATX_ATTR_MOUNT_ROOT) != 0;
    }

    boolean mountRoot() {
        return (memory.getLong(buffer + 8) & Linux.STATX_ATTR_MOUNT_ROOT) != 0;
    }
}
