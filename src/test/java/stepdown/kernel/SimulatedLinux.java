package stepdown.kernel;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import jnr.posix.POSIX;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;

/**
 * A Linux of its own for one start: credentials are simulated, files are real but below a temporary root folder, and
 * appear to be root's. Every call is written down, and any one can be made to fail. It stands in where the real kernel
 * cannot fail on demand; what the real one does is shown by the container tests.
 */
public final class SimulatedLinux {
    private static final int EPERM = Errno.EPERM;
    private static final int GID = 9999;
    private static final long ALL = (1L << 41) - 1;
    private static final long SETGID = 1L << 6;
    private static final long SETUID = 1L << 7;
    private static final long SETPCAP = 1L << 8;

    /** What took over. */
    public record Product(String path, List<String> arguments, List<String> environment) {}

    /**
     * The product, once execve was called; what the launcher does after that is not looked at, as there it is no more.
     */
    public @Nullable Product product;

    public final List<String> calls = new ArrayList<>();
    public long bounding = ALL;
    public long effective = ALL;
    public long permitted = ALL;
    public long inheritable;
    public long ambient;
    public boolean keepCaps;
    public boolean noNewPrivs;

    /** The line of the status that tells whether a filter is on. */
    public String seccomp = "Seccomp:\t2\n";

    /** The name of a line that the status of this kernel does not have. */
    public String unknown = "none";

    public long uid;
    public long gid;
    /**
     * What sigpending(2) says, after that many looks in vain, and which signals are ignored: bit {@code n - 1} for
     * signal {@code n}.
     */
    public long pending;

    public int pendingAfter;
    public long ignored;
    /** What umask(2) was told; -1 where nothing. */
    public long umask = -1;
    /** The version of Landlock. */
    public long landlock = 7;
    /** Whether a ruleset was entered. */
    public boolean confined;
    /** How often sigpending(2) was asked. */
    public int looks;

    public TreeSet<Long> groups = new TreeSet<>(List.of(0L));
    /** The call, by its index in {@link #calls}, that is to fail with EPERM; -1 for none. */
    public int failing = -1;

    /** The call that is to fail so, wherever it comes; nothing for none. */
    public String failingCall = "";

    /** The call from which on there is no process any more: {@code kill -9}; -1 for none. */
    public int killedAt = -1;

    /**
     * The owner of each inode that was given one; all others are root's. Another start on the same disk is given it.
     */
    public Map<Long, Long> owners = new ConcurrentHashMap<>();

    /** What stands for the end of the process: every later call throws it, too, so that no clean-up is done. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;
    }

    /** Calls that are carried out but have no effect, as if the line of code were not there. */
    public Predicate<String> lost = call -> false;

    private final JffiBinding real = new JffiBinding();
    private final Libc realLibc = Jnr.kernel(real).libc();
    private final Path root;
    private int errno;
    private boolean simulated;

    public SimulatedLinux(Path root) {
        this.root = root;
    }

    public Kernel kernel() {
        Binding binding = proxy(
                Binding.class,
                (method, arguments) ->
                        method.getName().equals("errno") && simulated ? errno : method.invoke(real, arguments));
        POSIX posix = proxy(POSIX.class, this::identity);
        return new Kernel(binding, proxy(Libc.class, this::call), posix);
    }

    private interface Call {
        Object answer(Method method, Object[] arguments) throws ReflectiveOperationException;
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    try {
                        return call.answer(method, arguments == null ? new Object[0] : arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private Object identity(Method method, Object[] arguments) {
        simulated = false;
        String call = method.getName() + " " + Integer.toUnsignedString((int) arguments[0]);
        if (fails(call)) {
            return -1;
        }
        if ((effective & (method.getName().equals("setuid") ? SETUID : SETGID)) == 0) {
            return failed(EPERM);
        }
        if (!lost.test(call)) {
            long id = Integer.toUnsignedLong((int) arguments[0]);
            if (method.getName().equals("setuid")) {
                changeUid(id);
            } else {
                gid = id;
            }
        }
        return 0;
    }

    private void changeUid(long id) {
        if (uid == 0 && id != 0) {
            effective = 0;
            ambient = 0;
            permitted = keepCaps ? permitted : 0;
        }
        uid = id;
    }

    private Object call(Method method, Object[] arguments) throws ReflectiveOperationException {
        simulated = false;
        String name = method.getName();
        String call = describe(name, arguments);
        if (fails(call)) {
            return method.getReturnType() == long.class ? (Object) (-1L) : (Object) (-1);
        }
        simulated = false;
        if (lost.test(call) || (product != null && name.equals("unlinkat"))) {
            return method.getReturnType() == long.class ? (Object) 0L : (Object) 0;
        }
        Object answer = simulate(name, arguments);
        return answer != null ? answer : onFiles(method, arguments);
    }

    private boolean fails(String call) {
        calls.add(call);
        if (killedAt >= 0 && calls.size() > killedAt) {
            throw new Killed();
        }
        if (calls.size() - 1 != failing && !call.equals(failingCall)) {
            return false;
        }
        simulated = true;
        errno = EPERM;
        return true;
    }

    /** null where the call is not one of credentials. */
    private Object simulate(String name, Object[] arguments) {
        return switch (name) {
            case "getpid" -> 1;
            case "getresuid" -> put(arguments, uid);
            case "getresgid" -> put(arguments, gid);
            case "getgroups" -> getgroups((int) arguments[0], (long) arguments[1]);
            case "setgroups" -> setgroups((long) arguments[0], (long) arguments[1]);
            case "prctl" -> prctl((int) arguments[0], (long) arguments[1], (long) arguments[2]);
            case "capget" -> capget((long) arguments[1]);
            case "capset" -> capset((long) arguments[1]);
            case "syscall" -> syscall((long) arguments[0], (long) arguments[1]);
            case "fchown" -> own((int) arguments[0], (int) arguments[1]);
            case "fchownat" -> own((int) arguments[0], (int) arguments[2]);
            case "fstatfs" -> fstatfs((int) arguments[0], (long) arguments[1]);
            case "fchmod", "fchmodat", "close_range", "sigprocmask", "fsync" -> 0;
            case "sigpending" -> sigpending((long) arguments[0]);
            case "sigaction" -> sigaction((int) arguments[0], (long) arguments[1], (long) arguments[2]);
            case "faccessat" ->
                Files.exists(root.resolve(path(arguments).replaceFirst("^/", "")))
                                || path(arguments).equals(".")
                        ? (Object) 0
                        : null;
            case "execve" -> become(arguments);
            case "openat" -> {
                boolean again = path(arguments).startsWith("/proc/self/fd/") && (int) arguments[2] % 4 != 0;
                yield again && confined ? (Object) failed(Errno.EACCES) : null;
            }
            default -> null;
        };
    }

    /** Every file system is one in memory. */
    private int fstatfs(int fd, long buffer) {
        int answer = realLibc.fstatfs(fd, buffer);
        real.putLong(buffer, Linux.TMPFS_MAGIC);
        return answer;
    }

    /** By descriptor: nothing is owned by name. */
    private int own(int fd, int uid) {
        long buffer = real.allocate(256);
        if (realLibc.statx(fd, real.allocate(1), Linux.AT_EMPTY_PATH, Linux.STATX_BASIC, buffer) == 0) {
            owners.put(real.getLong(buffer + 32), Integer.toUnsignedLong(uid));
        }
        return 0;
    }

    private int become(Object[] arguments) {
        product = new Product(string((long) arguments[0]), strings((long) arguments[1]), strings((long) arguments[2]));
        return failed(Errno.EIO);
    }

    private int sigpending(long set) {
        looks++;
        real.putLong(set, looks > pendingAfter ? pending : 0);
        return 0;
    }

    private int sigaction(int signal, long action, long current) {
        if (current != 0) {
            real.putLong(current, ignored >>> (signal - 1) & 1);
        }
        if (action != 0) {
            ignored &= ~(1L << (signal - 1));
        }
        return 0;
    }

    private int put(Object[] addresses, long id) {
        for (Object address : addresses) {
            real.putInt((long) address, (int) id);
        }
        return 0;
    }

    private int getgroups(int size, long list) {
        int i = 0;
        for (Long group : groups) {
            if (i < size) {
                real.putInt(list + 4L * i++, group.intValue());
            }
        }
        return groups.size();
    }

    private int setgroups(long size, long list) {
        if ((effective & SETGID) == 0) {
            return failed(EPERM);
        }
        groups.clear();
        for (int i = 0; i < size; i++) {
            groups.add(Integer.toUnsignedLong(real.getInt(list + 4L * i)));
        }
        return 0;
    }

    private int prctl(int option, long arg2, long arg3) {
        switch (option) {
            case Linux.PR_CAPBSET_READ -> {
                return arg2 > 40 ? failed(Errno.EINVAL) : (int) (bounding >>> arg2 & 1);
            }
            case Linux.PR_CAPBSET_DROP -> {
                if ((effective & SETPCAP) == 0) {
                    return failed(EPERM);
                }
                if (arg2 > 40) {
                    return failed(Errno.EINVAL);
                }
                bounding &= ~(1L << arg2);
            }
            case Linux.PR_SET_KEEPCAPS -> keepCaps = arg2 == 1;
            case Linux.PR_SET_NO_NEW_PRIVS -> noNewPrivs = true;
            case Linux.PR_GET_NO_NEW_PRIVS -> {
                return noNewPrivs ? 1 : 0;
            }
            case Linux.PR_CAP_AMBIENT -> {
                return ambient((int) arg2, arg3);
            }
            default -> throw new AssertionError("prctl " + option);
        }
        return 0;
    }

    private int ambient(int operation, long capability) {
        switch (operation) {
            case Linux.PR_CAP_AMBIENT_IS_SET -> {
                return capability > 40 ? failed(Errno.EINVAL) : (int) (ambient >>> capability & 1);
            }
            case Linux.PR_CAP_AMBIENT_RAISE -> {
                if ((permitted & inheritable & 1L << capability) == 0) {
                    return failed(EPERM);
                }
                ambient |= 1L << capability;
            }
            default -> ambient = 0;
        }
        return 0;
    }

    private int failed(int number) {
        simulated = true;
        errno = number;
        return -1;
    }

    private int capget(long data) {
        long[] sets = {effective, permitted, inheritable};
        for (int i = 0; i < sets.length; i++) {
            real.putInt(data + 4L * i, (int) sets[i]);
            real.putInt(data + 12 + 4L * i, (int) (sets[i] >>> 32));
        }
        return 0;
    }

    private int capset(long data) {
        long[] sets = new long[3];
        for (int i = 0; i < sets.length; i++) {
            sets[i] = Integer.toUnsignedLong(real.getInt(data + 4L * i)) | (long) real.getInt(data + 12 + 4L * i) << 32;
        }
        if ((sets[1] & ~permitted) != 0 || (sets[0] & ~sets[1]) != 0) {
            return failed(EPERM);
        }
        effective = sets[0];
        permitted = sets[1];
        inheritable = sets[2];
        return 0;
    }

    private long syscall(long number, long argument) {
        if (number == Linux.SYS_UMASK) {
            umask = argument;
            return 022;
        }
        if (number == Linux.SYS_LANDLOCK_CREATE_RULESET) {
            return argument == 0 ? landlock : 1_000;
        }
        if (number == Linux.SYS_LANDLOCK_ADD_RULE) {
            return 0;
        }
        if (number == Linux.SYS_LANDLOCK_RESTRICT_SELF) {
            confined = noNewPrivs;
            return confined ? 0L : (long) failed(EPERM);
        }
        if (number == Linux.SYS_MKNODAT) {
            return confined ? (long) failed(Errno.EACCES) : (long) failed(EPERM);
        }
        if (number == Linux.SYS_SETUID || number == Linux.SYS_SETRESUID) {
            return (permitted & SETUID) != 0 || uid == 0 ? 0L : (long) failed(EPERM);
        }
        return (permitted & SETGID) != 0 ? 0L : (long) failed(EPERM);
    }

    /**
     * The real call, each absolute path taken below the temporary root (or a test changes the machine that it runs on),
     * and every file shown as root's.
     */
    private Object onFiles(Method method, Object[] arguments) throws ReflectiveOperationException {
        if (method.getName().equals("symlinkat")) {
            throw new AssertionError("symlinkat would leave the temporary root");
        }
        Object[] jailed = arguments.clone();
        long copy = 0;
        if (arguments.length > 1
                && arguments[0] instanceof Integer
                && arguments[1] instanceof Long
                && takesPath(method.getName())) {
            String path = path(arguments);
            if (method.getName().equals("readlinkat") && path.startsWith("/proc/self/fd/")) {
                return nameOfDescriptor(arguments);
            }
            boolean held = path.startsWith("/proc/self/fd/") || path.startsWith("/proc/self/fdinfo/");
            if (path.startsWith("/") && !held) {
                if (path.equals("/proc/thread-self/status")) {
                    writeStatus();
                }
                copy = jail(path);
                jailed[1] = copy;
            }
        }
        long target = 0;
        if (method.getName().equals("renameat") && string((long) arguments[3]).startsWith("/")) {
            target = jail(string((long) arguments[3]));
            jailed[3] = target;
        }
        Object answer = method.invoke(realLibc, jailed);
        if (target != 0) {
            real.free(target);
        }
        if (method.getName().equals("statx") && (int) answer == 0) {
            Long owner = owners.getOrDefault(real.getLong((long) arguments[4] + 32), 0L);
            real.putInt((long) arguments[4] + 20, owner.intValue());
            real.putInt((long) arguments[4] + 24, owner == 0 ? 0 : GID);
        }
        if (copy != 0) {
            real.free(copy);
        }
        return answer;
    }

    private long jail(String path) {
        byte[] bytes = (root + path).getBytes(StandardCharsets.ISO_8859_1);
        long copy = real.allocate(bytes.length + 1L);
        real.put(copy, bytes, 0, bytes.length);
        return copy;
    }

    /** What the kernel calls an open file, as seen from inside the temporary root. */
    private Object nameOfDescriptor(Object[] arguments) {
        long length =
                realLibc.readlinkat((int) arguments[0], (long) arguments[1], (long) arguments[2], (long) arguments[3]);
        byte[] name = new byte[(int) length];
        real.get((long) arguments[2], name, 0, name.length);
        String inside = new String(name, StandardCharsets.ISO_8859_1).replace(root.toString(), "");
        byte[] bytes = (inside.isEmpty() ? "/" : inside).getBytes(StandardCharsets.ISO_8859_1);
        real.put((long) arguments[2], bytes, 0, bytes.length);
        return (long) bytes.length;
    }

    private static boolean takesPath(String name) {
        return name.endsWith("at") || name.equals("statx");
    }

    private void writeStatus() {
        String sets =
                "CapInh:\t%016x\nCapPrm:\t%016x\nCapEff:\t%016x\nCapBnd:\t%016x\nCapAmb:\t%016x\nNoNewPrivs:\t%d\n%s";
        StringBuilder list = new StringBuilder();
        groups.forEach(group -> list.append(group).append(' '));
        String ids = "Uid:\t%1$d\t%1$d\t%1$d\t%1$d\nGid:\t%2$d\t%2$d\t%2$d\t%2$d\nGroups:\t%3$s\n";
        String status = String.format(Locale.ROOT, ids, uid, gid, list)
                + String.format(
                        Locale.ROOT,
                        sets,
                        inheritable,
                        permitted,
                        effective,
                        bounding,
                        ambient,
                        noNewPrivs ? 1 : 0,
                        seccomp);
        try {
            String known = status.replaceFirst("(?m)^" + unknown + ":.*\n", "");
            Files.writeString(root.resolve("proc/thread-self/status"), known);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private String describe(String name, Object[] arguments) {
        return switch (name) {
            case "prctl" -> "prctl " + arguments[0] + " " + arguments[1] + " " + arguments[2];
            case "execve" -> "execve " + string((long) arguments[0]);
            case "setgroups" -> "setgroups";
            case "syscall" -> "syscall " + arguments[0];
            case "close", "read", "write", "fsync", "isatty", "getdents64", "fchown", "fchmod" -> name;
            default -> takesPath(name) ? name + " " + path(arguments) : name;
        };
    }

    private String path(Object[] arguments) {
        return string((long) arguments[1]);
    }

    private String string(long address) {
        StringBuilder text = new StringBuilder();
        for (long at = address; real.getByte(at) != 0; at++) {
            text.append((char) (real.getByte(at) & 0xFF));
        }
        return text.toString();
    }

    private List<String> strings(long address) {
        List<String> all = new ArrayList<>();
        for (long at = address; real.getLong(at) != 0; at += 8) {
            all.add(string(real.getLong(at)));
        }
        return all;
    }
}
