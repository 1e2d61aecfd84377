package stepdown.kernel;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import jnr.posix.POSIX;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.Signalled;

/**
 * The system calls of stepdown with their failures typed: a method either did what its name says or throws a
 * {@link KernelException}, but for those that say what they do instead.
 *
 * <p>Paths, arguments and environment entries are "raw strings": one {@code char} for each byte (ISO 8859-1), so that
 * what was given goes through unchanged in any locale. {@link Raw} shows them.
 */
public final class Kernel {
    private static final int CHUNK = 8192;
    private static final int STATFS_FLAGS = 80;
    private static final long LOCK_PAUSE_NANOS = 50_000_000;
    private static final long SIG_IGN = 1;
    private static final int[] ENDING = {Linux.SIGTERM, Linux.SIGINT, Linux.SIGHUP, Linux.SIGQUIT};

    private final Binding binding;
    private final Libc libc;
    private final POSIX posix;

    /** @param posix for setuid and setgid alone */
    public Kernel(Binding binding, Libc libc, POSIX posix) {
        this.binding = binding;
        this.libc = libc;
        this.posix = posix;
    }

    /**
     * The calls without the typed failures: for the walk of a tree, where they are made by the hundred thousand, and
     * where a failure is an answer.
     */
    public Libc libc() {
        return libc;
    }

    public Binding memory() {
        return binding;
    }

    public int errno() {
        return binding.errno();
    }

    // ---- files

    public int open(int dir, String path, int flags, int mode) throws KernelException {
        int all = flags | Linux.O_CLOEXEC;
        return withString(path, name -> (int) checked("open", path, libc.openat(dir, name, all, mode)));
    }

    public int open(String path, int flags) throws KernelException {
        return open(Linux.AT_FDCWD, path, flags, 0);
    }

    public void close(int fd) throws KernelException {
        checked("close", "descriptor " + fd, libc.close(fd));
    }

    /** statx(2); with an empty path and {@code AT_EMPTY_PATH}, of the descriptor itself. */
    public Stat stat(int dir, String path, int flags) throws KernelException {
        int all = flags | Linux.AT_NO_AUTOMOUNT;
        int mask = Linux.STATX_BASIC | Linux.STATX_MNT_ID;
        return withMemory(Linux.STATX_BYTES, buffer -> {
            withString(path, name -> checked("stat", path, libc.statx(dir, name, all, mask, buffer)));
            return new Stat(
                    binding.getShort(buffer + 28) & 0xFFFF,
                    Integer.toUnsignedLong(binding.getInt(buffer + 20)),
                    Integer.toUnsignedLong(binding.getInt(buffer + 24)),
                    binding.getLong(buffer + 32),
                    Long.rotateLeft(binding.getLong(buffer + 136), 32), // the major number comes first
                    binding.getLong(buffer + 40),
                    binding.getInt(buffer + 16),
                    (binding.getLong(buffer + 8) & Linux.STATX_ATTR_MOUNT_ROOT) != 0);
        });
    }

    public Stat stat(int fd) throws KernelException {
        return stat(fd, "", Linux.AT_EMPTY_PATH);
    }

    /** As {@link #stat(int, String, int)} from the working directory; null where nothing can be seen there. */
    public @Nullable Stat find(String path, int flags) {
        try {
            return stat(Linux.AT_FDCWD, path, flags);
        } catch (KernelException e) {
            return null;
        }
    }

    /** All bytes of a file, as a raw string; also of files in /proc, which have no size. */
    public String readFile(String path) throws KernelException {
        int fd = open(path, Linux.O_RDONLY);
        try {
            return readAll(fd, path, 0, Integer.MAX_VALUE);
        } finally {
            close(fd);
        }
    }

    /** As {@link #readFile}; nothing where there is no such file, or it cannot be read. */
    public String readAnyFile(String path) {
        try {
            return readFile(path);
        } catch (KernelException e) {
            return "";
        }
    }

    /**
     * All bytes of a regular file, as a raw string, with no more memory than twice its size; EINVAL where it is none,
     * as a FIFO or a device would hang the start, and EFBIG where it has more bytes than {@code most}.
     *
     * @param expected what the name was seen to be: another file under it meanwhile is EBUSY, but behind a symbolic
     *     link
     */
    public String readPlainFile(String path, Stat expected, int most) throws KernelException {
        int fd = open(path, Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.O_NOCTTY);
        try {
            Stat stat = stat(fd);
            if (!stat.isRegularFile() || stat.size() > most) {
                String subject = Raw.show(path) + " as a plain file of at most " + most + " bytes";
                throw new KernelException("read", subject, stat.isRegularFile() ? Errno.EFBIG : Errno.EINVAL);
            }
            if (!expected.isSymbolicLink() && !expected.sameFile(stat)) {
                throw new KernelException("read", Raw.show(path) + ", which was exchanged", Errno.EBUSY);
            }
            return readAll(fd, path, (int) stat.size(), most);
        } finally {
            close(fd);
        }
    }

    private String readAll(int fd, String path, int expected, int most) throws KernelException {
        StringBuilder all = new StringBuilder(expected);
        withMemory(CHUNK, buffer -> {
            for (long count; (count = checked("read", path, libc.read(fd, buffer, CHUNK))) > 0; ) {
                all.append(stringAt(buffer, (int) count));
                if (all.length() > most) {
                    throw new KernelException("read", Raw.show(path), Errno.EFBIG);
                }
            }
            return 0;
        });
        return all.toString();
    }

    /** Piece by piece: what is written may be large. */
    public void write(int fd, String path, String raw) throws KernelException {
        withMemory(CHUNK, buffer -> {
            for (int at = 0; at < raw.length(); ) {
                int size = put(buffer, raw.substring(at, Math.min(raw.length(), at + CHUNK)));
                at += (int) checked("write", path, libc.write(fd, buffer, size));
            }
            return 0;
        });
    }

    /** The target of a symbolic link; at most 4095 bytes, as the kernel allows. */
    public String readLink(int dir, String path) throws KernelException {
        return withMemory(CHUNK, buffer -> {
            long size = withString(path, name -> checked("readlink", path, libc.readlinkat(dir, name, buffer, CHUNK)));
            return stringAt(buffer, (int) size);
        });
    }

    /** Whether a file has that extended attribute; not where its file system has none, or it cannot be told. */
    public boolean hasAttribute(String path, String attribute) {
        try {
            return withString(path, file -> withString(attribute, name -> libc.getxattr(file, name, 0, 0) > 0));
        } catch (KernelException e) {
            return false;
        }
    }

    /**
     * The names in an open directory, without {@code .} and {@code ..}; for small directories, as it keeps them all.
     */
    public List<String> list(int directory, String path) throws KernelException {
        List<String> names = new ArrayList<>();
        withMemory(CHUNK, buffer -> {
            for (long filled; (filled = checked("getdents64", path, libc.getdents64(directory, buffer, CHUNK))) > 0; ) {
                for (long entry = buffer; entry < buffer + filled; entry += binding.getShort(entry + 16) & 0xFFFF) {
                    String name = stringAt(entry + 19);
                    if (!name.equals(".") && !name.equals("..")) {
                        names.add(name);
                    }
                }
            }
            return 0;
        });
        return names;
    }

    /** The names in the folder {@code path}. */
    public List<String> list(String path) throws KernelException {
        int directory = open(path, Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            return list(directory, path);
        } finally {
            close(directory);
        }
    }

    public void mkdir(int dir, String name, int mode) throws KernelException {
        withString(name, address -> checked("mkdir", name, libc.mkdirat(dir, address, mode)));
    }

    public void rename(int dir, String from, String to) throws KernelException {
        withString(from, old -> withString(to, fresh -> checked("rename", to, libc.renameat(dir, old, dir, fresh))));
    }

    /** unlink(2) of what may not be there, or may not be removed: whoever makes it anew is told. */
    public void discard(String path) {
        discard(path, 0);
    }

    /** @param flags {@code AT_REMOVEDIR} for a folder, which goes only where it is empty */
    public void discard(String path, int flags) {
        try {
            withString(path, address -> checked("unlink", path, libc.unlinkat(Linux.AT_FDCWD, address, flags)));
        } catch (KernelException e) {
            // mostly ENOENT
        }
    }

    public void fsync(int fd, String path) throws KernelException {
        checked("fsync", path, libc.fsync(fd));
    }

    public void chown(int fd, String path, int uid, int gid) throws KernelException {
        checked("chown", path, libc.fchown(fd, uid, gid));
    }

    public void chmod(int fd, String path, int mode) throws KernelException {
        checked("chmod", path, libc.fchmod(fd, mode));
    }

    /**
     * fcntl(2) with F_SETLK: a write lock on the whole file, as lckpwdf(3) takes it, for as long as it is open; EAGAIN
     * where another process holds one for {@code patienceMillis}, 0 to look once.
     */
    public void lock(int fd, String path, long patienceMillis) throws KernelException {
        long deadline = System.nanoTime() + patienceMillis * 1_000_000;
        withMemory(Linux.FLOCK_BYTES, flock -> {
            // l_whence, l_start and l_len are 0: from the start to whatever the end is
            binding.putInt(flock, Linux.F_WRLCK);
            while (libc.fcntl(fd, Linux.F_SETLK, flock) < 0) {
                int errno = errno();
                if (errno != Errno.EAGAIN && errno != Errno.EACCES && errno != Errno.EINTR) {
                    throw new KernelException("lock", Raw.show(path), errno);
                }
                if (System.nanoTime() - deadline >= 0) {
                    String held = Raw.show(path) + ", which another process has held for " + patienceMillis + " ms";
                    throw new KernelException("lock", held, Errno.EAGAIN);
                }
                obeySignals();
                LockSupport.parkNanos(LOCK_PAUSE_NANOS);
            }
            return 0;
        });
    }

    /**
     * faccessat(2) with the effective ids. glibc from 2.33 on makes faccessat2(2) of it (Linux 5.8), and takes the
     * EPERM of a seccomp profile that does not know that for the file's: so a no is asked for again by the older system
     * call, for the real ids, which are the same (start.c).
     */
    public void access(String path, int mode) throws KernelException {
        int at = Linux.AT_FDCWD;
        withString(path, name -> {
            boolean may = libc.faccessat(at, name, mode, Linux.AT_EACCESS) == 0;
            return checked("access", path, may ? 0 : libc.syscall(Linux.SYS_FACCESSAT, at, name, mode));
        });
    }

    /**
     * statfs(2): the type of the file system, or 0 where it does not tell; one of {@link Linux#KERNEL_FILE_SYSTEMS}
     * shows switches and no data.
     */
    public long fileSystem(int fd) {
        return statfs(fd, 0);
    }

    public boolean isReadOnly(int fd) {
        return (statfs(fd, STATFS_FLAGS) & Linux.ST_RDONLY) != 0;
    }

    /**
     * Of which mount a descriptor is, by the number that the kernel gives it (proc_pid_fdinfo(5)); nothing where it
     * does not tell, as gVisor.
     */
    public String mountOf(int fd) throws KernelException {
        String info = readFile("/proc/self/fdinfo/" + fd);
        int at = info.indexOf("mnt_id:");
        return at < 0 ? "" : Raw.words(info.substring(at), "\n").get(0);
    }

    private long statfs(int fd, int field) {
        long buffer = binding.allocate(Linux.STATFS_BYTES);
        long found = libc.fstatfs(fd, buffer) == 0 ? binding.getLong(buffer + field) : 0;
        binding.free(buffer);
        return found;
    }

    // ---- limits

    /** prlimit(2): the soft and the hard limit; -1 for none. */
    public long[] limit(int resource) throws KernelException {
        return withMemory(Linux.RLIMIT_BYTES, limits -> {
            checked("prlimit", "", libc.prlimit(0, resource, 0, limits));
            return new long[] {binding.getLong(limits), binding.getLong(limits + 8)};
        });
    }

    /** Sets the soft limit and keeps the hard one; false where the kernel refuses. */
    public boolean setSoftLimit(int resource, long soft) throws KernelException {
        return withMemory(Linux.RLIMIT_BYTES, limits -> {
            checked("prlimit", "", libc.prlimit(0, resource, 0, limits));
            binding.putLong(limits, soft);
            return libc.prlimit(0, resource, limits, 0) == 0;
        });
    }

    // ---- credentials

    /** getresuid(2): real, effective and saved, each 0 to 4294967295. */
    public List<Long> uids() throws KernelException {
        return withMemory(3 * Integer.BYTES, ids -> {
            checked("getresuid", "", libc.getresuid(ids, ids + Integer.BYTES, ids + 2 * Integer.BYTES));
            return idsAt(ids, 3);
        });
    }

    /** getresgid(2): real, effective and saved, each 0 to 4294967295. */
    public List<Long> gids() throws KernelException {
        return withMemory(3 * Integer.BYTES, ids -> {
            checked("getresgid", "", libc.getresgid(ids, ids + Integer.BYTES, ids + 2 * Integer.BYTES));
            return idsAt(ids, 3);
        });
    }

    /** getgroups(2): the supplementary groups of this thread, in the kernel's order. */
    public List<Long> groups() throws KernelException {
        int most = (int) checked("getgroups", "", libc.getgroups(0, 0));
        return withMemory((most + 1L) * Integer.BYTES, ids -> {
            long count = checked("getgroups", "", libc.getgroups(most, ids));
            return idsAt(ids, count);
        });
    }

    private List<Long> idsAt(long buffer, long count) {
        List<Long> ids = new ArrayList<>();
        for (long at = buffer; at < buffer + count * Integer.BYTES; at += Integer.BYTES) {
            ids.add(Integer.toUnsignedLong(binding.getInt(at)));
        }
        return List.copyOf(ids);
    }

    /** setgroups(2), of every thread. */
    public void setgroups(List<Long> gids) throws KernelException {
        withMemory((gids.size() + 1L) * Integer.BYTES, buffer -> {
            for (int i = 0; i < gids.size(); i++) {
                binding.putInt(buffer + (long) i * Integer.BYTES, gids.get(i).intValue());
            }
            return checked("setgroups", gids.toString(), libc.setgroups(gids.size(), buffer));
        });
    }

    /**
     * setgid(2), of every thread, through jnr-posix, which takes the bit pattern: ids above 2147483647 are negative
     * there.
     */
    public void setgid(long gid) throws KernelException {
        checked("setgid", Long.toString(gid), posix.setgid((int) gid));
    }

    /**
     * setuid(2), of every thread, through jnr-posix, which takes the bit pattern: ids above 2147483647 are negative
     * there.
     */
    public void setuid(long uid) throws KernelException {
        checked("setuid", Long.toString(uid), posix.setuid((int) uid));
    }

    /** prctl(2), of this thread. */
    public int prctl(String what, int option, long arg2, long arg3) throws KernelException {
        return (int) checked("prctl", what, libc.prctl(option, arg2, arg3, 0, 0));
    }

    /** umask(2), which fails only where it is forbidden; of the whole process. Gives the one that was. */
    public int umask(int mask) throws KernelException {
        return (int) checked("umask", "", libc.syscall(Linux.SYS_UMASK, mask, 0, 0));
    }

    // ---- processes

    /** execve(2). It returns only where that failed, and why. */
    public KernelException execve(String path, List<String> arguments, List<String> environment) {
        try {
            withStrings(arguments, argv -> withStrings(environment, envp -> execve(path, argv, envp)));
        } catch (KernelException e) {
            return e;
        }
        throw new IllegalStateException("execve returned without an error");
    }

    private long execve(String path, long argv, long envp) throws KernelException {
        return withString(path, file -> checked("execve", path, libc.execve(file, argv, envp)));
    }

    /**
     * Ends the start where TERM, INT, HUP or QUIT has come: they are blocked from the first program on (start.c), and
     * pending ones are looked for between steps and in every wait. One that is ignored is not obeyed; it can be pending
     * where it was given blocked as well (sigpending(2)).
     *
     * @throws Signalled naming the signal
     */
    public void obeySignals() {
        try {
            withMemory(Linux.SIGSET_BYTES, set -> {
                checked("sigpending", "", libc.sigpending(set));
                long pending = binding.getLong(set);
                for (int signal : ENDING) {
                    if ((pending >>> (signal - 1) & 1) != 0 && !isIgnored(signal)) {
                        throw new Signalled(signal);
                    }
                }
                return 0;
            });
        } catch (KernelException e) {
            String why = "it cannot be told whether the start is to end (" + e.getMessage() + ")";
            throw new Refusal(why + ": the product was not started", e);
        }
    }

    /** Whether the disposition of {@code signal} is to ignore it (sigaction(2)). */
    public boolean isIgnored(int signal) throws KernelException {
        return withMemory(Linux.SIGACTION_BYTES, current -> {
            checked("sigaction", "signal " + signal, libc.sigaction(signal, 0, current));
            return binding.getLong(current) == SIG_IGN;
        });
    }

    // ---- memory and failures

    /** {@code result}, unless it is -1: then what errno says. */
    public long checked(String call, String subject, long result) throws KernelException {
        if (result < 0) {
            int errno = errno();
            throw new KernelException(call, Raw.show(subject), errno);
        }
        return result;
    }

    /** Runs {@code body} with zeroed memory that is freed afterwards. */
    public <T> T withMemory(long size, Body<T> body) throws KernelException {
        long address = binding.allocate(size);
        try {
            return body.at(address);
        } finally {
            binding.free(address);
        }
    }

    /** Runs {@code body} with the C string of {@code raw}, which is freed afterwards. */
    public <T> T withString(String raw, Body<T> body) throws KernelException {
        return withMemory(raw.length() + 1L, address -> {
            put(address, raw);
            return body.at(address);
        });
    }

    /** A NULL-terminated array of C strings in one piece: the pointers first, then the bytes. */
    private <T> T withStrings(List<String> raws, Body<T> body) throws KernelException {
        long pointers = (raws.size() + 1L) * Long.BYTES;
        long size = pointers;
        for (String raw : raws) {
            size += raw.length() + 1L;
        }
        return withMemory(size, address -> {
            long text = address + pointers;
            for (int i = 0; i < raws.size(); i++) {
                binding.putLong(address + (long) i * Long.BYTES, text);
                text += put(text, raws.get(i)) + 1L;
            }
            return body.at(address);
        });
    }

    /**
     * Copies {@code raw} and its end to {@code address}, where there is room for so many bytes: a longer one ends the
     * start, rather than to be written beyond.
     */
    public long putString(long address, int room, String raw) {
        if (raw.length() >= room) {
            throw new IllegalStateException("a name of " + raw.length() + " bytes");
        }
        put(address, raw + '\0');
        return address;
    }

    /** Copies the bytes of {@code raw} without an end, and tells how many they are. */
    private int put(long address, String raw) {
        byte[] bytes = raw.getBytes(StandardCharsets.ISO_8859_1);
        binding.put(address, bytes, 0, bytes.length);
        return bytes.length;
    }

    /**
     * Copies the C string at {@code from} to {@code address}, with a slash behind it, where there is room for so many
     * bytes.
     */
    public long putWithSlash(long address, int room, long from) {
        return putString(address, room, stringAt(from) + '/');
    }

    /**
     * Whether a path of {@code size} bytes, as readlink(2) leaves it for a descriptor, ends with the name, or is the
     * absolute path, that is the C string at {@code tail}. Never for one that ends with {@code (deleted)}: the kernel
     * writes that behind a name that was taken away, and it cannot be told from a name that ends so.
     */
    public boolean isPathTo(long path, long size, long tail) {
        String actual = stringAt(path, (int) size);
        String name = stringAt(tail);
        boolean ends = actual.equals(name) || actual.endsWith('/' + name);
        return ends && !actual.endsWith(" (deleted)");
    }

    /** A C string as a raw one. */
    public String stringAt(long address) {
        int size = 0;
        while (binding.getByte(address + size) != 0) {
            size++;
        }
        return stringAt(address, size);
    }

    private String stringAt(long address, int size) {
        byte[] bytes = new byte[size];
        binding.get(address, bytes, 0, size);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** What is done with a piece of memory. */
    @FunctionalInterface
    public interface Body<T> {
        T at(long address) throws KernelException;
    }
}
