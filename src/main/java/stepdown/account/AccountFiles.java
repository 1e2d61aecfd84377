package stepdown.account;

import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Stat;

/**
 * passwd and group in one folder: read as they are, written only as a whole.
 *
 * <p>Never written are a file that is a mount point (it may be the host's), a symbolic link (what it names may be shared, and replacing the link would part the image
 * from it) and anything that is no regular file; nor anything in a folder that is missing or read-only. A symbolic link is followed for reading.
 */
public final class AccountFiles {
    private static final String PASSWD = "passwd";
    private static final String GROUP = "group";
    private static final int FOLDER = Linux.O_PATH | Linux.O_DIRECTORY;
    private static final int PLAIN = Linux.O_RDONLY | Linux.O_NONBLOCK | Linux.O_NOCTTY;

    private final Kernel kernel;
    private final String folder;
    private final long patienceMillis;

    /**
     * @param folder "/etc", but for tests
     */
    public AccountFiles(Kernel kernel, String folder) {
        this(kernel, folder, PasswordLock.PATIENCE_MILLIS);
    }

    AccountFiles(Kernel kernel, String folder, long patienceMillis) {
        this.kernel = kernel;
        this.folder = folder;
        this.patienceMillis = patienceMillis;
    }

    /** Reads both files and whether they can be written. What cannot be read is a fact like others, not an error. */
    public Accounts read() throws KernelException {
        int dir;
        try {
            dir = kernel.open(folder, FOLDER);
        } catch (KernelException e) {
            boolean there = e.errno() != Errno.ENOENT;
            return new Accounts(
                    new AccountFile(path(GROUP), there, null, null),
                    new AccountFile(path(PASSWD), there, null, null),
                    there ? folder + " cannot be opened (" + Errno.text(e.errno()) + ")" : folder + " does not exist",
                    null);
        }
        try {
            return read(dir);
        } finally {
            kernel.close(dir);
        }
    }

    private Accounts read(int dir) throws KernelException {
        return new Accounts(file(dir, GROUP), file(dir, PASSWD), obstacle(), danger(kernel.stat(dir)));
    }

    /**
     * Writes what {@link AccountPlan#decide} finds necessary, deciding again under the lock: another process may have written meanwhile. passwd
     * goes before group: should the start be killed between the two, the user row is there to tell the next one that the group is stepdown's own.
     *
     * @return what was done; where a file could not be written after all, with the warning that says so
     * @throws Refusal as {@code decide} does, and where a disk is full or broken or the lock cannot be had; each file is then either the old one or the new one
     */
    public AccountPlan write(AccountRequest request) throws KernelException {
        Accounts found = read();
        AccountPlan plan = AccountPlan.decide(found, request);
        if (plan.changesNothing()) {
            return plan;
        }
        int dir = kernel.open(folder, FOLDER);
        try {
            return lockAndWrite(dir, found, request);
        } finally {
            kernel.close(dir);
        }
    }

    private AccountPlan lockAndWrite(int dir, Accounts found, AccountRequest request) throws KernelException {
        PasswordLock lock;
        try {
            lock = PasswordLock.take(kernel, dir, path(PasswordLock.NAME), patienceMillis);
        } catch (KernelException e) {
            if (isForbidden(e)) {
                String reason = folder + " cannot be locked (" + e.getMessage() + ")";
                return AccountPlan.decide(found.withObstacle(reason), request);
            }
            throw new Refusal(
                    "cannot lock " + path(PasswordLock.NAME) + " (" + e.getMessage() + "): no account was "
                            + "written; make it a plain file and make room, or have the rows written when the image is built",
                    e);
        }
        try {
            return writeLocked(dir, request);
        } finally {
            lock.release();
        }
    }

    private AccountPlan writeLocked(int dir, AccountRequest request) throws KernelException {
        Replacement newGroup = new Replacement(kernel, dir, GROUP);
        Replacement newPasswd = new Replacement(kernel, dir, PASSWD);
        newGroup.discardTemporary(); // of a start that was killed, also where this one has nothing to write there
        newPasswd.discardTemporary();
        Accounts found = read(dir);
        AccountPlan plan = AccountPlan.decide(found, request);
        if (plan.passwd() != null) {
            found = found.withPasswd(write(newPasswd, found.passwd(), plan.passwd()));
            plan = AccountPlan.decide(found, request);
        }
        if (plan.group() != null) {
            found = found.withGroup(write(newGroup, found.group(), plan.group()));
            plan = AccountPlan.decide(found, request);
        }
        return plan;
    }

    /** Writes one file, and answers it with its obstacle where this kernel does not let us. */
    private static AccountFile write(Replacement replacement, AccountFile file, String contents) {
        try {
            replacement.write(contents);
            return file;
        } catch (KernelException e) {
            if (isForbidden(e)) {
                return file.but("cannot be replaced (" + e.getMessage() + ")");
            }
            throw new Refusal(
                    "cannot write " + file.path() + " (" + e.getMessage() + "): it is whole, old or new; "
                            + "make room, or have the rows written when the image is built",
                    e);
        }
    }

    /** What a container may be built to forbid; the product then runs without the row. Everything else is a defect of the disk or of the system. */
    private static boolean isForbidden(KernelException e) {
        return switch (e.errno()) {
            case Errno.EROFS, Errno.EACCES, Errno.EPERM, Errno.EBUSY -> true;
            default -> false;
        };
    }

    private AccountFile file(int dir, String name) throws KernelException {
        String path = path(name);
        Stat stat;
        try {
            stat = kernel.stat(dir, name, Linux.AT_SYMLINK_NOFOLLOW);
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT) {
                return AccountFile.missing(path);
            }
            return new AccountFile(path, true, null, "cannot be read (" + Errno.text(e.errno()) + ")");
        }
        String obstacle = obstacle(stat, path);
        try {
            String contents = contents(dir, name);
            return new AccountFile(path, true, contents, contents == null ? "is no regular file" : obstacle);
        } catch (KernelException e) {
            boolean dangling = stat.isSymbolicLink() && e.errno() == Errno.ENOENT;
            String unreadable = "cannot be read (" + Errno.text(e.errno()) + ")";
            return new AccountFile(path, !dangling, null, obstacle != null ? obstacle : unreadable);
        }
    }

    private @Nullable String obstacle(Stat stat, String path) throws KernelException {
        if (stat.isSymbolicLink()) {
            return "is a symbolic link";
        }
        return isMountPoint(stat, path) ? "is a mount point" : null;
    }

    /** Null where it is no regular file: a FIFO or a device would hang the start. */
    private @Nullable String contents(int dir, String name) throws KernelException {
        int fd = kernel.open(dir, name, PLAIN, 0);
        try {
            return kernel.stat(fd).isRegularFile() ? kernel.readAll(fd, name) : null;
        } finally {
            kernel.close(fd);
        }
    }

    /** By statx(2); by proc_pid_mountinfo(5) where the kernel (before Linux 5.8) does not even call /proc a mount. */
    private boolean isMountPoint(Stat stat, String path) throws KernelException {
        if (stat.mountRoot() || kernel.stat(Linux.AT_FDCWD, "/proc", 0).mountRoot()) {
            return stat.mountRoot();
        }
        return isMountPoint(kernel.readFile("/proc/self/mountinfo"), path);
    }

    /** The mount point is the fifth word of its line. */
    private static boolean isMountPoint(String mountInfo, String path) {
        String word = " " + path + " ";
        for (int at = mountInfo.indexOf(word); at >= 0; at = mountInfo.indexOf(word, at + 1)) {
            int words = 0;
            for (int i = at; i >= 0 && mountInfo.charAt(i) != '\n'; i--) {
                words += mountInfo.charAt(i) == ' ' ? 1 : 0;
            }
            if (words == 4) {
                return true;
            }
        }
        return false;
    }

    /** access(2) tells a read-only file system even to root. */
    private @Nullable String obstacle() {
        try {
            kernel.access(folder, Linux.W_OK);
            return null;
        } catch (KernelException e) {
            return e.errno() == Errno.EROFS
                    ? folder + " is on a read-only file system"
                    : folder + " cannot be changed (" + Errno.text(e.errno()) + ")";
        }
    }

    /** Group root may write, as images made for OpenShift have it: that group's members are root's equals there. */
    private @Nullable String danger(Stat stat) throws KernelException {
        long self = kernel.uids().get(1);
        if (stat.uid() != 0 && stat.uid() != self) {
            return folder + " belongs to uid " + stat.uid();
        }
        boolean others = (stat.mode() & 02) != 0 || ((stat.mode() & 020) != 0 && stat.gid() != 0);
        return others ? folder + " can be written by others than root" : null;
    }

    private String path(String name) {
        return folder + "/" + name;
    }
}
