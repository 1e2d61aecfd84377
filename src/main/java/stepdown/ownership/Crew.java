package stepdown.ownership;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The two threads of a walk and the folders that one holds out to the other, to be walked with all below them. Whoever waits for what it gave away takes from here
 * meanwhile, so that nobody waits for nothing.
 */
final class Crew {
    /** Enough that the helper finds the next one when it is done with the last. */
    private static final int IN_STOCK = 2;

    private static final long TICK_MILLIS = 500;

    private final Deque<Frame> offers = new ArrayDeque<>(IN_STOCK + 1);
    private final Work work;
    private @Nullable Thread helper;
    private @Nullable Throwable failure;
    private boolean hired;
    private boolean over;
    private volatile boolean wanting;

    /** What the helper does: it takes folders until there are none. */
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

    synchronized void offer(Frame folder) {
        if (folder.parent != null) {
            folder.parent.outstanding++;
        }
        offers.addLast(folder);
        stockChanged();
        notifyAll();
    }

    /** The next folder for the helper, or null when the walk is over. */
    synchronized @Nullable Frame take() throws InterruptedException {
        while (offers.isEmpty() && !over) {
            wait();
        }
        return next();
    }

    /** A folder to walk while some in this one that were given away are not done, or null when they all are; {@code tick} runs now and then while there is none. */
    synchronized @Nullable Frame await(Frame folder, Runnable tick) throws InterruptedException {
        while (folder.outstanding > 0) {
            rethrow();
            Frame next = next();
            if (next != null) {
                return next;
            }
            wait(TICK_MILLIS);
            tick.run();
        }
        return null;
    }

    private @Nullable Frame next() {
        Frame next = offers.pollFirst();
        stockChanged();
        return next;
    }

    synchronized void done(Frame folder) {
        if (folder.parent != null) {
            folder.parent.outstanding--;
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
