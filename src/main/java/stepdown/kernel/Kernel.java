package stepdown.kernel;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import jnr.posix.POSIX;
import stepdown.Refusal;
import stepdown.Signalled;

/**
 * The system calls of stepdown with their failures typed: a method either did what its name says or throws a {@link KernelException}, but for those that say what they
 * do instead.
 *
 * <p>Paths, arguments and environment entries are "raw strings": one {@code char} for each byte (ISO 8859-1), so that what was given goes through unchanged in any
 * locale. {@link Raw} makes them and shows them.
 */
public final class Kernel {
    private static final int ID_BYTES = 4;
    private static final int STATX_BYTES = 256;
    private static final int CHUNK = 8192;
    private static final int FLOCK_BYTES = 32;
    private static final int SIGSET_BYTES = 128;
    private static final int SIGACTION_BYTES = 152;
    private static final long LOCK_PAUSE_NANOS = 50_000_000;

    /** The bytes of {@code (delete}, with the blank before them, on both architectures. */
    private static final long DELETED = 0x6574656c65642820L;

    private static final int LIMITS_BYTES = 16;
    private static final int STATFS_BYTES = 120;
    private static final int STATFS_FLAGS = 80;
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

    /** The calls without the typed failures: for the walk of a tree, where they are made by the hundred thousand, and where a failure is an answer. */
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
        return withString(
                path, address -> checked("open", path, libc.openat(dir, address, flags | Linux.O_CLOEXEC, mode)));
    }

    public int open(String path, int flags) throws KernelException {
        return open(Linux.AT_FDCWD, path, flags, 0);
    }

    public void close(int fd) throws KernelException {
        checked("close", "descriptor " + fd, libc.close(fd));
    }

    /** statx(2); with an empty path and {@code AT_EMPTY_PATH}, of the descriptor itself. */
    public Stat stat(int dir, String path, int flags) throws KernelException {
        return withString(
                path,
                address -> withMemory(STATX_BYTES, buffer -> {
                    int mask = Linux.STATX_BASIC | Linux.STATX_MNT_ID;
                    checked("stat", path, libc.statx(dir, address, flags | Linux.AT_NO_AUTOMOUNT, mask, buffer));
                    return statAt(buffer);
                }));
    }

    public Stat stat(int fd) throws KernelException {
        return stat(fd, "", Linux.AT_EMPTY_PATH);
    }

    private Stat statAt(long buffer) {
        return new Stat(
                binding.getShort(buffer + 28) & 0xFFFF,
                Integer.toUnsignedLong(binding.getInt(buffer + 20)),
                Integer.toUnsignedLong(binding.getInt(buffer + 24)),
                binding.getLong(buffer + 32),
                (long) binding.getInt(buffer + 136) << 32 | Integer.toUnsignedLong(binding.getInt(buffer + 140)),
                binding.getLong(buffer + 40),
                (binding.getLong(buffer + 8) & Linux.STATX_ATTR_MOUNT_ROOT) != 0);
    }

    /** All bytes of a file, as a raw string; also of files in /proc, which have no size. */
    public String readFile(String path) throws KernelException {
        int fd = open(path, Linux.O_RDONLY);
        try {
            return readAll(fd, path, CHUNK, Integer.MAX_VALUE);
        } finally {
            close(fd);
        }
    }

    /**
     * All bytes of a regular file, as a raw string, with no more memory than twice its size; EINVAL where it is none, as a FIFO or a device would hang the start, and
     * EFBIG where it has more bytes than {@code most}.
     *
     * @param expected what the name was seen to be: another file under it meanwhile is EBUSY, but behind a symbolic link
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
        byte[] chunk = new byte[CHUNK];
        withMemory(CHUNK, buffer -> {
            for (long count; (count = checked("read", path, libc.read(fd, buffer, CHUNK))) > 0; ) {
                binding.get(buffer, chunk, 0, (int) count);
                all.append(new String(chunk, 0, (int) count, StandardCharsets.ISO_8859_1));
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
                byte[] piece =
                        raw.substring(at, Math.min(raw.length(), at + CHUNK)).getBytes(StandardCharsets.ISO_8859_1);
                binding.put(buffer, piece, 0, piece.length);
                at += (int) checked("write", path, libc.write(fd, buffer, piece.length));
            }
            return 0;
        });
    }

    /** The target of a symbolic link; at most 4095 bytes, as the kernel allows. */
    public String readLink(int dir, String path) throws KernelException {
        return withString(
                path,
                address -> withMemory(CHUNK, buffer -> {
                    int length = (int) checked("readlink", path, libc.readlinkat(dir, address, buffer, CHUNK));
                    byte[] bytes = new byte[length];
                    binding.get(buffer, bytes, 0, length);
                    return new String(bytes, StandardCharsets.ISO_8859_1);
                }));
    }

    /** Whether a file has that extended attribute; not where its file system has none, or it cannot be told. */
    public boolean hasAttribute(String path, String attribute) {
        try {
            return withString(path, file -> withString(attribute, name -> libc.getxattr(file, name, 0, 0) > 0));
        } catch (KernelException e) {
            return false;
        }
    }

    /** The names in an open directory, without {@code .} and {@code ..}; for small directories, as it keeps them all. */
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

    public void mkdir(int dir, String name, int mode) throws KernelException {
        withString(name, address -> checked("mkdir", name, libc.mkdirat(dir, address, mode)));
    }

    public void rename(int dir, String from, String to) throws KernelException {
        withString(from, old -> withString(to, fresh -> checked("rename", to, libc.renameat(dir, old, dir, fresh))));
    }

    private void unlink(int dir, String name) throws KernelException {
        withString(name, address -> checked("unlink", name, libc.unlinkat(dir, address, 0)));
    }

    /** unlink(2) of what may not be there, or may not be removed: whoever makes it anew is told. */
    public void discard(String path) {
        try {
            unlink(Linux.AT_FDCWD, path);
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

    /** fcntl(2) with F_SETLK: a write lock on the whole file, as lckpwdf(3) takes it; false where another process holds one. */
    public boolean tryLock(int fd, String path) throws KernelException {
        return withMemory(FLOCK_BYTES, flock -> {
            binding.putInt(
                    flock, Linux.F_WRLCK); // l_whence, l_start and l_len are 0: from the start to whatever the end is
            if (libc.fcntl(fd, Linux.F_SETLK, flock) >= 0) {
                return true;
            }
            int errno = errno();
            if (errno == Errno.EAGAIN || errno == Errno.EACCES || errno == Errno.EINTR) {
                return false;
            }
            throw new KernelException("lock", Raw.show(path), errno);
        });
    }

    /** Waits for {@link #tryLock}; EAGAIN where another process holds the lock for {@code patienceMillis}. */
    public void lock(int fd, String path, long patienceMillis) throws KernelException {
        long deadline = System.nanoTime() + patienceMillis * 1_000_000;
        while (!tryLock(fd, path)) {
            if (System.nanoTime() - deadline >= 0) {
                String held = Raw.show(path) + ", which another process has held for " + patienceMillis + " ms";
                throw new KernelException("lock", held, Errno.EAGAIN);
            }
            obeySignals();
            LockSupport.parkNanos(LOCK_PAUSE_NANOS);
        }
    }

    /** faccessat(2) with the effective ids. */
    public void access(String path, int mode) throws KernelException {
        withString(
                path,
                address -> checked("access", path, libc.faccessat(Linux.AT_FDCWD, address, mode, Linux.AT_EACCESS)));
    }

    /** statfs(2): the type of the file system, or 0 where it does not tell; one of {@link Linux#KERNEL_FILE_SYSTEMS} shows switches and no data. */
    public long fileSystem(int fd) {
        return statfs(fd, 0);
    }

    public boolean isReadOnly(int fd) {
        return (statfs(fd, STATFS_FLAGS) & Linux.ST_RDONLY) != 0;
    }

    private long statfs(int fd, int field) {
        long buffer = binding.allocate(STATFS_BYTES);
        long found = libc.fstatfs(fd, buffer) == 0 ? binding.getLong(buffer + field) : 0;
        binding.free(buffer);
        return found;
    }

    // ---- limits

    /** prlimit(2): the soft and the hard limit; -1 for none. */
    public long[] limit(int resource) throws KernelException {
        return withMemory(LIMITS_BYTES, limits -> {
            checked("prlimit", "", libc.prlimit(0, resource, 0, limits));
            return new long[] {binding.getLong(limits), binding.getLong(limits + 8)};
        });
    }

    /** Sets the soft limit and keeps the hard one; false where the kernel refuses. */
    public boolean setSoftLimit(int resource, long soft) throws KernelException {
        return withMemory(LIMITS_BYTES, limits -> {
            checked("prlimit", "", libc.prlimit(0, resource, 0, limits));
            binding.putLong(limits, soft);
            return libc.prlimit(0, resource, limits, 0) == 0;
        });
    }

    // ---- credentials

    /** getresuid(2): real, effective and saved, each 0 to 4294967295. */
    public List<Long> uids() throws KernelException {
        return three("getresuid", libc::getresuid);
    }

    /** getresgid(2): real, effective and saved, each 0 to 4294967295. */
    public List<Long> gids() throws KernelException {
        return three("getresgid", libc::getresgid);
    }

    private List<Long> three(String call, ThreeIds ids) throws KernelException {
        return withMemory(3 * ID_BYTES, buffer -> {
            checked(call, "", ids.into(buffer, buffer + ID_BYTES, buffer + 2 * ID_BYTES));
            return idsAt(buffer, 3);
        });
    }

    /** getgroups(2): the supplementary groups of this thread, in the kernel's order. */
    public List<Long> groups() throws KernelException {
        int count = checked("getgroups", "", libc.getgroups(0, 0));
        return withMemory(
                Math.max(1L, count) * ID_BYTES,
                buffer -> idsAt(buffer, checked("getgroups", "", libc.getgroups(count, buffer))));
    }

    private List<Long> idsAt(long buffer, int count) {
        List<Long> ids = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            ids.add(Integer.toUnsignedLong(binding.getInt(buffer + (long) i * ID_BYTES)));
        }
        return List.copyOf(ids);
    }

    /** setgroups(2), of every thread. */
    public void setgroups(List<Long> gids) throws KernelException {
        withMemory(Math.max(1L, gids.size()) * ID_BYTES, buffer -> {
            for (int i = 0; i < gids.size(); i++) {
                binding.putInt(buffer + (long) i * ID_BYTES, gids.get(i).intValue());
            }
            return checked("setgroups", gids.toString(), libc.setgroups(gids.size(), buffer));
        });
    }

    /** setgid(2), of every thread, through jnr-posix, which takes the bit pattern: ids above 2147483647 are negative there. */
    public void setgid(long gid) throws KernelException {
        checked("setgid", Long.toString(gid), posix.setgid((int) gid));
    }

    /** setuid(2), of every thread, through jnr-posix, which takes the bit pattern: ids above 2147483647 are negative there. */
    public void setuid(long uid) throws KernelException {
        checked("setuid", Long.toString(uid), posix.setuid((int) uid));
    }

    /** prctl(2), of this thread. */
    public int prctl(String what, int option, long arg2, long arg3) throws KernelException {
        return checked("prctl", what, libc.prctl(option, arg2, arg3, 0, 0));
    }

    // ---- processes

    /** execve(2). It returns only where that failed, and why. */
    public KernelException execve(String path, List<String> arguments, List<String> environment) {
        try {
            withString(
                    path,
                    file -> withStrings(
                            arguments,
                            argv -> withStrings(
                                    environment, envp -> checked("execve", path, libc.execve(file, argv, envp)))));
        } catch (KernelException e) {
            return e;
        }
        throw new IllegalStateException("execve returned without an error");
    }

    /**
     * Ends the start where TERM, INT, HUP or QUIT has come: they are blocked from the first program on (start.c), and pending ones are looked for between steps and
     * in every wait. One that is ignored is not obeyed; it can be pending where it was given blocked as well (sigpending(2)).
     *
     * @throws Signalled naming the signal
     */
    public void obeySignals() {
        try {
            withMemory(SIGSET_BYTES, set -> {
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
            throw new Refusal(
                    "it cannot be told whether the start is to end (" + e.getMessage()
                            + "): the product was not started",
                    e);
        }
    }

    /** Whether the disposition of {@code signal} is to ignore it (sigaction(2)). */
    public boolean isIgnored(int signal) throws KernelException {
        return withMemory(SIGACTION_BYTES, current -> {
            checked("sigaction", "signal " + signal, libc.sigaction(signal, 0, current));
            return binding.getLong(current) == SIG_IGN;
        });
    }

    // ---- memory and failures

    /** {@code result}, unless it is -1: then what errno says. */
    public int checked(String call, String subject, int result) throws KernelException {
        return (int) checked(call, subject, (long) result);
    }

    /** {@code result}, unless it is -1: then what errno says. */
    public long checked(String call, String subject, long result) throws KernelException {
        if (result < 0) {
            throw failure(call, subject);
        }
        return result;
    }

    private KernelException failure(String call, String subject) {
        int errno = errno();
        return new KernelException(call, Raw.show(subject), errno);
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

    private <T> T withString(String raw, Body<T> body) throws KernelException {
        byte[] bytes = raw.getBytes(StandardCharsets.ISO_8859_1);
        return withMemory(bytes.length + 1L, address -> {
            binding.put(address, bytes, 0, bytes.length);
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
                byte[] bytes = raws.get(i).getBytes(StandardCharsets.ISO_8859_1);
                binding.put(text, bytes, 0, bytes.length);
                binding.putLong(address + (long) i * Long.BYTES, text);
                text += bytes.length + 1L;
            }
            return body.at(address);
        });
    }

    /** Copies {@code raw} and its end to {@code address}, where there is room for so many bytes: a longer one ends the start, rather than to be written beyond. */
    public long putString(long address, int room, String raw) {
        byte[] bytes = (raw + '\0').getBytes(StandardCharsets.ISO_8859_1);
        if (bytes.length > room) {
            throw new IllegalStateException("a name of " + raw.length() + " bytes");
        }
        binding.put(address, bytes, 0, bytes.length);
        return address;
    }

    /** Copies the C string at {@code from} to {@code address}, with a slash behind it, where there is room for so many bytes. */
    public long putWithSlash(long address, int room, long from) {
        int length = length(from);
        if (length + 2 > room) {
            throw new IllegalStateException("a name of " + length + " bytes");
        }
        for (int i = 0; i < length; i++) {
            binding.putByte(address + i, binding.getByte(from + i));
        }
        binding.putByte(address + length, (byte) '/');
        binding.putByte(address + length + 1, (byte) 0);
        return address;
    }

    /**
     * Whether a path of {@code size} bytes, as readlink(2) leaves it for a descriptor, ends with the name, or is the absolute path, that is the C string at {@code tail}.
     * Never for one that ends with {@code (deleted)}: the kernel writes that behind a name that was taken away, and it cannot be told from a name that ends so.
     */
    public boolean isPathTo(long path, long size, long tail) {
        int length = length(tail);
        long from = size - length;
        boolean deleted = size >= 10 && binding.getLong(path + size - 10) == DELETED;
        if (deleted || from < 0 || (from > 0 && binding.getByte(path + from - 1) != '/')) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (binding.getByte(path + from + i) != binding.getByte(tail + i)) {
                return false;
            }
        }
        return true;
    }

    private int length(long address) {
        int length = 0;
        while (binding.getByte(address + length) != 0) {
            length++;
        }
        return length;
    }

    /** A C string as a raw one. */
    public String stringAt(long address) {
        byte[] bytes = new byte[length(address)];
        binding.get(address, bytes, 0, bytes.length);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** What is done with a piece of memory. */
    @FunctionalInterface
    public interface Body<T> {
        T at(long address) throws KernelException;
    }

    @FunctionalInterface
    private interface ThreeIds {
        int into(long real, long effective, long saved);
    }
}
