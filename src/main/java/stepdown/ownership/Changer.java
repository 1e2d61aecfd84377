package stepdown.ownership;

import java.nio.charset.StandardCharsets;
import stepdown.kernel.Binding;
import stepdown.kernel.Errno;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;
import stepdown.ownership.Summary.Kind;

/** Looks at single entries and changes what is not as it should be, in one way only: through a descriptor that was looked at. Each thread has one of its own. */
final class Changer {
    static final int CHUNK = 1 << 16;

    private static final byte[] DESCRIPTOR = "/proc/thread-self/fd/".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] CAPABILITY = "security.capability".getBytes(StandardCharsets.ISO_8859_1);
    private static final int HOLD = Linux.O_PATH | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    private static final byte[] DELETED = " (deleted)".getBytes(StandardCharsets.ISO_8859_1);
    private static final int NAME_MAX = 264;
    private static final int PATH_MAX = 4096;
    private static final int ATTEMPTS = 8;

    final Node node;
    final Libc libc;
    final Binding memory;

    /** Where getdents64(2) puts the entries of a folder. */
    final long entries;

    private final Task task;
    private final long nothing;
    private final long name;
    private final long path;
    private final long capability;
    private final long link;
    private final Node again;

    /** Whether the kernel has fchmodat2(2) (Linux 6.6), and the container lets it be called. */
    private boolean modern = true;

    /** Whether the last entry was to be changed: then the next one probably is too, and is held without a look at its name first. */
    private boolean busy;

    Changer(Task task, Libc libc, Binding memory) {
        this.task = task;
        this.libc = libc;
        this.memory = memory;
        this.node = new Node(libc, memory);
        this.again = new Node(libc, memory);
        this.entries = memory.allocate(CHUNK + 3 * NAME_MAX + PATH_MAX + 8);
        this.name = entries + CHUNK;
        this.path = name + NAME_MAX;
        this.capability = path + NAME_MAX;
        this.link = capability + NAME_MAX;
        this.nothing = link + PATH_MAX;
        memory.put(path, DESCRIPTOR, 0, DESCRIPTOR.length);
        memory.put(capability, CAPABILITY, 0, CAPABILITY.length);
    }

    void free() {
        node.free();
        again.free();
        memory.free(entries);
    }

    /** The address of a copy of {@code text} that lasts until the next one. */
    long nameOf(String text) {
        byte[] bytes = (text + '\0').getBytes(StandardCharsets.ISO_8859_1);
        memory.put(name, bytes, 0, bytes.length);
        return name;
    }

    /** Looks at what a descriptor holds. */
    boolean look(int fd) {
        return node.read(fd, nothing);
    }

    /** Looks at a name and does no more: a file server that is asked so goes on telling the attributes together with the names. */
    void glance(int at, long entry) {
        again.read(at, entry);
    }

    /** Handles an entry that is called no folder; true where it is one after all, and nothing was done. */
    boolean entry(Folder in, long entry) {
        if (!busy) {
            if (!node.read(in.fd, entry)) {
                in.tally.add(Kind.SEEN);
                in.failed(this, "stat", entry);
                return false;
            }
            if (node.isFolder()) {
                return true;
            }
            busy = task.judge(node, false) != Kind.SEEN;
        }
        if (!busy) {
            in.tally.add(Kind.SEEN);
            return false;
        }
        for (int i = 0; i < ATTEMPTS; i++) {
            int fd = libc.openat(in.fd, entry, HOLD, 0);
            if (fd < 0) {
                in.tally.add(Kind.SEEN);
                in.failed(this, "open", entry);
                return false;
            }
            boolean looked = look(fd);
            if (!looked) {
                in.failed(this, "stat", entry);
            }
            boolean folder = looked && node.isFolder();
            boolean done = folder || !looked || held(in, entry, fd);
            libc.close(fd);
            if (done) {
                if (!folder) {
                    in.tally.add(Kind.SEEN);
                }
                return folder;
            }
        }
        in.tally.add(Kind.SEEN);
        in.error(this, "open: " + Errno.text(Errno.EBUSY), entry);
        return false;
    }

    /** Handles what is held; false where its name has become another's meanwhile, and nothing was done. */
    private boolean held(Folder in, long entry, int fd) {
        Kind kind = task.judge(node, node.isMount(in.device));
        busy = kind != Kind.SEEN;
        if (kind == Kind.CHANGED && task.mustLookAgain(node, in.shared)) {
            int waited = waitForFolder(in, entry);
            if (waited == Errno.ENOENT || !again.read(in.fd, entry) || !again.isSame(node)) {
                return false;
            }
            kind = waited != Errno.EEXIST || again.nlink() > 1 || isUnlinked(fd) ? Kind.HARD_LINKS : kind;
        }
        settle(in, kind, fd, entry);
        return true;
    }

    /**
     * An unlink(2) takes the link from the count a moment before the name goes, and holds the folder's lock until then. That is waited for by the making of a link that
     * can never be made, since the slash behind its name asks for a folder: the errno is EEXIST where the name is there.
     */
    private int waitForFolder(Folder in, long entry) {
        byte[] bytes = (text(entry) + "/\0").getBytes(StandardCharsets.ISO_8859_1);
        memory.put(link, bytes, 0, bytes.length);
        return libc.symlinkat(capability, in.fd, link) == 0 ? 0 : memory.errno();
    }

    /** Whether the name that led here was taken away since, or cannot be told: a link count of one is then that of a name elsewhere. */
    private boolean isUnlinked(int fd) {
        long length = libc.readlinkat(Linux.AT_FDCWD, pathOf(fd), link, PATH_MAX);
        if (length < DELETED.length) {
            return true;
        }
        for (int i = 0; i < DELETED.length; i++) {
            if (memory.getByte(link + length - DELETED.length + i) != DELETED[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Does with what is held and was looked at as was judged.
     *
     * @param entry the address of its name in {@code in}, or 0 for {@code in} itself
     */
    void settle(Folder in, Kind kind, int fd, long entry) {
        if (kind == Kind.CHANGED) {
            change(in, fd, entry);
        } else if (kind == Kind.OWN) {
            in.tally.own(in.shown(this, entry));
        } else if (kind != Kind.SEEN) {
            in.tally.add(kind);
        }
    }

    private void change(Folder in, int fd, long entry) {
        Paths paths = task.paths();
        long before = node.owner;
        int mode = node.mode;
        if (before != paths.owner()) {
            boolean clears = node.isSetId() || hasCapabilities(fd);
            if (libc.fchownat(fd, nothing, (int) paths.uid(), (int) paths.gid(), Linux.AT_EMPTY_PATH) != 0) {
                in.failed(this, "chown", entry);
                return;
            }
            if (clears) {
                in.tally.add(Kind.CLEARED);
            }
            mode &= node.isFolder() ? -1 : ~(Linux.S_ISUID | Linux.S_ISGID);
        }
        if (paths.losesBits(mode) && !chmod(fd, mode & 07777 & ~paths.strip().bits)) {
            in.failed(this, "chmod", entry);
            return;
        }
        boolean taken = node.uid() != 0 && node.uid() != paths.uid();
        in.tally.changed(taken ? node.uid() : -1);
    }

    private boolean hasCapabilities(int fd) {
        return node.type() == Linux.S_IFREG
                && (node.mode & 0111) != 0
                && libc.getxattr(pathOf(fd), capability, 0, 0) > 0;
    }

    /** Where fchmodat2(2) is not to be had, by the link in /proc that leads to what is held and nowhere else. */
    private boolean chmod(int fd, int mode) {
        if (modern && libc.fchmodat2(fd, nothing, mode, Linux.AT_EMPTY_PATH) == 0) {
            return true;
        }
        boolean done = libc.fchmodat(Linux.AT_FDCWD, pathOf(fd), mode, 0) == 0;
        modern &= !done;
        return done;
    }

    /** The address of the path in /proc that leads to what a descriptor holds. */
    private long pathOf(int fd) {
        long to = path + DESCRIPTOR.length;
        int divisor = 1;
        while (fd / divisor >= 10) {
            divisor *= 10;
        }
        for (; divisor > 0; divisor /= 10) {
            memory.putByte(to++, (byte) ('0' + fd / divisor % 10));
        }
        memory.putByte(to, (byte) 0);
        return path;
    }

    /** A C string as a raw one. */
    String text(long address) {
        int length = 0;
        while (memory.getByte(address + length) != 0) {
            length++;
        }
        byte[] bytes = new byte[length];
        memory.get(address, bytes, 0, length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
