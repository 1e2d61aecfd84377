package stepdown.account;

import stepdown.Refusal;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/**
 * The lock of lckpwdf(3), which useradd, passwd and their like take as well: a write lock of fcntl(2) on {@code .pwd.lock}, which ends with the process that holds
 * it. The file itself stays, as it does after lckpwdf: removing it would let two others hold "the" lock on two files.
 */
final class PasswordLock {
    static final String NAME = ".pwd.lock";

    /** How long lckpwdf waits. */
    static final long PATIENCE_MILLIS = 15_000;

    private static final int MODE = 0600;
    private static final long PAUSE_MILLIS = 50;

    private final Kernel kernel;
    private final int fd;

    private PasswordLock(Kernel kernel, int fd) {
        this.kernel = kernel;
        this.fd = fd;
    }

    /**
     * @param dir a descriptor of the folder
     * @param path of the lock, for messages
     * @throws Refusal where another process holds it for longer than {@code patienceMillis}
     */
    static PasswordLock take(Kernel kernel, int dir, String path, long patienceMillis) throws KernelException {
        int flags = Linux.O_WRONLY | Linux.O_CREAT | Linux.O_NOFOLLOW | Linux.O_NONBLOCK | Linux.O_NOCTTY;
        PasswordLock lock = new PasswordLock(kernel, kernel.open(dir, NAME, flags, MODE));
        boolean taken = false;
        try {
            lock.await(path, patienceMillis);
            taken = true;
            return lock;
        } finally {
            if (!taken) {
                lock.release();
            }
        }
    }

    private void await(String path, long patienceMillis) throws KernelException {
        long deadline = System.nanoTime() + patienceMillis * 1_000_000;
        while (!kernel.tryLock(fd, path)) {
            if (System.nanoTime() - deadline >= 0) {
                throw new Refusal("another process has held " + path + " for " + patienceMillis
                        + " ms: end what changes accounts there, or start again");
            }
            kernel.obeySignals();
            pause(path);
        }
    }

    private static void pause(String path) {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal("interrupted while waiting for " + path, e);
        }
    }

    void release() throws KernelException {
        kernel.close(fd);
    }
}
