package stepdown.ownership;

import org.jspecify.annotations.Nullable;
import stepdown.kernel.Binding;
import stepdown.kernel.Errno;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;

/**
 * One thread's way through a tree: depth first, what is in a folder before the folder itself, without recursion, and with a bounded amount of memory, however deep or
 * wide the tree is.
 */
final class Walker {
    private static final int CHUNK = 1 << 16;
    private static final int LEAST_CHUNK = 1 << 10;

    /** What the names of all folders that are still to be walked may take; what is read of one folder shrinks as it fills. */
    private static final long MOST_NAMES = 8 << 20;

    /** A bound for what each level takes; a path is never longer than 4096 bytes, but a tree can be deeper. */
    private static final int DEEPEST = 1 << 16;

    private static final int MOST_NESTED = 2;
    private static final int WORTH_HELP = 2048;
    private static final int BREATH = 128;
    private static final int ATTEMPTS = 8;

    /** Where length, type and name are in an entry of getdents64(2). */
    private static final int POSITION = 8;

    private static final int LENGTH = 16;
    private static final int TYPE = 18;
    private static final int NAME = 19;

    private final Task task;
    private final Crew crew;
    private final Libc libc;
    private final Binding memory;
    private final Changer changer;
    private final Tally tally;
    private final @Nullable Reporter reporter;
    private final OpenFolders folders;
    private final long buffer;
    private int nested;
    private long namesSize;

    /** @param reporter told how far it is by the thread that leads; null for the helper */
    Walker(Task task, Crew crew, @Nullable Reporter reporter) {
        this.task = task;
        this.crew = crew;
        this.libc = task.libc;
        this.memory = task.memory;
        this.changer = new Changer(task);
        this.tally = changer.tally;
        this.reporter = reporter;
        this.folders = new OpenFolders(task, changer);
        this.buffer = memory.allocate(CHUNK);
    }

    Changer changer() {
        return changer;
    }

    void free() {
        memory.free(buffer);
        folders.free();
        changer.free();
    }

    /** Walks what the other thread holds out until the walk is over. */
    void help() throws InterruptedException {
        for (Frame folder; (folder = crew.take()) != null; ) {
            walk(folder);
            crew.done(folder);
        }
    }

    /** Walks all of an open folder, closes it, and returns when all below it is done, whoever did it. */
    void walk(Frame base) throws InterruptedException {
        nested++;
        folders.entered(base, base);
        for (Frame frame = base; frame != null; ) {
            breathe(frame, base);
            if (frame.hasNames()) {
                Frame child = nextChild(frame);
                if (child != null) {
                    folders.entered(child, base);
                    frame = child;
                }
            } else {
                freeNames(frame);
                if (frame.more) {
                    read(frame, base);
                } else {
                    frame = ascend(frame, base);
                }
            }
        }
        nested--;
        tally.show();
    }

    // ---- what is in a folder

    private void read(Frame frame, Frame base) {
        long room = Math.clamp((MOST_NAMES - namesSize) / 64, LEAST_CHUNK, CHUNK);
        long filled = libc.getdents64(frame.fd, buffer, room);
        if (filled <= 0) {
            frame.more = false;
            if (filled < 0) {
                changer.failed("getdents64", frame.fd, 0);
            }
            return;
        }
        long end = buffer + filled;
        int count = 0;
        for (long entry = buffer; entry < end; entry += length(entry)) {
            byte type = memory.getByte(entry + TYPE);
            if (type != Linux.DT_DIR) {
                if (changer.entry(frame, entry + NAME, type == Linux.DT_REG)) {
                    memory.putByte(entry + TYPE, (byte) Linux.DT_DIR);
                }
                if (++count % BREATH == 0) {
                    breathe(frame, base);
                }
            }
        }
        keepFolders(frame, end);
    }

    /** Copies the entries that are folders out of the buffer. */
    private void keepFolders(Frame frame, long end) {
        long size = 0;
        for (long entry = buffer; entry < end; entry += length(entry)) {
            frame.position = memory.getLong(entry + POSITION);
            size += isFolder(entry) ? length(entry) : 0;
        }
        if (size == 0) {
            return;
        }
        namesSize += size;
        frame.names = memory.allocate(size);
        frame.next = frame.names;
        frame.end = frame.names + size;
        long to = frame.names;
        for (long entry = buffer; entry < end; entry += length(entry)) {
            if (isFolder(entry)) {
                for (int i = 0; i < length(entry); i += Long.BYTES) {
                    memory.putLong(to, memory.getLong(entry + i));
                    to += Long.BYTES;
                }
            }
        }
    }

    private boolean isFolder(long entry) {
        if (memory.getByte(entry + TYPE) != Linux.DT_DIR) {
            return false;
        }
        long name = entry + NAME;
        int dots = 0;
        while (dots < 2 && memory.getByte(name + dots) == '.') {
            dots++;
        }
        return dots == 0 || memory.getByte(name + dots) != 0;
    }

    private int length(long entry) {
        return memory.getShort(entry + LENGTH) & 0xFFFF;
    }

    private void freeNames(Frame frame) {
        if (frame.names != 0) {
            namesSize -= frame.end - frame.names;
            memory.free(frame.names);
            frame.names = 0;
            frame.next = 0;
            frame.end = 0;
        }
    }

    // ---- down and up

    /** Opens the next folder in {@code frame}, or null where there is nothing to walk under that name. */
    private @Nullable Frame nextChild(Frame frame) {
        long name = frame.next + NAME;
        frame.next += length(frame.next);
        for (int i = 0; i < ATTEMPTS; i++) {
            int fd = libc.openat(frame.fd, name, OpenFolders.OPEN, 0);
            if (fd >= 0) {
                return opened(frame, fd);
            }
            int errno = memory.errno();
            if (errno != Errno.ENOTDIR && errno != Errno.ELOOP) {
                tally.seen++;
                changer.failed("open", frame.fd, name);
                return null;
            }
            if (!changer.entry(frame, name, false)) {
                return null;
            }
        }
        changer.error("open", Errno.ENOTDIR, frame.fd, name);
        return null;
    }

    private @Nullable Frame opened(Frame parent, int fd) {
        tally.seen++;
        Node node = changer.node;
        if (!node.read(fd)) {
            changer.failed("stat", fd, 0);
        } else if (task.isExcluded(node)) {
            tally.excluded++;
        } else if (task.isMount(node, parent.device) && !task.mayEnterMount(node)) {
            tally.mounts++;
        } else if (parent.depth >= DEEPEST) {
            changer.error("open", Errno.ENAMETOOLONG, fd, 0);
        } else {
            return new Frame(parent, fd, node);
        }
        changer.close(fd);
        return null;
    }

    /** Finishes {@code frame} once all below it is done, and gives the one above to go on with; null above the base. */
    private @Nullable Frame ascend(Frame frame, Frame base) throws InterruptedException {
        finishChildren(frame);
        changer.folder(frame);
        Frame above = OpenFolders.above(frame, base);
        while (above != null && !above.isOpen() && !folders.reopen(above, frame)) {
            finishChildren(above);
            changer.error("open", Errno.ESTALE, frame.fd, 0);
            freeNames(above);
            above = above.parent;
        }
        folders.left(frame);
        return above;
    }

    private void finishChildren(Frame frame) throws InterruptedException {
        for (Frame other; (other = crew.await(frame, () -> report(frame))) != null; ) {
            walk(other);
            crew.done(other);
        }
    }

    // ---- now and then

    private void breathe(Frame current, Frame base) {
        tally.show();
        report(current);
        if (reporter != null && !crew.isHired() && tally.seen >= WORTH_HELP) {
            crew.hire();
        }
        if (crew.isWanting() && nested <= MOST_NESTED) {
            Frame donor = donor(current, base);
            Frame child = donor == null ? null : nextChild(donor);
            if (child != null) {
                crew.offer(child);
            }
        }
    }

    /** Of the open folders above, the outermost that has names to give away: there is most to do below those. */
    private static @Nullable Frame donor(Frame current, Frame base) {
        Frame donor = null;
        for (Frame frame = current; frame != null && frame.isOpen(); frame = OpenFolders.above(frame, base)) {
            donor = frame.hasNames() ? frame : donor;
        }
        return donor;
    }

    private void report(Frame current) {
        if (reporter != null && reporter.isDue()) {
            reporter.report(changer.where(current.fd, 0));
        }
    }
}
