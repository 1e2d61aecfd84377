package stepdown.ownership;

import java.util.concurrent.atomic.AtomicInteger;
import stepdown.kernel.Binding;
import stepdown.kernel.Linux;

/** Some names of one folder, as a job: the entries of getdents64(2) from one address to another. */
record Slice(Folder in, Batch batch, long from, long to) implements Crew.Job {
    /** Where length, type and name are in an entry. */
    private static final int LENGTH = 16;

    private static final int TYPE = 18;
    private static final int NAME = 19;

    /** The memory that the slices of one batch share, freed when the last of them is done, and the reader. */
    record Batch(long address, int size, AtomicInteger users) {
        static Batch copy(Changer my, int size) {
            long address = my.memory.allocate(size);
            for (int i = 0; i < size; i += Long.BYTES) {
                my.memory.putLong(address + i, my.memory.getLong(my.entries + i));
            }
            return new Batch(address, size, new AtomicInteger(1));
        }

        void done(Folder in, Changer my) {
            if (users.decrementAndGet() == 0) {
                my.memory.free(address);
                in.walk.heldBytes.addAndGet(-size);
            }
        }
    }

    /** Where the next {@code names} entries end. */
    static long end(Binding memory, long from, long end, int names) {
        long to = from;
        for (int i = 0; i < names && to < end; i++) {
            to += memory.getShort(to + LENGTH) & 0xFFFF;
        }
        return to;
    }

    @Override
    public void run(Changer my) {
        for (long at = from; at < to; at = end(my.memory, at, to, 1)) {
            in.walk.crew.breathe();
            // The dots of a file system that does not tell types are of none: followed, they would lead out of the
            // tree.
            boolean dots = isDots(my.memory, at + NAME);
            if (!dots && (my.memory.getByte(at + TYPE) == Linux.DT_DIR || my.entry(in, at + NAME))) {
                in.found(my, at + NAME);
            }
        }
        batch.done(in, my);
        in.done(my);
    }

    /** A name of one dot or two, and its end. */
    private static boolean isDots(Binding memory, long name) {
        int first = memory.getShort(name);
        return first == '.' || (first == ('.' << 8 | '.') && memory.getByte(name + 2) == 0);
    }
}
