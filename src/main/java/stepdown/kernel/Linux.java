package stepdown.kernel;

import java.util.List;

/**
 * Constants of the Linux system call interface, by the names that the manual pages use. Those that differ between
 * x86-64 and aarch64 are chosen by {@code os.arch}; there is no third architecture.
 */
@SuppressWarnings("MultiVariableDeclaration") // tables
public final class Linux {
    private static final boolean ARM = "aarch64".equals(System.getProperty("os.arch"));

    // spotless:off
    public static final int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_EACCESS = 0x200, AT_REMOVEDIR = 0x200, AT_NO_AUTOMOUNT = 0x800,
            AT_EMPTY_PATH = 0x1000;

    public static final int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_ACCMODE = 3, O_CREAT = 0x40, O_EXCL = 0x80, O_NOCTTY = 0x100,
            O_NONBLOCK = 0x800, O_DIRECTORY = ARM ? 0x4000 : 0x10000, O_NOFOLLOW = ARM ? 0x8000 : 0x20000,
            O_CLOEXEC = 0x80000, O_PATH = 0x200000, O_TMPFILE = 0x400000 | O_DIRECTORY;

    public static final int S_IFMT = 0xF000, S_IFIFO = 0x1000, S_IFCHR = 0x2000, S_IFDIR = 0x4000, S_IFBLK = 0x6000,
            S_IFREG = 0x8000, S_IFLNK = 0xA000, S_IFSOCK = 0xC000, S_ISUID = 0x800, S_ISGID = 0x400, S_ISVTX = 0x200;

    /** A type of a directory entry of getdents64(2). */
    public static final int DT_DIR = 4;

    public static final int W_OK = 2, X_OK = 1;

    /** Type, mode, link count, owner, group, inode, size and times. */
    public static final int STATX_BASIC = 0x7ff;
    public static final int STATX_TYPE_MODE = 0x3, STATX_NLINK = 0x4, STATX_UID = 0x8, STATX_GID = 0x10,
            STATX_INO = 0x100, STATX_MNT_ID = 0x1000;
    public static final long STATX_ATTR_MOUNT_ROOT = 0x2000;

    public static final int F_GETFD = 1, F_SETFD = 2, F_GETFL = 3, F_SETLK = 6, F_WRLCK = 1, FD_CLOEXEC = 1, CLOSE_RANGE_CLOEXEC = 4;

    public static final int PR_SET_KEEPCAPS = 8, PR_CAPBSET_READ = 23, PR_CAPBSET_DROP = 24, PR_SET_NO_NEW_PRIVS = 38,
            PR_GET_NO_NEW_PRIVS = 39, PR_CAP_AMBIENT = 47, PR_CAP_AMBIENT_IS_SET = 1, PR_CAP_AMBIENT_RAISE = 2,
            PR_CAP_AMBIENT_CLEAR_ALL = 4;

    public static final int RLIMIT_FSIZE = 1, RLIMIT_NPROC = 6, RLIMIT_NOFILE = 7;

    public static final int SIG_SETMASK = 2, SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGTERM = 15;

    /** How many bytes the structures have that C is given to fill or to read. */
    public static final int STATX_BYTES = 256, STATFS_BYTES = 120, FLOCK_BYTES = 32, RLIMIT_BYTES = 16,
            SIGSET_BYTES = 128, SIGACTION_BYTES = 152;

    /**
     * System calls by their numbers: the attempts to take root again that must fail, what no start calls without being
     * told to, and what C libraries lack or make another call of.
     */
    public static final int SYS_SETUID = ARM ? 146 : 105, SYS_SETGID = ARM ? 144 : 106, SYS_SETRESUID = ARM ? 147 : 117,
            SYS_SETRESGID = ARM ? 149 : 119, SYS_SETGROUPS = ARM ? 159 : 116, SYS_GETTID = ARM ? 178 : 186,
            SYS_UMASK = ARM ? 166 : 95, SYS_GETDENTS64 = ARM ? 61 : 217, SYS_FACCESSAT = ARM ? 48 : 269,
            SYS_MKNODAT = ARM ? 33 : 259, SYS_CLOSE_RANGE = 436, SYS_FCHMODAT2 = 452,
            SYS_LANDLOCK_CREATE_RULESET = 444, SYS_LANDLOCK_ADD_RULE = 445, SYS_LANDLOCK_RESTRICT_SELF = 446;

    static final long ST_RDONLY = 1;

    public static final long TMPFS_MAGIC = 0x01021994;

    /**
     * What the kernel shows of itself: proc, sysfs, cgroup, cgroup2, devpts, securityfs, debugfs, tracefs, configfs, bpf, efivarfs, binfmt_misc, pstore, nsfs, selinuxfs,
     * smackfs, fusectl, resctrl.
     */
    public static final List<Long> KERNEL_FILE_SYSTEMS = List.of(
            0x9fa0L, 0x62656572L, 0x27e0ebL, 0x63677270L, 0x1cd1L, 0x73636673L, 0x64626720L, 0x74726163L, 0x62656570L,
            0xcafe4a11L, 0xde5e81e4L, 0x42494e4dL, 0x6165676cL, 0x6e736673L, 0xf97cff8cL, 0x43415d53L,
            0x65735543L, 0x7655821L);
    // spotless:on

    private Linux() {}
}
