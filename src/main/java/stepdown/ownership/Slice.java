package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import stepdown.kernel.Binding;
import stepdown.kernel.Linux;

/** Some names of one folder, as a job. */
final class Slice implements Crew.Job {
    private static final int NAMES = 16;
    private static final int GLANCES = 10;

    /** Where length, type and name are in an entry of getdents64(2). */
    private static final int LENGTH = 16;

    private static final int TYPE = 18;
    private static final int NAME = 19;

    private final Folder in;
    private final Block block;
    private final long from;
    private final long to;

    /** Where the next name stands that nobody has taken. */
    private final AtomicLong next;

    /** Who is at it: the thread that it was given to, and those that help. The last one leaves it done. */
    private final AtomicInteger hands = new AtomicInteger(1);

    private Slice(Folder in, Block block, long from, long to) {
        this.in = in;
        this.block = block;
        this.from = from;
        this.to = to;
        this.next = new AtomicLong(from);
    }

    /** The memory that the slices of one batch share, freed when the last of them is done. */
    private record Block(long address, int size, AtomicInteger slices) {}

    /** Copies a batch of entries out of the thread's buffer and cuts it into slices. */
    static List<Slice> cut(Folder in, Changer my, long filled) {
        Binding memory = my.memory;
        Block block = new Block(memory.allocate(filled), (int) filled, new AtomicInteger());
        in.walk.held(block.size);
        for (long i = 0; i < filled; i += Long.BYTES) {
            memory.putLong(block.address + i, memory.getLong(my.entries + i));
        }
        List<Slice> slices = new ArrayList<>();
        long end = block.address + filled;
        for (long from = block.address; from < end; ) {
            long to = from;
            for (int i = 0; i < NAMES && to < end; i++) {
                to += length(memory, to);
            }
            slices.add(new Slice(in, block, from, to));
            from = to;
        }
        block.slices.set(slices.size());
        return slices;
    }

    void glance(Changer my) {
        long at = from;
        for (int i = 0; i < GLANCES && at < to; i++) {
            my.glance(in.fd, at + NAME);
            at += length(my.memory, at);
        }
    }

    @Override
    public void run(Changer my) {
        boolean shown = in.walk.crew.show(this);
        work(my);
        if (shown) {
            in.walk.crew.hide(this);
        }
    }

    /** For a thread that has nothing to do: true where there are names left, which {@link #work} then shares; a call that waits holds up its own name alone. */
    boolean join() {
        int before = hands.get();
        return before > 0 && next.get() < to && hands.compareAndSet(before, before + 1);
    }

    void work(Changer my) {
        for (long at; (at = take(my.memory)) != 0; ) {
            in.walk.crew.breathe();
            // The dots of a file system that does not tell types are of none: followed, they would lead out of the
            // tree.
            boolean dots = isDots(my.memory, at + NAME);
            if (!dots && (my.memory.getByte(at + TYPE) == Linux.DT_DIR || my.entry(in, at + NAME))) {
                in.found(my, at + NAME);
            }
        }
        if (hands.decrementAndGet() == 0) {
            if (block.slices.decrementAndGet() == 0) {
                my.memory.free(block.address);
                in.walk.held(-block.size);
            }
            in.done(my);
        }
    }

    /** A name that nobody else has, or 0 where none is left. */
    private long take(Binding memory) {
        while (true) {
            long at = next.get();
            if (at >= to) {
                return 0;
            }
            if (next.compareAndSet(at, at + length(memory, at))) {
                return at;
            }
        }
    }

    private static int length(Binding memory, long entry) {
        return memory.getShort(entry + LENGTH) & 0xFFFF;
    }

    private static boolean isDots(Binding memory, long name) {
        int dots = 0;
        while (dots < 2 && memory.getByte(name + dots) == '.') {
            dots++;
        }
        return dots > 0 && memory.getByte(name + dots) == 0;
    }
}
