package stepdown.ownership;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/**
 * The threads of a walk and the one stack of jobs that they take from. The main thread does none of the jobs: it looks every few milliseconds whether the start is to
 * end, and takes more threads while those that are there mostly wait. Only where no thread can be had it does the jobs itself.
 */
final class Crew {
    private static final int LEAST_OFFERED = 16;
    private static final int OFFERED_EACH = 4;
    private static final int GROWTH = 4;
    private static final long TICK_MILLIS = 5;
    private static final int TICKS = 4;
    private static final long PAUSE_MILLIS = 20;

    private final Kernel kernel;
    private final Task task;
    private final Reporter reporter;
    private final ReentrantLock narrow;
    private final int processors = Runtime.getRuntime().availableProcessors();
    private final List<Worker> workers = new ArrayList<>();
    private final Deque<Job> jobs = new ArrayDeque<>();
    private final Set<Slice> atWork = ConcurrentHashMap.newKeySet();
    private int most;
    private int ticks;
    private int busy;
    private long nextBreath;

    /** How many jobs are offered, and how many may be. */
    private volatile int offered;

    private volatile int room;
    private boolean finished;
    private volatile boolean over;
    private @Nullable Throwable failure;

    /** Something to be done by whoever is free, with what that thread has of its own. */
    @FunctionalInterface
    interface Job {
        void run(Changer my);
    }

    /**
     * @param most how many threads there may be
     * @param narrow held by a thread that gives no jobs away
     */
    Crew(Kernel kernel, Task task, int most, ReentrantLock narrow, Reporter reporter) {
        this.kernel = kernel;
        this.task = task;
        this.most = most;
        this.narrow = narrow;
        this.reporter = reporter;
    }

    /** Runs {@code first} and all jobs that it leads to, until one of them calls {@link #finish}. */
    void run(Job first) {
        if (workers.isEmpty()) {
            grow(Math.min(2, processors));
        }
        if (workers.isEmpty()) {
            Changer my = new Changer(task, kernel.libc(), kernel.memory());
            first.run(my);
            my.free();
            return;
        }
        synchronized (this) {
            finished = false;
        }
        push(first);
        while (!waitForEnd(workers.size() < most ? TICK_MILLIS : TICK_MILLIS * TICKS)) {
            reporter.tick();
            if (workers.size() < most && mostlyWait()) {
                grow(workers.size() * GROWTH);
            }
        }
        if (failure != null) {
            throw new IllegalStateException("a thread of the walk failed", failure);
        }
    }

    private synchronized boolean waitForEnd(long millis) {
        long until = System.nanoTime() + millis * 1_000_000;
        try {
            for (long left = millis; !finished && left > 0; left = (until - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
        } catch (InterruptedException e) {
            failed(e);
        }
        return finished;
    }

    private void grow(int to) {
        while (workers.size() < Math.min(to, most)) {
            Worker worker = new Worker();
            worker.setDaemon(true);
            try {
                worker.start();
            } catch (OutOfMemoryError e) {
                most = workers.size();
                return;
            }
            workers.add(worker);
            room = Math.max(LEAST_OFFERED, OFFERED_EACH * workers.size());
        }
    }

    /**
     * Whether, over some ticks, fewer threads ran or wanted to run than half of those that could: the others wait for a disk or a server. A thread that a quota or
     * others keep from the processor wants to run.
     */
    private boolean mostlyWait() {
        if (offered == 0) {
            ticks = 0;
            busy = 0;
            return false;
        }
        for (Worker worker : workers) {
            busy += worker.wantsToRun() ? 1 : 0;
        }
        if (++ticks < TICKS) {
            return false;
        }
        boolean wait = busy * 2 < Math.min(workers.size(), processors) * ticks;
        ticks = 0;
        busy = 0;
        return wait;
    }

    /** Puts a job where others find it; false where enough wait already, and the caller does it at once. */
    boolean offer(Job job) {
        if (offered >= room || !canGive()) {
            return false;
        }
        push(job);
        return true;
    }

    /** Whether a job of this thread's may be done by another one. */
    private boolean canGive() {
        return room > 0 && !narrow.isHeldByCurrentThread();
    }

    /** Shows names that are being done to threads that have nothing to do. */
    boolean show(Slice slice) {
        return canGive() && atWork.add(slice);
    }

    void hide(Slice slice) {
        atWork.remove(slice);
    }

    private void push(Job job) {
        synchronized (jobs) {
            jobs.push(job);
            offered = jobs.size();
            jobs.notify();
        }
    }

    /** A job from the stack; where none comes, some of the names that another thread is at. */
    private @Nullable Job take() throws InterruptedException {
        synchronized (jobs) {
            if (jobs.isEmpty() && !over) {
                jobs.wait(PAUSE_MILLIS);
            }
            Job job = over ? null : jobs.poll();
            offered = jobs.size();
            if (job != null || over) {
                return job;
            }
        }
        for (Slice slice : atWork) {
            if (slice.join()) {
                return slice::work;
            }
        }
        return null;
    }

    /** The last job is done. */
    synchronized void finish() {
        finished = true;
        notifyAll();
    }

    private synchronized void failed(Throwable e) {
        failure = failure == null ? e : failure;
        finish();
    }

    /** Called now and then by whoever does a job, for the main thread where that is the one. */
    void breathe() {
        if (room == 0 && System.nanoTime() >= nextBreath) {
            reporter.tick();
            nextBreath = System.nanoTime() + TICK_MILLIS * 1_000_000;
        }
    }

    /** Ends all threads, and waits until they have ended; one that hangs in a system call does not keep the start from ending. */
    void close() {
        synchronized (jobs) {
            over = true;
            jobs.clear();
            jobs.notifyAll();
        }
        try {
            for (Worker worker : workers) {
                while (worker.isAlive()) {
                    worker.join(TICK_MILLIS * TICKS);
                    reporter.tick();
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
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
                id = kernel.libc().syscall(Linux.SYS_GETTID, 0, 0, 0);
                Changer my = new Changer(task, kernel.libc(), kernel.memory());
                while (!over) {
                    Job job = take();
                    if (job != null) {
                        job.run(my);
                    }
                }
                my.free();
            } catch (Throwable e) {
                failed(e);
            }
        }

        /** Its state, after the name of the program: proc_pid_stat(5). */
        boolean wantsToRun() {
            try {
                String stat = kernel.readFile("/proc/self/task/" + id + "/stat");
                return stat.charAt(stat.lastIndexOf(')') + 2) == 'R';
            } catch (KernelException e) {
                return true;
            }
        }
    }
}
