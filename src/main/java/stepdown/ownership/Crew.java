package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/**
 * The threads of a walk and the one stack of jobs that they take from. The main thread does none of the jobs: it looks every few milliseconds whether the start is to
 * end, and takes more threads while those that are there mostly wait. Only where no thread can be had it does the jobs itself.
 */
final class Crew {
    private static final int LEAST_OFFERED = 16;
    private static final int OFFERED_EACH = 4;

    /** Names that two threads take at a time; more threads, which mostly wait, take fewer, so that they all have some until the last. */
    private static final int NAMES = 32;

    private static final int GROWTH = 4;
    private static final long TICK_MILLIS = 5;
    private static final int TICKS = 4;

    private final Walk walk;
    private final int processors = Runtime.getRuntime().availableProcessors();
    private final List<Worker> workers = new ArrayList<>();
    private final LinkedBlockingDeque<Job> jobs = new LinkedBlockingDeque<>();
    private final Semaphore finished = new Semaphore(0);

    /** Held by the one thread that goes on where descriptors are few; it gives no jobs away, so that it closes what it opens. */
    final ReentrantLock narrow = new ReentrantLock();

    private int most;
    private int ticks;
    private int busy;
    private long nextBreath;

    /** How many threads there are. */
    private volatile int size;

    private volatile @Nullable Throwable failure;

    /** Something to be done by whoever is free, with what that thread has of its own. */
    @FunctionalInterface
    interface Job {
        void run(Changer my);
    }

    /** @param most how many threads there may be */
    Crew(Walk walk, int most) {
        this.walk = walk;
        this.most = most;
    }

    /** Runs {@code first} and all jobs that it leads to, until one of them calls {@link #finish}. */
    void run(Job first) throws InterruptedException {
        grow(Math.min(2, processors));
        if (size == 0) {
            Changer my = new Changer(walk);
            first.run(my);
            my.free();
        } else {
            jobs.push(first);
        }
        while (!finished.tryAcquire(size < most ? TICK_MILLIS : TICK_MILLIS * TICKS, TimeUnit.MILLISECONDS)) {
            walk.tick();
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
     * Whether, over some ticks, fewer threads ran or wanted to run than half of those that could: the others wait for a disk or a server. A thread that a quota or
     * others keep from the processor wants to run, and so does one that has nothing to do.
     */
    private boolean mostlyWait() {
        for (Worker worker : workers) {
            busy += jobs.isEmpty() || worker.wantsToRun() ? 1 : 0;
        }
        if (++ticks < TICKS) {
            return false;
        }
        boolean wait = busy * 2 < Math.min(size, processors) * ticks;
        ticks = 0;
        busy = 0;
        return wait;
    }

    /** How many names are to be one job. */
    int share() {
        return Math.clamp(NAMES / Math.max(1, size), 1, NAMES / 2);
    }

    /** Has a job done, by whoever is free; where enough wait already, by the caller at once. */
    void offer(Job job, Changer my) {
        if (size == 0
                || narrow.isHeldByCurrentThread()
                || jobs.size() >= Math.max(LEAST_OFFERED, OFFERED_EACH * size)) {
            job.run(my);
        } else {
            jobs.push(job);
        }
    }

    /** The last job is done. */
    void finish() {
        finished.release();
    }

    /** Called now and then by whoever does a job, for the main thread where that is the one. */
    void breathe() {
        if (size == 0 && System.nanoTime() >= nextBreath) {
            walk.tick();
            nextBreath = System.nanoTime() + TICK_MILLIS * 1_000_000;
        }
    }

    /** Ends all threads, and waits until they have ended; one that hangs in a system call does not keep the start from ending. */
    void close() throws InterruptedException {
        workers.forEach(Thread::interrupt);
        for (Worker worker : workers) {
            for (; worker.isAlive(); worker.join(TICK_MILLIS * TICKS)) {
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
                        jobs.take().run(my);
                    }
                } finally {
                    my.free();
                }
            } catch (InterruptedException e) {
                // the end
            } catch (Throwable e) {
                failure = e;
                finish();
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
