package stepdown.ownership;

import org.jspecify.annotations.Nullable;
import stepdown.kernel.Binding;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;

/**
 * The open descriptors of one thread's walk, a handful however deep it is: of the folders from where it began to the current one a few at either end. A closed one is
 * opened again as the {@code ..} of the one below it, and must be the one that it was.
 */
final class OpenFolders {
    static final int OPEN = Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW | Linux.O_NONBLOCK | Linux.O_CLOEXEC;

    /** Folders next to where a descent began that are never closed. */
    private static final int KEPT = 3;

    private static final int MOST = 8;

    private final Libc libc;
    private final Binding memory;
    private final Changer changer;
    private final Node node;
    private final long parentName;
    private int open;

    OpenFolders(Task task, Changer changer) {
        this.libc = task.libc;
        this.changer = changer;
        this.node = changer.node;
        this.memory = task.memory;
        this.parentName = memory.allocate(8);
        memory.putByte(parentName, (byte) '.');
        memory.putByte(parentName + 1, (byte) '.');
    }

    void free() {
        memory.free(parentName);
    }

    /** Counts {@code frame} as open and closes another if there are too many now. {@code base} is where this descent began. */
    void entered(Frame frame, Frame base) {
        open++;
        if (open <= MOST) {
            return;
        }
        Frame oldest = null;
        for (Frame above = above(frame, base);
                above != null && above.isOpen() && above.depth >= base.depth + KEPT;
                above = above(above, base)) {
            oldest = above;
        }
        if (oldest != null && node.readWithBirth(oldest.fd)) {
            oldest.birth = node.birth();
            left(oldest);
        }
    }

    static @Nullable Frame above(Frame frame, Frame base) {
        return frame == base ? null : frame.parent;
    }

    /** Closes {@code frame}. */
    void left(Frame frame) {
        changer.close(frame.fd);
        frame.fd = -1;
        open--;
    }

    /** Opens the folder above the open {@code below} again, at the place where its reading stopped. False where it is not there any more. */
    boolean reopen(Frame frame, Frame below) {
        int fd = libc.openat(below.fd, parentName, OPEN, 0);
        if (fd < 0) {
            return false;
        }
        boolean same = node.readWithBirth(fd)
                && node.inode() == frame.inode
                && node.device() == frame.device
                && node.mount() == frame.mount
                && node.birth() == frame.birth;
        if (!same || (frame.more && libc.lseek(fd, frame.position, Linux.SEEK_SET) < 0)) {
            changer.close(fd);
            return false;
        }
        frame.fd = fd;
        open++;
        return true;
    }
}
