package stepdown.ownership;

import java.util.List;
import stepdown.kernel.Binding;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;
import stepdown.kernel.Stat;

/**
 * The facts of one entry, as statx(2) tells them into a buffer that is filled again and again; each thread has its own.
 */
final class Node {
    static final int BYTES = 256;

    /** No times: a network file system would first have to write what others have not written yet. */
    private static final int MASK =
            Linux.STATX_TYPE_MODE | Linux.STATX_NLINK | Linux.STATX_UID | Linux.STATX_GID | Linux.STATX_INO;

    private static final int FLAGS = Linux.AT_NO_AUTOMOUNT | Linux.AT_SYMLINK_NOFOLLOW | Linux.AT_EMPTY_PATH;

    private final Libc libc;
    private final Binding memory;
    private final long buffer;

    /** Owner and group, as {@link Owner#packed()} packs them. */
    long owner;

    int mode;

    Node(Libc libc, Binding memory, long buffer) {
        this.libc = libc;
        this.memory = memory;
        this.buffer = buffer;
    }

    /** @param name the address of a name in {@code at}, or of an empty one for what {@code at} holds */
    boolean read(int at, long name) {
        if (libc.statx(at, name, FLAGS, MASK, buffer) != 0) {
            return false;
        }
        owner = memory.getLong(buffer + 20);
        mode = memory.getShort(buffer + 28) & 0xFFFF;
        return true;
    }

    int nlink() {
        return memory.getInt(buffer + 16);
    }

    long device() {
        return Long.rotateLeft(memory.getLong(buffer + 136), 32);
    }

    private long inode() {
        return memory.getLong(buffer + 32);
    }

    /** Where the kernel (before Linux 5.8) does not tell what is the root of a mount, the device must do. */
    boolean isMount(long deviceAbove) {
        boolean tells = (memory.getLong(buffer + 56) & Linux.STATX_ATTR_MOUNT_ROOT) != 0;
        return tells ? (memory.getLong(buffer + 8) & Linux.STATX_ATTR_MOUNT_ROOT) != 0 : device() != deviceAbove;
    }

    boolean isSame(Node other) {
        return other.inode() == inode() && other.device() == device();
    }

    boolean isOneOf(List<Stat> some) {
        for (int i = 0; i < some.size(); i++) {
            if (some.get(i).inode() == inode() && some.get(i).device() == device()) {
                return true;
            }
        }
        return false;
    }

    int type() {
        return mode & Linux.S_IFMT;
    }

    boolean isFolder() {
        return type() == Linux.S_IFDIR;
    }

    long uid() {
        return owner & 0xFFFFFFFFL;
    }

    /**
     * Whether others than root can add and take away names in this folder; an access list that lets them shows in the
     * group's bits.
     */
    boolean isShared() {
        return uid() != 0 || (mode & 022) != 0;
    }

    /** Whether the kernel clears bits of it with the owner; setgid means nothing without the right to execute. */
    boolean isSetId() {
        return type() == Linux.S_IFREG && ((mode & Linux.S_ISUID) != 0 || (mode & 02010) == 02010);
    }
}
