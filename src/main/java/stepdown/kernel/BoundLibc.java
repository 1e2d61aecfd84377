package stepdown.kernel;

/**
 * {@link Libc} over the addresses of the C functions, each looked up when it is first called: a start pays for the calls it makes. A function that the C library
 * lacks (close_range before glibc 2.34, getdents64 before 2.30) is a {@link MissingFunction}.
 */
@SuppressWarnings("AssignmentExpression") // the shortest way to look a symbol up once
final class BoundLibc implements Libc {
    private final Binding binding;

    private long getpid;
    private long getresuid;
    private long getresgid;
    private long getgroups;
    private long setgroups;
    private long prctl;
    private long capget;
    private long capset;
    private long syscall;
    private long openat;
    private long close;
    private long read;
    private long write;
    private long lseek;
    private long getdents64;
    private long getxattr;
    private long fgetxattr;
    private long statx;
    private long readlinkat;
    private long fchownat;
    private long fchmodat;
    private long fchown;
    private long fchmod;
    private long mkdirat;
    private long unlinkat;
    private long renameat;
    private long fsync;
    private long faccessat;
    private long fcntl;
    private long close_range;
    private long isatty;
    private long sigprocmask;
    private long sigaction;
    private long kill;
    private long waitpid;
    private long execve;

    BoundLibc(Binding binding) {
        this.binding = binding;
    }

    private long find(String name) {
        long address = binding.symbol(name);
        if (address == 0) {
            throw new MissingFunction(name);
        }
        return address;
    }

    @Override
    public int getpid() {
        long function = getpid != 0 ? getpid : (getpid = find("getpid"));
        return (int) binding.call(function, 0, 0, 0, 0, 0, 0);
    }

    @Override
    public int getresuid(long real, long effective, long saved) {
        long function = getresuid != 0 ? getresuid : (getresuid = find("getresuid"));
        return (int) binding.call(function, real, effective, saved, 0, 0, 0);
    }

    @Override
    public int getresgid(long real, long effective, long saved) {
        long function = getresgid != 0 ? getresgid : (getresgid = find("getresgid"));
        return (int) binding.call(function, real, effective, saved, 0, 0, 0);
    }

    @Override
    public int getgroups(int size, long list) {
        long function = getgroups != 0 ? getgroups : (getgroups = find("getgroups"));
        return (int) binding.call(function, size, list, 0, 0, 0, 0);
    }

    @Override
    public int setgroups(long size, long list) {
        long function = setgroups != 0 ? setgroups : (setgroups = find("setgroups"));
        return (int) binding.call(function, size, list, 0, 0, 0, 0);
    }

    @Override
    public int prctl(int option, long arg2, long arg3, long arg4, long arg5) {
        long function = prctl != 0 ? prctl : (prctl = find("prctl"));
        return (int) binding.call(function, option, arg2, arg3, arg4, arg5, 0);
    }

    @Override
    public int capget(long header, long data) {
        long function = capget != 0 ? capget : (capget = find("capget"));
        return (int) binding.call(function, header, data, 0, 0, 0, 0);
    }

    @Override
    public int capset(long header, long data) {
        long function = capset != 0 ? capset : (capset = find("capset"));
        return (int) binding.call(function, header, data, 0, 0, 0, 0);
    }

    @Override
    public long syscall(long number, long arg1, long arg2, long arg3) {
        long function = syscall != 0 ? syscall : (syscall = find("syscall"));
        return binding.call(function, number, arg1, arg2, arg3, 0, 0);
    }

    @Override
    public int openat(int dir, long path, int flags, int mode) {
        long function = openat != 0 ? openat : (openat = find("openat"));
        return (int) binding.call(function, dir, path, flags, mode, 0, 0);
    }

    @Override
    public int close(int fd) {
        long function = close != 0 ? close : (close = find("close"));
        return (int) binding.call(function, fd, 0, 0, 0, 0, 0);
    }

    @Override
    public long read(int fd, long buffer, long size) {
        long function = read != 0 ? read : (read = find("read"));
        return binding.call(function, fd, buffer, size, 0, 0, 0);
    }

    @Override
    public long write(int fd, long buffer, long size) {
        long function = write != 0 ? write : (write = find("write"));
        return binding.call(function, fd, buffer, size, 0, 0, 0);
    }

    @Override
    public long lseek(int fd, long offset, int whence) {
        long function = lseek != 0 ? lseek : (lseek = find("lseek"));
        return binding.call(function, fd, offset, whence, 0, 0, 0);
    }

    @Override
    public long getdents64(int fd, long buffer, long size) {
        long function = getdents64 != 0 ? getdents64 : (getdents64 = find("getdents64"));
        return binding.call(function, fd, buffer, size, 0, 0, 0);
    }

    @Override
    public long getxattr(long path, long name, long value, long size) {
        long function = getxattr != 0 ? getxattr : (getxattr = find("getxattr"));
        return binding.call(function, path, name, value, size, 0, 0);
    }

    @Override
    public long fgetxattr(int fd, long name, long value, long size) {
        long function = fgetxattr != 0 ? fgetxattr : (fgetxattr = find("fgetxattr"));
        return binding.call(function, fd, name, value, size, 0, 0);
    }

    @Override
    public int statx(int dir, long path, int flags, int mask, long buffer) {
        long function = statx != 0 ? statx : (statx = find("statx"));
        return (int) binding.call(function, dir, path, flags, mask, buffer, 0);
    }

    @Override
    public long readlinkat(int dir, long path, long buffer, long size) {
        long function = readlinkat != 0 ? readlinkat : (readlinkat = find("readlinkat"));
        return binding.call(function, dir, path, buffer, size, 0, 0);
    }

    @Override
    public int fchownat(int dir, long path, int uid, int gid, int flags) {
        long function = fchownat != 0 ? fchownat : (fchownat = find("fchownat"));
        return (int) binding.call(function, dir, path, uid, gid, flags, 0);
    }

    @Override
    public int fchmodat(int dir, long path, int mode, int flags) {
        long function = fchmodat != 0 ? fchmodat : (fchmodat = find("fchmodat"));
        return (int) binding.call(function, dir, path, mode, flags, 0, 0);
    }

    @Override
    public int fchown(int fd, int uid, int gid) {
        long function = fchown != 0 ? fchown : (fchown = find("fchown"));
        return (int) binding.call(function, fd, uid, gid, 0, 0, 0);
    }

    @Override
    public int fchmod(int fd, int mode) {
        long function = fchmod != 0 ? fchmod : (fchmod = find("fchmod"));
        return (int) binding.call(function, fd, mode, 0, 0, 0, 0);
    }

    @Override
    public int mkdirat(int dir, long path, int mode) {
        long function = mkdirat != 0 ? mkdirat : (mkdirat = find("mkdirat"));
        return (int) binding.call(function, dir, path, mode, 0, 0, 0);
    }

    @Override
    public int unlinkat(int dir, long path, int flags) {
        long function = unlinkat != 0 ? unlinkat : (unlinkat = find("unlinkat"));
        return (int) binding.call(function, dir, path, flags, 0, 0, 0);
    }

    @Override
    public int renameat(int fromDir, long from, int toDir, long to) {
        long function = renameat != 0 ? renameat : (renameat = find("renameat"));
        return (int) binding.call(function, fromDir, from, toDir, to, 0, 0);
    }

    @Override
    public int fsync(int fd) {
        long function = fsync != 0 ? fsync : (fsync = find("fsync"));
        return (int) binding.call(function, fd, 0, 0, 0, 0, 0);
    }

    @Override
    public int faccessat(int dir, long path, int mode, int flags) {
        long function = faccessat != 0 ? faccessat : (faccessat = find("faccessat"));
        return (int) binding.call(function, dir, path, mode, flags, 0, 0);
    }

    @Override
    public int fcntl(int fd, int command, long argument) {
        long function = fcntl != 0 ? fcntl : (fcntl = find("fcntl"));
        return (int) binding.call(function, fd, command, argument, 0, 0, 0);
    }

    @Override
    public int close_range(int first, int last, int flags) {
        long function = close_range != 0 ? close_range : (close_range = find("close_range"));
        return (int) binding.call(function, first, last, flags, 0, 0, 0);
    }

    @Override
    public int isatty(int fd) {
        long function = isatty != 0 ? isatty : (isatty = find("isatty"));
        return (int) binding.call(function, fd, 0, 0, 0, 0, 0);
    }

    @Override
    public int sigprocmask(int how, long set, long old) {
        long function = sigprocmask != 0 ? sigprocmask : (sigprocmask = find("sigprocmask"));
        return (int) binding.call(function, how, set, old, 0, 0, 0);
    }

    @Override
    public int sigaction(int signal, long action, long old) {
        long function = sigaction != 0 ? sigaction : (sigaction = find("sigaction"));
        return (int) binding.call(function, signal, action, old, 0, 0, 0);
    }

    @Override
    public int kill(int pid, int signal) {
        long function = kill != 0 ? kill : (kill = find("kill"));
        return (int) binding.call(function, pid, signal, 0, 0, 0, 0);
    }

    @Override
    public int waitpid(int pid, long status, int options) {
        long function = waitpid != 0 ? waitpid : (waitpid = find("waitpid"));
        return (int) binding.call(function, pid, status, options, 0, 0, 0);
    }

    @Override
    public int execve(long path, long argv, long envp) {
        long function = execve != 0 ? execve : (execve = find("execve"));
        return (int) binding.call(function, path, argv, envp, 0, 0, 0);
    }
}
