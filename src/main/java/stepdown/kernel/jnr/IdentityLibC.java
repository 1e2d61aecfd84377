package stepdown.kernel.jnr;

import java.nio.ByteBuffer;
import java.util.function.IntUnaryOperator;
import jnr.constants.platform.Confstr;
import jnr.constants.platform.Pathconf;
import jnr.constants.platform.Sysconf;
import jnr.ffi.Pointer;
import jnr.ffi.Variable;
import jnr.ffi.byref.IntByReference;
import jnr.posix.FileStat;
import jnr.posix.Flock;
import jnr.posix.LibC;
import jnr.posix.MsgHdr;
import jnr.posix.NativeGroup;
import jnr.posix.NativePasswd;
import jnr.posix.NativeTimes;
import jnr.posix.RLimit;
import jnr.posix.Timespec;
import jnr.posix.Timeval;

/**
 * What jnr-posix calls for setuid and setgid, and a refusal for everything else that its C library interface lists.
 * jnr-posix would bind all of it by reflection at start, which costs several times what the whole of stepdown does; its
 * API takes another C library gladly. One line each, so that nothing can hide here.
 */
final class IdentityLibC implements LibC {
    private final IntUnaryOperator setuid;
    private final IntUnaryOperator setgid;

    IdentityLibC(IntUnaryOperator setuid, IntUnaryOperator setgid) {
        this.setuid = setuid;
        this.setgid = setgid;
    }

    @Override
    public int setuid(int uid) {
        return setuid.applyAsInt(uid);
    }

    @Override
    public int setgid(int gid) {
        return setgid.applyAsInt(gid);
    }

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("stepdown calls only setuid and setgid through jnr-posix");
    }

    // spotless:off
    @Override public int chmod(CharSequence a, int b) { throw unused(); }
    @Override public int fchmod(int a, int b) { throw unused(); }
    @Override public int chown(CharSequence a, int b, int c) { throw unused(); }
    @Override public int fchown(int a, int b, int c) { throw unused(); }
    @Override public int fstat(int a, FileStat b) { throw unused(); }
    @Override public int fstat64(int a, FileStat b) { throw unused(); }
    @Override public String getenv(CharSequence a) { throw unused(); }
    @Override public int getegid() { throw unused(); }
    @Override public int setegid(int a) { throw unused(); }
    @Override public int geteuid() { throw unused(); }
    @Override public int seteuid(int a) { throw unused(); }
    @Override public int getgid() { throw unused(); }
    @Override public String getlogin() { throw unused(); }
    @Override public int getpgid() { throw unused(); }
    @Override public int getpgid(int a) { throw unused(); }
    @Override public int setpgid(int a, int b) { throw unused(); }
    @Override public int getpgrp() { throw unused(); }
    @Override public int setpgrp(int a, int b) { throw unused(); }
    @Override public int getppid() { throw unused(); }
    @Override public int getpid() { throw unused(); }
    @Override public NativePasswd getpwent() { throw unused(); }
    @Override public NativePasswd getpwuid(int a) { throw unused(); }
    @Override public NativePasswd getpwnam(CharSequence a) { throw unused(); }
    @Override public NativeGroup getgrent() { throw unused(); }
    @Override public NativeGroup getgrgid(int a) { throw unused(); }
    @Override public NativeGroup getgrnam(CharSequence a) { throw unused(); }
    @Override public int setpwent() { throw unused(); }
    @Override public int endpwent() { throw unused(); }
    @Override public int setgrent() { throw unused(); }
    @Override public int endgrent() { throw unused(); }
    @Override public int getuid() { throw unused(); }
    @Override public int setsid() { throw unused(); }
    @Override public int getrlimit(int a, RLimit b) { throw unused(); }
    @Override public int getrlimit(int a, Pointer b) { throw unused(); }
    @Override public int setrlimit(int a, RLimit b) { throw unused(); }
    @Override public int setrlimit(int a, Pointer b) { throw unused(); }
    @Override public int kill(int a, int b) { throw unused(); }
    @Override public int kill(long a, int b) { throw unused(); }
    @Override public int dup(int a) { throw unused(); }
    @Override public int dup2(int a, int b) { throw unused(); }
    @Override public int fcntl(int a, int b, Flock c) { throw unused(); }
    @Override public int fcntl(int a, int b, Pointer c) { throw unused(); }
    @Override public int fcntl(int a, int b) { throw unused(); }
    @Override public int fcntl(int a, int b, int c) { throw unused(); }
    @Override @SuppressWarnings("deprecation") public int fcntl(int a, int b, int... c) { throw unused(); }
    @Override public int access(CharSequence a, int b) { throw unused(); }
    @Override public int getdtablesize() { throw unused(); }
    @Override public long signal(int a, LibC.LibCSignalHandler b) { throw unused(); }
    @Override public int raise(int a) { throw unused(); }
    @Override public int lchmod(CharSequence a, int b) { throw unused(); }
    @Override public int lchown(CharSequence a, int b, int c) { throw unused(); }
    @Override public int link(CharSequence a, CharSequence b) { throw unused(); }
    @Override public int lstat(CharSequence a, FileStat b) { throw unused(); }
    @Override public int lstat64(CharSequence a, FileStat b) { throw unused(); }
    @Override public int mkdir(CharSequence a, int b) { throw unused(); }
    @Override public int rmdir(CharSequence a) { throw unused(); }
    @Override public int stat(CharSequence a, FileStat b) { throw unused(); }
    @Override public int stat64(CharSequence a, FileStat b) { throw unused(); }
    @Override public int symlink(CharSequence a, CharSequence b) { throw unused(); }
    @Override public int readlink(CharSequence a, ByteBuffer b, int c) { throw unused(); }
    @Override public int readlink(CharSequence a, byte[] b, int c) { throw unused(); }
    @Override public int readlink(CharSequence a, Pointer b, int c) { throw unused(); }
    @Override public int setenv(CharSequence a, CharSequence b, int c) { throw unused(); }
    @Override public int umask(int a) { throw unused(); }
    @Override public int unsetenv(CharSequence a) { throw unused(); }
    @Override public int utimes(CharSequence a, Timeval[] b) { throw unused(); }
    @Override public int utimes(String a, Pointer b) { throw unused(); }
    @Override public int futimes(int a, Timeval[] b) { throw unused(); }
    @Override public int lutimes(CharSequence a, Timeval[] b) { throw unused(); }
    @Override public int utimensat(int a, String b, Timespec[] c, int d) { throw unused(); }
    @Override public int utimensat(int a, String b, Pointer c, int d) { throw unused(); }
    @Override public int futimens(int a, Timespec[] b) { throw unused(); }
    @Override public int futimens(int a, Pointer b) { throw unused(); }
    @Override public int fork() { throw unused(); }
    @Override public int waitpid(long a, int[] b, int c) { throw unused(); }
    @Override public int wait(int[] a) { throw unused(); }
    @Override public int getpriority(int a, int b) { throw unused(); }
    @Override public int setpriority(int a, int b, int c) { throw unused(); }
    @Override public int isatty(int a) { throw unused(); }
    @Override public long read(int a, byte[] b, long c) { throw unused(); }
    @Override public long write(int a, byte[] b, long c) { throw unused(); }
    @Override public long read(int a, ByteBuffer b, long c) { throw unused(); }
    @Override public long write(int a, ByteBuffer b, long c) { throw unused(); }
    @Override public long pread(int a, byte[] b, long c, long d) { throw unused(); }
    @Override public long pwrite(int a, byte[] b, long c, long d) { throw unused(); }
    @Override public long pread(int a, ByteBuffer b, long c, long d) { throw unused(); }
    @Override public long pwrite(int a, ByteBuffer b, long c, long d) { throw unused(); }
    @Override public int read(int a, byte[] b, int c) { throw unused(); }
    @Override public int write(int a, byte[] b, int c) { throw unused(); }
    @Override public int read(int a, ByteBuffer b, int c) { throw unused(); }
    @Override public int write(int a, ByteBuffer b, int c) { throw unused(); }
    @Override public int pread(int a, byte[] b, int c, int d) { throw unused(); }
    @Override public int pwrite(int a, byte[] b, int c, int d) { throw unused(); }
    @Override public int pread(int a, ByteBuffer b, int c, int d) { throw unused(); }
    @Override public int pwrite(int a, ByteBuffer b, int c, int d) { throw unused(); }
    @Override public long lseek(int a, long b, int c) { throw unused(); }
    @Override public int close(int a) { throw unused(); }
    @Override public int execv(CharSequence a, CharSequence[] b) { throw unused(); }
    @Override public int execve(CharSequence a, CharSequence[] b, CharSequence[] c) { throw unused(); }
    @Override public int chdir(CharSequence a) { throw unused(); }
    @Override public long sysconf(Sysconf a) { throw unused(); }
    @Override public int confstr(Confstr a, ByteBuffer b, int c) { throw unused(); }
    @Override public int fpathconf(int a, Pathconf b) { throw unused(); }
    @Override public long times(NativeTimes a) { throw unused(); }
    @Override public int flock(int a, int b) { throw unused(); }
    @Override public int unlink(CharSequence a) { throw unused(); }
    @Override public int open(CharSequence a, int b, int c) { throw unused(); }
    @Override public int pipe(int[] a) { throw unused(); }
    @Override public int truncate(CharSequence a, long b) { throw unused(); }
    @Override public int ftruncate(int a, long b) { throw unused(); }
    @Override public int rename(CharSequence a, CharSequence b) { throw unused(); }
    @Override public long getcwd(byte[] a, int b) { throw unused(); }
    @Override public int gethostname(ByteBuffer a, int b) { throw unused(); }
    @Override public int fsync(int a) { throw unused(); }
    @Override public int fdatasync(int a) { throw unused(); }
    @Override public int socketpair(int a, int b, int c, int[] d) { throw unused(); }
    @Override public int sendmsg(int a, MsgHdr b, int c) { throw unused(); }
    @Override public int recvmsg(int a, MsgHdr b, int c) { throw unused(); }
    @Override public int setsockopt(int a, int b, int c, ByteBuffer d, int e) { throw unused(); }
    @Override public int getsockopt(int a, int b, int c, ByteBuffer d, IntByReference e) { throw unused(); }
    @Override public Variable<Long> environ() { throw unused(); }
    @Override public int syscall(int a) { throw unused(); }
    @Override public int syscall(int a, int b) { throw unused(); }
    @Override public int syscall(int a, int b, int c) { throw unused(); }
    @Override public int syscall(int a, int b, int c, int d) { throw unused(); }
    @Override public int daemon(int a, int b) { throw unused(); }
    @Override public int getgroups(int a, int[] b) { throw unused(); }
    @Override public String nl_langinfo(int a) { throw unused(); }
    @Override public String setlocale(int a, String b) { throw unused(); }
    @Override public String strerror(int a) { throw unused(); }
    @Override public int gettimeofday(Timeval a, long b) { throw unused(); }
    // spotless:on
}
