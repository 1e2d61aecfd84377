package stepdown.kernel;

/** Numbers and words of errno(3), as the generic Linux table has them (x86-64 and aarch64 share it). */
@SuppressWarnings("MultiVariableDeclaration") // a table
public final class Errno {
    // spotless:off
    public static final int EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, EIO = 5, E2BIG = 7, ENOEXEC = 8, EBADF = 9, EAGAIN = 11,
            EACCES = 13, EBUSY = 16, EEXIST = 17, ENOTDIR = 20, EINVAL = 22, EFBIG = 27, ENOSPC = 28, EROFS = 30,
            ENOSYS = 38, ELOOP = 40, EBADFD = 77, EOPNOTSUPP = 95, EDQUOT = 122;
    // spotless:on

    private Errno() {}

    /** The symbolic name and what it means, or the bare number where neither is known here. */
    public static String text(int errno) {
        // spotless:off
        return switch (errno) {
            case 1 -> "EPERM (operation not permitted)";         case 2 -> "ENOENT (no such file or directory)";
            case 3 -> "ESRCH (no such process)";                 case 4 -> "EINTR (interrupted)";
            case 5 -> "EIO (input/output error)";                case 7 -> "E2BIG (argument list too long)";
            case 8 -> "ENOEXEC (exec format error)";             case 9 -> "EBADF (bad file descriptor)";
            case 11 -> "EAGAIN (resource temporarily unavailable)";
            case 12 -> "ENOMEM (out of memory)";                 case 13 -> "EACCES (permission denied)";
            case 16 -> "EBUSY (in use)";                         case 17 -> "EEXIST (file exists)";
            case 20 -> "ENOTDIR (not a directory)";              case 21 -> "EISDIR (is a directory)";
            case 22 -> "EINVAL (invalid argument)";
            case 23 -> "ENFILE (too many open files in the system)";
            case 24 -> "EMFILE (too many open files: raise --ulimit nofile)";
            case 26 -> "ETXTBSY (text file busy)";               case 27 -> "EFBIG (file too large)";
            case 28 -> "ENOSPC (no space left on device)";       case 30 -> "EROFS (read-only file system)";
            case 31 -> "EMLINK (too many links)";                case 36 -> "ENAMETOOLONG (name too long)";
            case 38 -> "ENOSYS (not implemented by this kernel)";
            case 40 -> "ELOOP (a link where none is followed, or too many)";
            case 75 -> "EOVERFLOW (an id that the user namespace does not map)";
            case 95 -> "ENOTSUP (not supported)";                case 116 -> "ESTALE (stale file handle)";
            case 122 -> "EDQUOT (disk quota exceeded)";          default -> "errno " + errno;
        };
        // spotless:on
    }
}
