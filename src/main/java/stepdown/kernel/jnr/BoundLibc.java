package stepdown.kernel.jnr;

import stepdown.kernel.Binding;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;

/**
 * {@link Libc} over the addresses of the C functions, each looked up when it is first called: a start pays for the
 * calls it makes. A function that glibc has not had since 2.28 is called by its number.
 */
@SuppressWarnings({"AssignmentExpression", "MultiVariableDeclaration"
}) // one line each, so that the table can be read as one
final class BoundLibc implements Libc {
    private final Binding binding;

    // spotless:off
    private long getpid, getresuid, getresgid, getgroups, setgroups, prctl, capget, capset, syscall, openat,
            close, read, write, getxattr, fstatfs, statx, readlinkat, fchownat, fchmodat,
            fchown, fchmod, mkdirat, symlinkat, unlinkat, renameat, fsync, faccessat, fcntl, isatty, prlimit,
            sigprocmask, sigpending, sigaction, execve;
    // spotless:on

    BoundLibc(Binding binding) {
        this.binding = binding;
    }

    private long find(String name) {
        long address = binding.symbol(name);
        if (address == 0) {
            throw new IllegalStateException("the C library of this image has no " + name + "()");
        }
        return address;
    }

    // spotless:off
    @Override public int getpid() { return (int) binding.call(getpid != 0 ? getpid : (getpid = find("getpid")), 0, 0, 0, 0, 0, 0); }
    @Override public int getresuid(long a, long b, long c) { return (int) binding.call(getresuid != 0 ? getresuid : (getresuid = find("getresuid")), a, b, c, 0, 0, 0); }
    @Override public int getresgid(long a, long b, long c) { return (int) binding.call(getresgid != 0 ? getresgid : (getresgid = find("getresgid")), a, b, c, 0, 0, 0); }
    @Override public int getgroups(int a, long b) { return (int) binding.call(getgroups != 0 ? getgroups : (getgroups = find("getgroups")), a, b, 0, 0, 0, 0); }
    @Override public int setgroups(long a, long b) { return (int) binding.call(setgroups != 0 ? setgroups : (setgroups = find("setgroups")), a, b, 0, 0, 0, 0); }
    @Override public int prctl(int a, long b, long c, long d, long e) { return (int) binding.call(prctl != 0 ? prctl : (prctl = find("prctl")), a, b, c, d, e, 0); }
    @Override public int capget(long a, long b) { return (int) binding.call(capget != 0 ? capget : (capget = find("capget")), a, b, 0, 0, 0, 0); }
    @Override public int capset(long a, long b) { return (int) binding.call(capset != 0 ? capset : (capset = find("capset")), a, b, 0, 0, 0, 0); }
    @Override public long syscall(long a, long b, long c, long d) { return binding.call(syscall != 0 ? syscall : (syscall = find("syscall")), a, b, c, d, 0, 0); }
    @Override public int openat(int a, long b, int c, int d) { return (int) binding.call(openat != 0 ? openat : (openat = find("openat")), a, b, c, d, 0, 0); }
    @Override public int close(int a) { return (int) binding.call(close != 0 ? close : (close = find("close")), a, 0, 0, 0, 0, 0); }
    @Override public long read(int a, long b, long c) { return binding.call(read != 0 ? read : (read = find("read")), a, b, c, 0, 0, 0); }
    @Override public long write(int a, long b, long c) { return binding.call(write != 0 ? write : (write = find("write")), a, b, c, 0, 0, 0); }
    @Override public long getdents64(int a, long b, long c) { return binding.call(syscall != 0 ? syscall : (syscall = find("syscall")), Linux.SYS_GETDENTS64, a, b, c, 0, 0); }
    @Override public int fchmodat2(int a, long b, int c, int d) { return (int) binding.call(syscall != 0 ? syscall : (syscall = find("syscall")), Linux.SYS_FCHMODAT2, a, b, c, d, 0); }
    @Override public long getxattr(long a, long b, long c, long d) { return binding.call(getxattr != 0 ? getxattr : (getxattr = find("getxattr")), a, b, c, d, 0, 0); }
    @Override public int fstatfs(int a, long b) { return (int) binding.call(fstatfs != 0 ? fstatfs : (fstatfs = find("fstatfs")), a, b, 0, 0, 0, 0); }
    @Override public int statx(int a, long b, int c, int d, long e) { return (int) binding.call(statx != 0 ? statx : (statx = find("statx")), a, b, c, d, e, 0); }
    @Override public long readlinkat(int a, long b, long c, long d) { return binding.call(readlinkat != 0 ? readlinkat : (readlinkat = find("readlinkat")), a, b, c, d, 0, 0); }
    @Override public int fchownat(int a, long b, int c, int d, int e) { return (int) binding.call(fchownat != 0 ? fchownat : (fchownat = find("fchownat")), a, b, c, d, e, 0); }
    @Override public int fchmodat(int a, long b, int c, int d) { return (int) binding.call(fchmodat != 0 ? fchmodat : (fchmodat = find("fchmodat")), a, b, c, d, 0, 0); }
    @Override public int fchown(int a, int b, int c) { return (int) binding.call(fchown != 0 ? fchown : (fchown = find("fchown")), a, b, c, 0, 0, 0); }
    @Override public int fchmod(int a, int b) { return (int) binding.call(fchmod != 0 ? fchmod : (fchmod = find("fchmod")), a, b, 0, 0, 0, 0); }
    @Override public int mkdirat(int a, long b, int c) { return (int) binding.call(mkdirat != 0 ? mkdirat : (mkdirat = find("mkdirat")), a, b, c, 0, 0, 0); }
    @Override public int symlinkat(long a, int b, long c) { return (int) binding.call(symlinkat != 0 ? symlinkat : (symlinkat = find("symlinkat")), a, b, c, 0, 0, 0); }
    @Override public int unlinkat(int a, long b, int c) { return (int) binding.call(unlinkat != 0 ? unlinkat : (unlinkat = find("unlinkat")), a, b, c, 0, 0, 0); }
    @Override public int renameat(int a, long b, int c, long d) { return (int) binding.call(renameat != 0 ? renameat : (renameat = find("renameat")), a, b, c, d, 0, 0); }
    @Override public int fsync(int a) { return (int) binding.call(fsync != 0 ? fsync : (fsync = find("fsync")), a, 0, 0, 0, 0, 0); }
    @Override public int faccessat(int a, long b, int c, int d) { return (int) binding.call(faccessat != 0 ? faccessat : (faccessat = find("faccessat")), a, b, c, d, 0, 0); }
    @Override public int fcntl(int a, int b, long c) { return (int) binding.call(fcntl != 0 ? fcntl : (fcntl = find("fcntl")), a, b, c, 0, 0, 0); }
    @Override public int close_range(int a, int b, int c) { return (int) binding.call(syscall != 0 ? syscall : (syscall = find("syscall")), Linux.SYS_CLOSE_RANGE, a, b, c, 0, 0); }
    @Override public int isatty(int a) { return (int) binding.call(isatty != 0 ? isatty : (isatty = find("isatty")), a, 0, 0, 0, 0, 0); }
    @Override public int prlimit(int a, int b, long c, long d) { return (int) binding.call(prlimit != 0 ? prlimit : (prlimit = find("prlimit")), a, b, c, d, 0, 0); }
    @Override public int sigprocmask(int a, long b, long c) { return (int) binding.call(sigprocmask != 0 ? sigprocmask : (sigprocmask = find("sigprocmask")), a, b, c, 0, 0, 0); }
    @Override public int sigpending(long a) { return (int) binding.call(sigpending != 0 ? sigpending : (sigpending = find("sigpending")), a, 0, 0, 0, 0, 0); }
    @Override public int sigaction(int a, long b, long c) { return (int) binding.call(sigaction != 0 ? sigaction : (sigaction = find("sigaction")), a, b, c, 0, 0, 0); }
    @Override public int execve(long a, long b, long c) { return (int) binding.call(execve != 0 ? execve : (execve = find("execve")), a, b, c, 0, 0, 0); }
    // spotless:on
}
