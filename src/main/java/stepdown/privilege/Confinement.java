package stepdown.privilege;

import java.util.ArrayList;
import java.util.List;
import stepdown.Refusal;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Stat;
import stepdown.path.PathRules;
import stepdown.path.Place;
import stepdown.path.Resolver;

/**
 * The one Landlock ruleset of {@code --confine} (landlock(7)): below which folders the product and its children may
 * create, write, truncate, rename, link and remove, whatever owners and modes say. It is made while everything can be
 * reached, entered after the drop, and proven by two attempts that must be refused from then on.
 *
 * <p>Rules hang on inodes, which they keep: what is mounted under a name later is not meant by them. What the user may
 * not do without Landlock, no rule permits.
 */
public final class Confinement {
    /** Before it (Linux 6.2) truncate(2) is not governed. */
    public static final int LEAST_ABI = 3;

    // spotless:off
    private static final long WRITE_FILE = 1 << 1, REMOVE_DIR = 1 << 4, MAKE_BLOCK = 1 << 11, TRUNCATE = 1 << 14;
    // spotless:on

    /**
     * All from REMOVE_DIR to TRUNCATE. REFER is among them: where it is not handled, each rename from one folder to
     * another fails.
     */
    private static final long HANDLED = WRITE_FILE | (2 * TRUNCATE - REMOVE_DIR);

    /** A block device may be made nowhere: the user cannot anyway, and so it can be tried anywhere. */
    private static final long BELOW = HANDLED & ~MAKE_BLOCK;

    private static final long FILE = WRITE_FILE | TRUNCATE;
    private static final int RULE_BYTES = 12;
    private static final int VERSION = 1;
    private static final int PATH_BENEATH = 1;

    /** From ABI 7 on what is denied is logged: the product's, and not our own attempts. */
    private static final int LOG_ABI = 7;

    private static final int LOG_SAME_EXEC_OFF_NEW_EXEC_ON = 3;
    private static final int HOLD = Linux.O_PATH | Linux.O_NOFOLLOW;
    private static final int DEEPEST = 8;
    private static final List<String> COMMON = List.of("/dev/shm", "/tmp", "/var/tmp", "/dev/mqueue");

    /** Not to be guessed: where others write as well, one that stands there already would answer in its own way. */
    private final String device = ".stepdown-proof-" + Long.toHexString(System.nanoTime());

    private final Kernel kernel;
    private final int abi;
    private final Resolver resolver;
    private final PathRules rules;
    private final int ruleset;
    /** What is permitted, to be tried in: a file answers ENOTDIR, which proves nothing. */
    private final List<Integer> held = new ArrayList<>();

    private int probeFolder = -1;
    private int probeFile = -1;

    /**
     * An empty ruleset, where there can be one: nothing is permitted yet, and nothing forbidden.
     *
     * @param rules what no path may lead to
     */
    public Confinement(Kernel kernel, PathRules rules) throws KernelException {
        this.kernel = kernel;
        this.resolver = new Resolver(kernel);
        this.rules = rules;
        long found = kernel.libc().syscall(Linux.SYS_LANDLOCK_CREATE_RULESET, 0, 0, VERSION);
        this.abi = found < 0 ? -kernel.errno() : (int) found;
        this.ruleset = abi < LEAST_ABI
                ? -1
                : kernel.withMemory(Long.BYTES, handled -> {
                    kernel.memory().putLong(handled, HANDLED);
                    return call("landlock_create_ruleset", Linux.SYS_LANDLOCK_CREATE_RULESET, handled, Long.BYTES, 0);
                });
    }

    /** The version of Landlock, from 1 on; the negative errno where the kernel or a seccomp profile is without it. */
    public int abi() {
        return abi;
    }

    private int call(String name, long number, long a, long b, long c) throws KernelException {
        return (int) kernel.checked(name, "", kernel.libc().syscall(number, a, b, c));
    }

    /**
     * Permits what any product may write: /tmp, /var/tmp, /dev/shm and message queues, what /proc shows, devices and
     * the standard streams. One that is missing is left out.
     */
    public void permitCommon() throws KernelException {
        for (String path : COMMON) {
            int fd = hold(path);
            if (fd >= 0 && kernel.stat(fd).isDirectory()) {
                permit(fd, BELOW);
                held.add(fd);
            } else if (fd >= 0) {
                kernel.close(fd);
                permit(path); // a link, which must not lead everywhere
            }
        }
        // Its root: what is below comes and goes, and a rule on it would, too.
        permit(kernel.open("/proc", HOLD | Linux.O_DIRECTORY), FILE);
        permitDevices("/dev", DEEPEST);
        permitStreams();
        makeProbe();
    }

    /**
     * Permits {@code path} and all below it, a file to be written.
     *
     * @param path absolute, a raw string
     * @return whether it exists
     * @throws Refusal for what no writable path may be
     */
    public boolean permit(String path) throws KernelException {
        Place place = resolver.resolve(path);
        if (!COMMON.contains(place.path())) { // permitted anyway: no reason to refuse a link to it, or a HOME there
            rules.check(path, place);
        }
        if (place.exists()) {
            permit(place.fd(), place.stat().isDirectory() ? BELOW : FILE);
            held.add(place.fd());
        } else {
            kernel.close(place.fd());
        }
        return place.exists();
    }

    void permit(int fd, long rights) throws KernelException {
        kernel.withMemory(RULE_BYTES, rule -> {
            kernel.memory().putLong(rule, rights);
            kernel.memory().putInt(rule + Long.BYTES, fd);
            return call("landlock_add_rule", Linux.SYS_LANDLOCK_ADD_RULE, ruleset, PATH_BENEATH, rule);
        });
    }

    /** Each node: which devices a container has, and who may write them, others have decided. */
    private void permitDevices(String folder, int deeper) throws KernelException {
        for (String name : names(folder)) {
            String path = folder + "/" + name;
            int fd = hold(path);
            if (fd < 0) {
                continue;
            }
            Stat stat = kernel.stat(fd); // of what is held: a volume below /dev can show another under the name by now
            boolean terminals = path.equals("/dev/pts"); // made while the product runs, and nothing else is there
            if (stat.is(Linux.S_IFCHR) || stat.is(Linux.S_IFBLK) || terminals) {
                permit(fd, FILE);
            }
            kernel.close(fd);
            if (stat.isDirectory() && !terminals && !path.equals("/dev/shm") && deeper > 0) {
                permitDevices(path, deeper - 1);
            }
        }
    }

    /** What is there; -1 where nothing is, any more, or where who starts us may not look, and so not the product. */
    private int hold(String path) throws KernelException {
        try {
            return kernel.open(path, HOLD);
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.EACCES) {
                return -1;
            }
            throw e;
        }
    }

    private List<String> names(String folder) {
        try {
            return kernel.list(folder);
        } catch (KernelException e) {
            return List.of(); // as the user, who is going to find nothing there, either
        }
    }

    /** So that /dev/stdout can be opened again by name. Never all below a folder, and not what is only to be read. */
    private void permitStreams() throws KernelException {
        for (int fd = 0; fd <= 2; fd++) {
            int flags = (int)
                    kernel.checked("fcntl", "descriptor " + fd, kernel.libc().fcntl(fd, Linux.F_GETFL, 0));
            if ((flags & Linux.O_ACCMODE) == Linux.O_RDONLY || kernel.stat(fd).isDirectory()) {
                continue;
            }
            try {
                permit(fd, FILE);
            } catch (KernelException e) {
                if (e.errno() != Errno.EBADFD) { // a pipe or a socket, which is not governed
                    throw e;
                }
            }
        }
    }

    /** A file that everybody may write, without a name, where nothing but devices is permitted. */
    private void makeProbe() throws KernelException {
        if (kernel.uids().get(1) != 0) {
            return;
        }
        try {
            probeFile = kernel.open(Linux.AT_FDCWD, "/dev", Linux.O_TMPFILE | Linux.O_RDWR | Linux.O_EXCL, 0);
        } catch (KernelException e) {
            return; // a file system without such files, or a read-only one
        }
        kernel.chmod(probeFile, "a file in /dev", 0666);
    }

    /** Enters it, for good, after both attempts have had the answer that they must not have again. */
    void enter() throws KernelException {
        for (int fd : held) {
            if (probeFolder < 0 && makeDevice(fd) == Errno.EPERM) {
                probeFolder = fd;
            }
        }
        if (probeFolder < 0) {
            throw Proof.unproven(
                    "--confine can be tried nowhere: the product may write to no folder, or is confined already"
                            + " (give it a writable path, or leave --confine out)");
        }
        int before = probeFile < 0 ? 0 : openProbe();
        if (before != 0) {
            throw Proof.unproven("a file of ours in /dev cannot be opened before --confine: " + Errno.text(before));
        }
        try {
            int flags = abi < LOG_ABI ? 0 : LOG_SAME_EXEC_OFF_NEW_EXEC_ON;
            call("landlock_restrict_self", Linux.SYS_LANDLOCK_RESTRICT_SELF, ruleset, flags, 0);
        } catch (KernelException e) {
            if (e.errno() == Errno.E2BIG) {
                throw new Refusal(
                        "--confine cannot be had: the container is within as many Landlock rulesets already"
                                + " as there may be (16); leave it out",
                        e);
            }
            throw e;
        }
    }

    /** The same attempts: each must be refused by now, and by Landlock. */
    void prove() throws KernelException {
        mustBeDenied("a block device in a writable folder", makeDevice(probeFolder));
        if (probeFile >= 0) {
            mustBeDenied("a file in /dev that everybody may write", openProbe());
            kernel.close(probeFile);
        }
    }

    private static void mustBeDenied(String what, int errno) {
        if (errno != Errno.EACCES) {
            String found = errno == 0 ? "no error" : Errno.text(errno);
            throw Proof.unproven("--confine let through " + what + " (" + found + " in place of EACCES)");
        }
    }

    /**
     * The errno of mknod(2) of a block device, 0 where there was none: EPERM without MKNOD, but EACCES first where
     * Landlock is asked; so nothing is ever made.
     */
    private int makeDevice(int folder) throws KernelException {
        return kernel.withString(device, name -> {
            long made = kernel.libc().syscall(Linux.SYS_MKNODAT, folder, name, Linux.S_IFBLK);
            return made < 0 ? kernel.errno() : 0;
        });
    }

    /** The errno of opening it, 0 where there was none. */
    private int openProbe() throws KernelException {
        try {
            kernel.close(kernel.open("/proc/self/fd/" + probeFile, Linux.O_WRONLY));
            return 0;
        } catch (KernelException e) {
            return e.errno();
        }
    }

    /** How it was proven, for the summary. */
    public String proof() {
        return "writes confined, proven " + (probeFile < 0 ? "by one attempt" : "by two attempts");
    }
}
