package stepdown.kernel;

/**
 * The C functions that stepdown calls and jnr-posix lacks, and nothing else: a jnr-ffi interface of primitive types.
 * Pointers are {@code long} addresses, ids and flags are {@code int} bit patterns, and the result is C's own: -1 with
 * {@link Binding#errno} set where the manual page says so. {@link Kernel} turns that into typed errors; this is called
 * directly by the walk of a tree, and where a failure is an answer.
 */
public interface Libc {
    int getpid();

    int getresuid(long real, long effective, long saved);

    int getresgid(long real, long effective, long saved);

    int getgroups(int size, long list);

    int setgroups(long size, long list);

    int prctl(int option, long arg2, long arg3, long arg4, long arg5);

    int capget(long header, long data);

    int capset(long header, long data);

    /**
     * A system call by its number, past glibc's wrapper: where that would abort the process (setuid with threads),
     * makes another call (faccessat), or is not there (gettid before 2.30, landlock). The arguments behind the third
     * are 0.
     */
    long syscall(long number, long arg1, long arg2, long arg3);

    int openat(int dir, long path, int flags, int mode);

    int close(int fd);

    long read(int fd, long buffer, long size);

    long write(int fd, long buffer, long size);

    /** By its system call, as glibc has no function for it before 2.30. */
    long getdents64(int fd, long buffer, long size);

    long getxattr(long path, long name, long value, long size);

    int fstatfs(int fd, long buffer);

    int statx(int dir, long path, int flags, int mask, long buffer);

    long readlinkat(int dir, long path, long buffer, long size);

    int fchownat(int dir, long path, int uid, int gid, int flags);

    int fchmodat(int dir, long path, int mode, int flags);

    /**
     * By its system call, as glibc has no function for it before 2.39: ENOSYS before Linux 6.6, and where a seccomp
     * profile is older.
     */
    int fchmodat2(int dir, long path, int mode, int flags);

    int fchown(int fd, int uid, int gid);

    int fchmod(int fd, int mode);

    int mkdirat(int dir, long path, int mode);

    int symlinkat(long target, int dir, long path);

    int unlinkat(int dir, long path, int flags);

    int renameat(int fromDir, long from, int toDir, long to);

    int fsync(int fd);

    int faccessat(int dir, long path, int mode, int flags);

    int fcntl(int fd, int command, long argument);

    /**
     * By its system call, as glibc has no function for it before 2.34: ENOSYS before Linux 5.9, EINVAL for CLOEXEC
     * before 5.11.
     */
    int close_range(int first, int last, int flags);

    int isatty(int fd);

    int prlimit(int pid, int resource, long fresh, long old);

    int sigprocmask(int how, long set, long old);

    int sigpending(long set);

    int sigaction(int signal, long action, long old);

    int execve(long path, long argv, long envp);
}
