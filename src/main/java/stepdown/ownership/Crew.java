package stepdown.ownership;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/**
 * The threads of a walk, and the folders in which they find something to do. A thread goes down into what it finds; one
 * that has nothing joins those that are in the oldest folder with names left, and takes one of these. The main thread
 * does none of that but for a top, which it has just opened: one that is empty needs no thread, and a small tree no
 * more than one. It looks every few milliseconds whether the start is to end, and takes more threads while those that
 * are there mostly wait. Only where no thread can be had it does the work itself.
 */
final class Crew {
    private static final int GROWTH = 4;
    private static final long TICK_MILLIS = 5;
    private static final int TICKS = 4;
    private static final long PAUSE_MILLIS = 20;

    private final Walk walk;
    private final List<Worker> workers = new ArrayList<>();

    /** The top is done. */
    final Semaphore finished = new Semaphore(0);

    /** Those that may have names left, the oldest first; guarded by itself. */
    private final Set<Folder> open = new LinkedHashSet<>();

    /**
     * Held by the one thread that goes on where descriptors are few; nobody joins it, so that it closes what it opens.
     */
    final ReentrantLock narrow = new ReentrantLock();

    /** How many threads there may be; -1 before that was asked. */
    private int most = -1;

    private int ticks;
    private int busy;
    private long nextBreath;

    /** How many threads there are. */
    private volatile int size;

    private volatile @Nullable Throwable failure;

    Crew(Walk walk) {
        this.walk = walk;
    }

    /** Walks the tree below {@code top}, until that is done. */
    void run(Folder top) throws KernelException, InterruptedException {
        Changer my = new Changer(walk);
        if (top.begin(my)) {
            most = most < 0 ? walk.threads() : most;
            show(top);
            grow(1);
            if (size == 0 && top.join()) {
                top.work(my);
            }
        }
        my.free();
        while (!finished.tryAcquire(size < most ? TICK_MILLIS : TICK_MILLIS * TICKS, TimeUnit.MILLISECONDS)) {
            walk.tick();
            grow(Math.min(2, Runtime.getRuntime().availableProcessors()));
            if (size < most && mostlyWait()) {
                grow(size * GROWTH);
            }
        }
        if (failure != null) {
            throw new IllegalStateException("a thread of the walk failed", failure);
        }
    }

    private void grow(int to) {
        while (size < Math.min(to, most)) {
            Worker worker = new Worker();
            worker.setDaemon(true);
            try {
                worker.start();
            } catch (OutOfMemoryError e) {
                most = size;
                return;
            }
            workers.add(worker);
            size = workers.size();
        }
    }

    /**
     * Whether, over some ticks, fewer threads ran or wanted to run than half of those that could: the others wait for a
     * disk or a server. A thread that a quota or others keep from the processor wants to run, and so does one that has
     * nothing to do.
     */
    private boolean mostlyWait() {
        for (Worker worker : workers) {
            busy += open.isEmpty() || worker.wantsToRun() ? 1 : 0; // a guess: no lock is worth it
        }
        if (++ticks < TICKS) {
            return false;
        }
        boolean wait = busy * 2 < Math.min(size, Runtime.getRuntime().availableProcessors()) * ticks;
        ticks = 0;
        busy = 0;
        return wait;
    }

    /** Lets others join {@code folder}, until {@link #hide}. */
    void show(Folder folder) {
        if (!narrow.isHeldByCurrentThread()) {
            synchronized (open) {
                open.add(folder);
                open.notify();
            }
        }
    }

    void hide(Folder folder) {
        synchronized (open) {
            open.remove(folder);
        }
    }

    private Consumer<Changer> take() throws InterruptedException {
        synchronized (open) {
            while (true) {
                for (Folder folder : open) {
                    if (folder.join()) {
                        return folder.work;
                    }
                }
                open.wait(PAUSE_MILLIS);
            }
        }
    }

    /** Called for each name, for the main thread where that is the one at work. */
    void breathe() {
        if (size == 0 && System.nanoTime() >= nextBreath) {
            walk.tick();
            nextBreath = System.nanoTime() + TICK_MILLIS * 1_000_000;
        }
    }

    /**
     * Ends all threads, and waits until they have ended; one that hangs in a system call does not keep the start from
     * ending.
     */
    void close() throws InterruptedException {
        workers.forEach(Thread::interrupt);
        for (Worker worker : workers) {
            for (; failure == null && worker.isAlive(); worker.join(TICK_MILLIS * TICKS)) {
                walk.tick();
            }
        }
    }

    private final class Worker extends Thread {
        private volatile long id;

        Worker() {
            super("stepdown-walk");
        }

        @Override
        public void run() {
            try {
                id = walk.kernel.libc().syscall(Linux.SYS_GETTID, 0, 0, 0);
                Changer my = new Changer(walk);
                try {
                    while (true) {
                        take().accept(my);
                    }
                } finally {
                    my.free();
                }
            } catch (InterruptedException e) {
                // the end
            } catch (Throwable e) {
                failure = e;
                finished.release();
            }
        }

        /** Its state, after the name of the program: proc_pid_stat(5). */
        boolean wantsToRun() {
            try {
                String stat = walk.kernel.readFile("/proc/self/task/" + id + "/stat");
                return stat.charAt(stat.lastIndexOf(')') + 2) == 'R';
            } catch (KernelException e) {
                return true;
            }
        }
    }
}
