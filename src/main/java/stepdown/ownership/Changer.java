package stepdown.ownership;

import stepdown.kernel.Binding;
import stepdown.kernel.Errno;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;
import stepdown.ownership.Summary.Kind;

/**
 * Looks at single entries and changes what is not as it should be, in one way only: through a descriptor that was
 * looked at. Each thread has one of its own.
 */
final class Changer {
    /** What is read of a name together is more than the name by less than so many bytes. */
    static final int SPARE = 8;

    private static final String DESCRIPTOR = "/proc/thread-self/fd/";
    private static final int HOLD = Linux.O_PATH | Linux.O_NOFOLLOW | Linux.O_CLOEXEC;
    private static final int SHORT = 64;

    /** The longest name there is, of any file system, with a slash and its end. */
    private static final int LONG = 4104;

    private static final int ATTEMPTS = 8;

    /** Where length, type and name are in an entry of getdents64(2). */
    private static final int LENGTH = 16;

    private static final int TYPE = 18;
    private static final int NAME = 19;

    final Node node;
    final Libc libc;
    final Binding memory;

    private final long all;
    /** Where the name is that this thread is at, until it takes another. */
    final long name;

    private final Walk walk;
    private final Owner wanted;
    private final long nothing;
    private final long path;
    private final long capability;
    private final long link;
    private final Node again;

    /** Whether the kernel has fchmodat2(2) (Linux 6.6), and the container lets it be called. */
    private boolean modern = true;

    /** What the folder says of the type of the entry of that name. */
    byte type;

    /**
     * Whether the last entry was to be changed: then the next one probably is too, and is held without a look at its
     * name first.
     */
    private boolean busy;

    Changer(Walk walk) {
        this.walk = walk;
        this.wanted = walk.owner;
        this.libc = walk.kernel.libc();
        this.memory = walk.kernel.memory();
        this.all = memory.allocate(2 * Node.BYTES + 2 * SHORT + 2 * LONG + 8);
        this.node = new Node(libc, memory, all);
        this.again = new Node(libc, memory, all + Node.BYTES);
        this.path = walk.kernel.putString(all + 2 * Node.BYTES, SHORT, DESCRIPTOR);
        this.capability = walk.kernel.putString(path + SHORT, SHORT, "security.capability");
        this.name = capability + SHORT;
        this.link = name + LONG;
        this.nothing = link + LONG;
    }

    void free() {
        memory.free(all);
    }

    /** Takes name and type of an entry of getdents64(2); gives the bytes to the next one. */
    int take(long entry) {
        int length = memory.getShort(entry + LENGTH) & 0xFFFF;
        if (length - NAME > LONG) {
            throw new IllegalStateException("a name of more bytes than any can have");
        }
        type = memory.getByte(entry + TYPE);
        for (int i = 0; i < length - NAME; i += SPARE) {
            memory.putLong(name + i, memory.getLong(entry + NAME + i));
        }
        return length;
    }

    /**
     * A name of one dot or two; those of a file system that tells no types are of none, and followed they would lead
     * out of the tree.
     */
    boolean isDots() {
        int first = memory.getShort(name);
        return first == '.' || (first == ('.' << 8 | '.') && memory.getByte(name + 2) == 0);
    }

    /** The address of a copy of {@code text} that lasts until the next one. */
    long nameOf(String text) {
        return walk.kernel.putString(name, LONG, text);
    }

    /** Looks at what a descriptor holds. */
    boolean look(int fd) {
        return node.read(fd, nothing);
    }

    // ---- what is to be done with an entry, from its facts alone

    /** {@code SEEN} where nothing is, {@code CHANGED} where it is to be changed, else why it is left alone. */
    Kind judge(boolean mounted) {
        Kind kept = wanted.isRight(node.owner, node.mode) ? Kind.SEEN : kept();
        int type = node.type();
        if (kept != Kind.CHANGED) {
            return kept;
        } else if (type == Linux.S_IFCHR || type == Linux.S_IFBLK) {
            return Kind.DEVICES;
        } else if (type == Linux.S_IFDIR) {
            return (node.mode & 01002) == 01002 ? Kind.STICKY_FOLDERS : Kind.CHANGED;
        } else if (mounted) {
            return Kind.MOUNTED_FILES;
        }
        return node.nlink() > 1 && !wanted.paths().hardlinks() ? Kind.HARD_LINKS : Kind.CHANGED;
    }

    /** {@code EXCLUDED} or {@code OWN} for what is left alone as it is, whatever its owner; else {@code CHANGED}. */
    Kind kept() {
        return node.isOneOf(walk.excluded) ? Kind.EXCLUDED : node.isOneOf(walk.own) ? Kind.OWN : Kind.CHANGED;
    }

    // ---- the one way to change it

    /** Handles an entry that is called no folder; true where it is one after all, and nothing was done. */
    boolean entry(Folder in, long entry) {
        boolean folder = isFolder(in, entry);
        if (!folder) {
            in.counts.add(Kind.SEEN);
        }
        return folder;
    }

    private boolean isFolder(Folder in, long entry) {
        // What cannot be looked at by its name is held, and refused then.
        if (!busy && node.read(in.fd, entry) && (node.isFolder() || judge(false) == Kind.SEEN)) {
            return node.isFolder();
        }
        busy = true;
        for (int i = 0; i < ATTEMPTS; i++) {
            int fd = libc.openat(in.fd, entry, HOLD, 0);
            if (fd < 0) {
                return in.failed(this, "open", entry);
            }
            boolean looked = look(fd);
            boolean done = looked ? node.isFolder() || held(in, entry, fd) : !in.refused(this, "stat", entry);
            libc.close(fd);
            if (done) {
                return looked && node.isFolder();
            }
        }
        return in.error(this, "open: " + Errno.text(Errno.EBUSY), entry);
    }

    /** Handles what is held; false where its name has become another's meanwhile, and nothing was done. */
    private boolean held(Folder in, long entry, int fd) {
        Kind kind = judge(node.isMount(in.device));
        busy = kind != Kind.SEEN;
        return settleNamed(in, kind, in.shared, fd, entry);
    }

    /**
     * Does with what is held as was judged, once it is certain that a file with one link has it in the tree.
     *
     * @param shared whether others than root can add and take away names where it stands
     * @param entry the address of the name that led to it, in {@code in} or absolute
     * @return false where the name has become another's meanwhile, and nothing was done
     */
    boolean settleNamed(Folder in, Kind judged, boolean shared, int fd, long entry) {
        Kind kind = judged;
        // One link may be that of a name outside, whose name in the tree was just taken away.
        if (kind == Kind.CHANGED && !node.isFolder() && !wanted.paths().hardlinks() && (shared || isGivenAway(in))) {
            if (!again.read(in.fd, entry) || !again.isSame(node)) {
                return false;
            }
            if (again.nlink() > 1) {
                kind = Kind.HARD_LINKS;
            } else if (!waitForFolder(in, entry)) {
                return memory.errno() != Errno.ENOENT;
            } else {
                long size = libc.readlinkat(Linux.AT_FDCWD, pathOf(fd), link, LONG);
                if (size < 0 || !walk.kernel.isPathTo(link, size, entry)) {
                    return size < 0 && !in.refused(this, "readlink", entry);
                }
            }
        }
        settle(in, kind, fd, entry);
        return true;
    }

    /**
     * What was root's alone when it was entered may be the user's by now: where others can rename in the tree, or it
     * has a mount, a folder can be met twice.
     */
    private boolean isGivenAway(Folder in) {
        return walk.exposed && (!again.read(in.fd, nothing) || again.isShared());
    }

    /**
     * An unlink(2) takes the link from the count a moment before the name goes, and holds the folder's lock until then:
     * one link may have been that of a name outside. So the lock is waited for after the look, by the making of a link
     * that can never be made, since the slash behind its name asks for a folder: the errno is EEXIST where the name is
     * there. What is held has lost its name by then if such an unlink was under way. Another errno is counted, unless
     * the name is gone.
     */
    private boolean waitForFolder(Folder in, long entry) {
        long below = walk.kernel.putWithSlash(link, LONG, entry);
        boolean there = libc.symlinkat(capability, in.fd, below) != 0 && memory.errno() == Errno.EEXIST;
        return there || in.failed(this, "symlinkat", entry);
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
            in.counts.name(kind, () -> in.shown(this, entry));
        } else if (kind != Kind.SEEN) {
            in.counts.add(kind);
        }
    }

    private void change(Folder in, int fd, long entry) {
        int mode = node.mode;
        if (node.owner != wanted.packed()) {
            boolean clears = node.isSetId() || hasCapabilities(fd);
            if (libc.fchownat(fd, nothing, (int) wanted.uid(), (int) wanted.gid(), Linux.AT_EMPTY_PATH) != 0) {
                in.refused(this, "chown", entry);
                return;
            }
            if (clears) {
                in.counts.add(Kind.CLEARED);
            }
            mode &= node.isFolder() ? -1 : ~(Linux.S_ISUID | Linux.S_ISGID);
        }
        if (wanted.losesBits(mode) && !chmod(fd, mode & 07777 & ~wanted.paths().strip().bits)) {
            in.refused(this, "chmod", entry);
            return;
        }
        in.counts.add(Kind.CHANGED);
        if (node.uid() != 0 && node.uid() != wanted.uid()) {
            in.counts.taken(node.uid(), 1);
        }
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
        walk.kernel.putString(path + DESCRIPTOR.length(), SHORT - DESCRIPTOR.length(), Integer.toString(fd));
        return path;
    }
}
