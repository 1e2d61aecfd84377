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
    private static final int WORTH_SHARING = 1 << 14;
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
    private @Nullable Descent descent;
    private int nested;
    private long namesSize;

    /** One way down from a folder, within which work can be given away. */
    private static final class Descent {
        final Frame base;
        final @Nullable Frame[] kept = new Frame[OpenFolders.KEPT];
        Frame current;

        Descent(Frame base) {
            this.base = base;
            this.current = base;
            enter(base);
        }

        void enter(Frame frame) {
            current = frame;
            int below = frame.depth - base.depth;
            if (below < kept.length) {
                kept[below] = frame;
            }
        }

        /** The outermost open folder that has names to give away: below it is most to do. */
        @Nullable Frame donor() {
            for (int i = 0; i < kept.length && i <= current.depth - base.depth; i++) {
                Frame frame = kept[i];
                if (frame != null && frame.hasNames()) {
                    return frame;
                }
            }
            Frame donor = null;
            for (Frame frame = current; frame != null && frame.isOpen() && frame.depth >= base.depth + kept.length; frame = frame.parent) {
                donor = frame.hasNames() ? frame : donor;
            }
            return donor;
        }
    }

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

    /** Does what the other thread holds out until the walk is over. */
    void help() throws InterruptedException {
        for (Crew.Job job; (job = crew.take()) != null; ) {
            perform(job);
        }
    }

    private void perform(Crew.Job job) throws InterruptedException {
        switch (job) {
            case Frame frame -> walk(frame);
            case Crew.Slice slice -> entries(slice.folder, slice.from, slice.to, false);
        }
        crew.done(job);
    }

    /** Walks all of an open folder, closes it, and returns when all below it is done, whoever did it. */
    void walk(Frame base) throws InterruptedException {
        Descent outer = descent;
        Descent mine = new Descent(base);
        descent = mine;
        nested++;
        folders.entered(base, base);
        for (Frame frame = base; frame != null; ) {
            breathe();
            if (frame.hasNames()) {
                frame = descend(mine, frame);
            } else {
                freeNames(frame);
                if (frame.more) {
                    read(frame);
                } else {
                    frame = ascend(mine, frame);
                }
            }
        }
        nested--;
        descent = outer;
        tally.show();
    }

    // ---- what is in a folder

    private void read(Frame frame) throws InterruptedException {
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
        if (filled >= WORTH_SHARING && crew.isIdle()) {
            share(frame, end);
        } else {
            entries(frame, buffer, end, true);
        }
        keepFolders(frame, end);
    }

    /** The second half for the helper, the first one here. */
    private void share(Frame frame, long end) throws InterruptedException {
        long middle = buffer;
        while (middle - buffer < (end - buffer) / 2) {
            middle += length(middle);
        }
        Crew.Slice half = new Crew.Slice(frame, middle, end);
        crew.offer(half);
        entries(frame, buffer, middle, true);
        if (!crew.await(half)) {
            entries(frame, middle, end, true);
        }
    }

    /** Handles the entries that are no folders. One that turns out to be one is marked as such. */
    private void entries(Frame frame, long from, long to, boolean giving) {
        int count = 0;
        for (long entry = from; entry < to; entry += length(entry)) {
            if (memory.getByte(entry + TYPE) != Linux.DT_DIR) {
                if (changer.entry(frame, entry + NAME, memory.getByte(entry + TYPE) == Linux.DT_REG)) {
                    memory.putByte(entry + TYPE, (byte) Linux.DT_DIR);
                }
                if (++count % BREATH == 0 && giving) {
                    breathe();
                }
            }
        }
        tally.show();
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

    private Frame descend(Descent mine, Frame frame) {
        Frame child = nextChild(frame);
        if (child == null) {
            return frame;
        }
        mine.enter(child);
        folders.entered(child, mine.base);
        return child;
    }

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
    private @Nullable Frame ascend(Descent mine, Frame frame) throws InterruptedException {
        finishChildren(frame);
        changer.folder(frame);
        Frame above = OpenFolders.above(frame, mine.base);
        while (above != null && !above.isOpen() && !folders.reopen(above, frame)) {
            finishChildren(above);
            changer.error("open", Errno.ESTALE, frame.fd, 0);
            freeNames(above);
            above = above.parent;
        }
        folders.left(frame);
        if (above != null) {
            mine.current = above;
        }
        return above;
    }

    private void finishChildren(Frame frame) throws InterruptedException {
        for (Crew.Job job; (job = crew.await(frame, this::report)) != null; ) {
            perform(job);
        }
    }

    // ---- now and then

    private void breathe() {
        tally.show();
        report();
        if (reporter != null && !crew.isHired() && tally.seen >= WORTH_HELP) {
            crew.hire();
        }
        Descent mine = descent;
        if (crew.isWanting() && nested <= MOST_NESTED && mine != null) {
            Frame donor = mine.donor();
            Frame child = donor == null ? null : nextChild(donor);
            if (child != null) {
                crew.offer(child);
            }
        }
    }

    private void report() {
        Descent mine = descent;
        if (mine != null && reporter != null && reporter.isDue()) {
            reporter.report(changer.where(mine.current.fd, 0));
        }
    }
}
