package stepdown.kernel;

/** A system call that failed: which one, on what, and why. */
public final class KernelException extends Exception {
    private static final long serialVersionUID = 1L;

    private final int errno;

    /**
     * @param call the name of the C function
     * @param subject the path or value it was called with, already fit to be shown; may be empty
     * @param errno as errno(3) numbers it
     */
    public KernelException(String call, String subject, int errno) {
        super(call + (subject.isEmpty() ? "" : " " + subject) + ": " + Errno.text(errno));
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }
}
