package stepdown.ownership;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The two threads of a walk and the work that one holds out to the other: a folder with all below it, or the second half of what was read of a big one. Only what is
 * held out can be taken, and whoever waits for work that it gave away takes from here meanwhile, so that nobody waits for nothing.
 */
final class Crew {
    /** Enough that the helper finds the next one when it is done with the last. */
    private static final int IN_STOCK = 2;

    private static final long TICK_MILLIS = 500;

    private final Deque<Job> offers = new ArrayDeque<>(IN_STOCK + 1);
    private final Work work;
    private @Nullable Thread helper;
    private @Nullable Throwable failure;
    private boolean hired;
    private boolean over;
    private volatile boolean wanting;
    private volatile boolean idle;

    /** Something to be done in or below a folder. */
    sealed interface Job permits Frame, Slice {}

    /** Entries that were read of a folder, from one address to another, of which those that are no folders are to be handled. */
    static final class Slice implements Job {
        final Frame folder;
        final long from;
        final long to;
        private boolean done;

        Slice(Frame folder, long from, long to) {
            this.folder = folder;
            this.from = from;
            this.to = to;
        }
    }

    /** What the helper does: it takes jobs until there are none. */
    @FunctionalInterface
    interface Work {
        void run() throws InterruptedException;
    }

    Crew(Work work) {
        this.work = work;
    }

    boolean isHired() {
        return hired;
    }

    /** Starts the helper where there is a processor for it. Where the container may have no more threads, the walk goes on alone. */
    synchronized void hire() {
        hired = true;
        if (Runtime.getRuntime().availableProcessors() < 2) {
            return;
        }
        Thread thread = new Thread(this::help, "stepdown-walk");
        thread.setDaemon(true);
        try {
            thread.start();
        } catch (OutOfMemoryError e) {
            return;
        }
        helper = thread;
        wanting = true;
    }

    private void help() {
        try {
            work.run();
        } catch (Throwable e) {
            fail(e);
        }
    }

    /** Whether another offer would be taken soon. */
    boolean isWanting() {
        return wanting;
    }

    /** Whether the helper waits for an offer at this moment. */
    boolean isIdle() {
        return idle;
    }

    synchronized void offer(Job job) {
        if (job instanceof Frame frame && frame.parent != null) {
            frame.parent.outstanding++;
        }
        offers.addLast(job);
        stockChanged();
        notifyAll();
    }

    /** The next job for the helper, or null when the walk is over. */
    synchronized @Nullable Job take() throws InterruptedException {
        while (offers.isEmpty() && !over) {
            idle = true;
            wait();
        }
        idle = false;
        Job job = offers.pollFirst();
        stockChanged();
        return job;
    }

    /** Something to do while jobs of this folder are not done, or null when they all are; {@code tick} runs now and then while there is nothing. */
    synchronized @Nullable Job await(Frame folder, Runnable tick) throws InterruptedException {
        while (folder.outstanding > 0) {
            rethrow();
            Job job = offers.pollFirst();
            if (job != null) {
                stockChanged();
                return job;
            }
            wait(TICK_MILLIS);
            tick.run();
        }
        return null;
    }

    /** Waits until the slice is done; false where nobody has begun it: then it is taken back. */
    synchronized boolean await(Slice slice) throws InterruptedException {
        if (offers.remove(slice)) {
            stockChanged();
            return false;
        }
        while (!slice.done) {
            rethrow();
            wait(TICK_MILLIS);
        }
        return true;
    }

    synchronized void done(Job job) {
        if (job instanceof Slice slice) {
            slice.done = true;
        } else if (job instanceof Frame frame && frame.parent != null) {
            frame.parent.outstanding--;
        }
        notifyAll();
    }

    private void stockChanged() {
        wanting = helper != null && offers.size() < IN_STOCK;
    }

    private synchronized void fail(Throwable e) {
        failure = e;
        notifyAll();
    }

    private synchronized void rethrow() {
        if (failure != null) {
            throw new IllegalStateException("the helper of the walk failed", failure);
        }
    }

    /** Ends the helper and waits until it has ended. */
    void dismiss() throws InterruptedException {
        Thread thread;
        synchronized (this) {
            over = true;
            thread = helper;
            notifyAll();
        }
        if (thread != null) {
            thread.join();
        }
        rethrow();
    }
}
