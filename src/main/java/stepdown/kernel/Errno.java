package stepdown.kernel;

/** Numbers and words of errno(3), as the generic Linux table has them (x86-64 and aarch64 share it). */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int E2BIG = 7;
    public static final int ENOEXEC = 8;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int ENOTDIR = 20;
    public static final int EINVAL = 22;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int ELOOP = 40;
    public static final int EDQUOT = 122;

    private Errno() {}

    /** The symbolic name and what it means, or the bare number where neither is known here. */
    public static String text(int errno) {
        return switch (errno) {
            case EPERM -> "EPERM (operation not permitted)";
            case ENOENT -> "ENOENT (no such file or directory)";
            case 3 -> "ESRCH (no such process)";
            case EINTR -> "EINTR (interrupted)";
            case EIO -> "EIO (input/output error)";
            case E2BIG -> "E2BIG (argument list too long)";
            case ENOEXEC -> "ENOEXEC (exec format error)";
            case EBADF -> "EBADF (bad file descriptor)";
            case EAGAIN -> "EAGAIN (resource temporarily unavailable)";
            case 12 -> "ENOMEM (out of memory)";
            case EACCES -> "EACCES (permission denied)";
            case EBUSY -> "EBUSY (in use)";
            case EEXIST -> "EEXIST (file exists)";
            case ENOTDIR -> "ENOTDIR (not a directory)";
            case 21 -> "EISDIR (is a directory)";
            case EINVAL -> "EINVAL (invalid argument)";
            case 23 -> "ENFILE (too many open files in the system)";
            case 24 -> "EMFILE (too many open files: raise --ulimit nofile)";
            case 26 -> "ETXTBSY (text file busy)";
            case EFBIG -> "EFBIG (file too large)";
            case ENOSPC -> "ENOSPC (no space left on device)";
            case EROFS -> "EROFS (read-only file system)";
            case 31 -> "EMLINK (too many links)";
            case 36 -> "ENAMETOOLONG (name too long)";
            case 38 -> "ENOSYS (not implemented by this kernel)";
            case ELOOP -> "ELOOP (a symbolic link where none is followed)";
            case 75 -> "EOVERFLOW (an id that the user namespace does not map)";
            case 95 -> "ENOTSUP (not supported)";
            case 116 -> "ESTALE (stale file handle)";
            case EDQUOT -> "EDQUOT (disk quota exceeded)";
            default -> "errno " + errno;
        };
    }
}
