package stepdown.ownership;

import java.nio.charset.StandardCharsets;
import stepdown.Refusal;
import stepdown.kernel.Binding;
import stepdown.kernel.Errno;
import stepdown.kernel.KernelException;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;

/** Looks at single entries and changes what is not as it should be. Each thread of the walk has one of its own. */
final class Changer {
    private static final byte[] CAPABILITY = "security.capability".getBytes(StandardCharsets.ISO_8859_1);
    private static final int DIGITS = 16;
    private static final int HOLD = Linux.O_PATH | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    private static final int READ =
            Linux.O_RDONLY | Linux.O_NOFOLLOW | Linux.O_NONBLOCK | Linux.O_NOCTTY | Linux.O_CLOEXEC;

    final Tally tally = new Tally();
    final Node node;

    private final Task task;
    private final Libc libc;
    private final Binding memory;
    private final long digits;
    private final long capability;

    /** This thread's own folder of descriptors in /proc, which two threads do not have to share; -1 until it is needed. */
    private int descriptors = -1;

    /** Whether the kernel has fchmodat2(2) (Linux 6.6), and the container lets it be called. */
    private boolean modern = true;

    /** Whether the last entry was to be changed: then the next one probably is too, and is opened without a look at its name first. */
    private boolean busy;

    Changer(Task task) {
        this.task = task;
        this.libc = task.libc;
        this.memory = task.memory;
        this.node = new Node(libc, memory);
        this.digits = memory.allocate(DIGITS + CAPABILITY.length + 1L);
        this.capability = digits + DIGITS;
        memory.put(capability, CAPABILITY, 0, CAPABILITY.length);
    }

    void free() {
        node.free();
        memory.free(digits);
        if (descriptors >= 0) {
            close(descriptors);
        }
    }

    /**
     * Handles an entry that is not a folder.
     *
     * @param name the address of its name
     * @param regular whether getdents64(2) called it a regular file
     * @return whether it is a folder after all; then nothing was done
     */
    boolean entry(Frame folder, long name, boolean regular) {
        if (!busy) {
            if (!node.read(folder.fd, name)) {
                tally.seen++;
                failed("stat", folder.fd, name);
                return false;
            }
            if (node.type() == Linux.S_IFDIR) {
                return true;
            }
            if (task.isRight(node.owner(), node.mode())) {
                tally.seen++;
                return false;
            }
        }
        int fd = regular && task.isQuiet(folder) ? libc.openat(folder.fd, name, READ, 0) : -1;
        boolean readable = fd >= 0;
        if (!readable) {
            fd = libc.openat(folder.fd, name, HOLD, 0);
        }
        if (fd < 0) {
            tally.seen++;
            failed("open", folder.fd, name);
            return false;
        }
        boolean isFolder = held(folder, fd, readable);
        close(fd);
        return isFolder;
    }

    /** What was seen under the name may be something else by now: only what is held counts. */
    private boolean held(Frame folder, int fd, boolean readable) {
        boolean known = node.read(fd);
        if (known && node.type() == Linux.S_IFDIR) {
            return true;
        }
        tally.seen++;
        if (!known) {
            failed("stat", fd, 0);
            return false;
        }
        busy = !task.isRight(node.owner(), node.mode());
        if (busy) {
            change(fd, readable, task.isMount(node, folder.device));
        }
        return false;
    }

    /** Handles a path given that is not a folder, by its O_PATH descriptor. */
    void top(int fd) {
        tally.seen++;
        if (!node.read(fd)) {
            failed("stat", fd, 0);
        } else if (!task.isRight(node.owner(), node.mode())) {
            change(fd, false, false);
        }
    }

    /** Handles a folder itself, after its content. Its owner may have changed its mode meanwhile. */
    void folder(Frame folder) {
        if (task.isRight(folder.owner, folder.mode)) {
            return;
        }
        int fd = folder.fd;
        if (!node.read(fd)) {
            failed("stat", fd, 0);
            return;
        }
        int mode = node.mode();
        if (task.isRight(node.owner(), mode)) {
            return;
        }
        if (Task.isStickyFolder(mode)) {
            tally.stickyFolders++;
            return;
        }
        if (node.owner() != task.owner && libc.fchown(fd, task.uid, task.gid) != 0) {
            failed("chown", fd, 0);
        } else if (task.losesBits(mode) && !chmodFolder(fd, mode & 07777 & ~task.strip)) {
            failed("chmod", fd, 0);
        } else {
            tally.changed++;
        }
    }

    /** Without CAP_FSETID the setgid bit would be lost without a word: the mode is left alone then, with the error that chmod(2) should have given. */
    private boolean chmodFolder(int fd, int mode) {
        try {
            if ((mode & Linux.S_ISGID) != 0 && !task.keepsSetgid()) {
                error("chmod", Errno.EPERM, fd, 0);
                return true;
            }
        } catch (KernelException e) {
            return false;
        }
        return libc.fchmod(fd, mode) == 0;
    }

    /** @param readable whether the descriptor is open for reading; else it is an O_PATH one, which fewer calls take */
    private void change(int fd, boolean readable, boolean mounted) {
        if (isLeft(mounted)) {
            return;
        }
        int mode = node.mode();
        boolean mayHaveCapabilities =
                node.owner() != task.owner && node.type() == Linux.S_IFREG && (mode & 0111) != 0 && !isSetId(mode);
        if (mayHaveCapabilities && !readable) {
            int again = libc.openat(descriptors(), digitsOf(fd), READ & ~Linux.O_NOFOLLOW, 0);
            if (again >= 0) {
                change(again, true, mode, true);
                close(again);
                return;
            }
        }
        change(fd, readable, mode, mayHaveCapabilities);
    }

    private void change(int fd, boolean readable, int mode, boolean mayHaveCapabilities) {
        int left = mode;
        if (node.owner() != task.owner) {
            boolean clears = mayHaveCapabilities
                    ? readable && libc.fgetxattr(fd, capability, 0, 0) > 0
                    : node.type() == Linux.S_IFREG && isSetId(mode);
            if (libc.fchownat(fd, node.nothing(), task.uid, task.gid, Linux.AT_EMPTY_PATH) != 0) {
                failed("chown", fd, 0);
                return;
            }
            tally.cleared += clears ? 1 : 0;
            left &= ~(Linux.S_ISUID | Linux.S_ISGID);
        }
        if (task.losesBits(left) && !chmod(fd, left & 07777 & ~task.strip, readable)) {
            failed("chmod", fd, 0);
            return;
        }
        tally.changed++;
    }

    /** Whether the bits are such as the kernel clears with the owner; setgid means nothing without the right to execute. */
    private static boolean isSetId(int mode) {
        return (mode & Linux.S_ISUID) != 0 || (mode & 02010) == 02010;
    }

    private boolean isLeft(boolean mounted) {
        if (task.isExcluded(node)) {
            tally.excluded++;
        } else if (Task.isDevice(node.mode())) {
            tally.devices++;
        } else if (mounted) {
            tally.mountedFiles++;
        } else if (task.isSharedFile(node)) {
            tally.hardLinks++;
        } else {
            return false;
        }
        return true;
    }

    /** Where fchmodat2(2) is not to be had, by the link in /proc that leads to what is held and nowhere else. */
    private boolean chmod(int fd, int mode, boolean readable) {
        if (readable) {
            return libc.fchmod(fd, mode) == 0;
        }
        if (modern && libc.fchmodat2(fd, node.nothing(), mode, Linux.AT_EMPTY_PATH) == 0) {
            return true;
        }
        boolean done = libc.fchmodat(descriptors(), digitsOf(fd), mode, 0) == 0;
        modern &= !done;
        return done;
    }

    private int descriptors() {
        if (descriptors < 0) {
            try {
                descriptors = task.kernel.open("/proc/thread-self/fd", Linux.O_PATH | Linux.O_DIRECTORY);
            } catch (KernelException e) {
                throw new Refusal(
                        "the descriptors of this process cannot be looked up: " + e.getMessage() + "; mount /proc", e);
            }
        }
        return descriptors;
    }

    /** The address of a descriptor's number in decimal. */
    private long digitsOf(int fd) {
        long to = digits;
        int divisor = 1;
        while (fd / divisor >= 10) {
            divisor *= 10;
        }
        for (; divisor > 0; divisor /= 10) {
            memory.putByte(to++, (byte) ('0' + fd / divisor % 10));
        }
        memory.putByte(to, (byte) 0);
        return digits;
    }

    void close(int fd) {
        if (libc.close(fd) != 0) {
            throw new IllegalStateException("close of descriptor " + fd + ": " + Errno.text(memory.errno()));
        }
    }

    /** Counts what errno says of an entry, unless it is that it is gone. */
    void failed(String call, int folder, long name) {
        int errno = memory.errno();
        if (errno != Errno.ENOENT) {
            error(call, errno, folder, name);
        }
    }

    /** @param name the address of a name in {@code at}, or 0 for {@code at} itself */
    void error(String call, int errno, int at, long name) {
        if (tally.error()) {
            tally.name(Raw.show(where(at, name)) + ": " + call + ": " + Errno.text(errno));
        }
    }

    /** The path of an open descriptor, and of a name in it, for people to read. */
    String where(int at, long name) {
        StringBuilder where = new StringBuilder();
        try {
            where.append(task.kernel.readLink(Linux.AT_FDCWD, "/proc/self/fd/" + at));
        } catch (KernelException e) {
            where.append('?');
        }
        if (name != 0 && memory.getByte(name) != 0) {
            where.append('/');
            for (byte next; (next = memory.getByte(name)) != 0; name++) {
                where.append((char) (next & 0xFF));
            }
        }
        return where.toString();
    }
}
