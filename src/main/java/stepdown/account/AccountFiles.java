package stepdown.account;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.account.AccountPlan.Edit;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Stat;

/**
 * passwd and group in one folder: read as they are, written only as a whole.
 *
 * <p>Never written are a file that is a mount point (it may be the host's), a symbolic link (what it names may be
 * shared, and replacing the link would part the image from it) and anything that is no regular file; nor anything in a
 * folder that is missing, read-only, or open to others. A symbolic link is followed for reading. Whatever else the
 * kernel forbids is told by the call that fails. All of that is a warning: the drop never depends on a row.
 *
 * @param folder "/etc", but for tests
 * @param root whose the files must be
 * @param patienceMillis how long another holder of the lock is waited for
 */
public record AccountFiles(Kernel kernel, String folder, long root, long patienceMillis) {
    /** Both files, one of them read again, fit in the heap of 32 MiB. */
    static final int LARGEST = 6 << 20;

    private static final int NEW = Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL | Linux.O_NOFOLLOW;
    private static final int LOCK = Linux.O_WRONLY | Linux.O_CREAT | Linux.O_NOFOLLOW | Linux.O_NONBLOCK;

    /** Always the same name, so that one left by a killed start is found; used by the holder of the lock alone. */
    private static final String TEMPORARY = "/.account.stepdown";

    /** Those of /etc, with the patience of lckpwdf(3). */
    public static AccountFiles of(Kernel kernel) {
        return new AccountFiles(kernel, "/etc", 0, 15_000);
    }

    /** Reads both files and whether they can be written. What cannot be read is a fact like others, not an error. */
    public Accounts read() {
        String obstacle = null;
        boolean trusted = false;
        try {
            Stat etc = kernel.stat(Linux.AT_FDCWD, folder, 0);
            trusted = isRootsAlone(etc, 022);
            kernel.access(folder, Linux.W_OK); // tells a read-only file system even to root
            // Group root may write there, as images made for OpenShift have it.
            boolean open = !isRootsAlone(etc, etc.gid() == 0 ? 02 : 022);
            obstacle = open ? folder + " can be written by others than root" : null;
        } catch (KernelException e) {
            obstacle = folder + " cannot be changed (" + Errno.text(e.errno()) + ")";
        }
        AccountFile passwd = file(folder + "/passwd", obstacle, trusted);
        AccountFile group = file(folder + "/group", obstacle, trusted);
        return new Accounts(passwd, group, file(folder + TEMPORARY, null, false).stat() != null);
    }

    private boolean isRootsAlone(Stat stat, int others) {
        return stat.uid() == root && (stat.mode() & others) == 0;
    }

    /** @param ofFolder why nothing in the folder is written, or null */
    private AccountFile file(String path, @Nullable String ofFolder, boolean trusted) {
        for (int left = 9; ; left--) {
            Stat stat = null;
            try {
                stat = kernel.stat(Linux.AT_FDCWD, path, Linux.AT_SYMLINK_NOFOLLOW);
                String text = kernel.readPlainFile(path, stat, LARGEST);
                String kind =
                        stat.isSymbolicLink() ? " is a symbolic link" : stat.mountRoot() ? " is a mount point" : null;
                // Root's group is not trusted: the product may be of it.
                boolean roots = trusted && stat.isRegularFile() && isRootsAlone(stat, 022);
                return new AccountFile(
                        path, stat, text, ofFolder != null || kind == null ? ofFolder : path + kind, roots);
            } catch (KernelException e) {
                // One that another start has exchanged meanwhile is whole, too, and looked at anew.
                if (e.errno() != Errno.EBUSY || left == 0) {
                    boolean missing = e.errno() == Errno.ENOENT;
                    String own = missing && stat == null ? null : path + " cannot be read (" + e.getMessage() + ")";
                    return new AccountFile(path, stat, missing ? "" : null, own != null ? own : ofFolder, false);
                }
            }
        }
    }

    /**
     * Carries a plan out, decided anew under the lock: another process may have written meanwhile. That is the lock of
     * lckpwdf(3), which useradd, passwd and their like take as well; it ends with the process that holds it, and its
     * file stays: removing it would let two others hold "the" lock on two files.
     *
     * @return who the product is afterwards, with a warning for each file that could not be written after all; each is
     *     then the old one, or the new one, and whole
     */
    public AccountPlan write(AccountPlan planned, Identity asked) {
        List<String> warnings = new ArrayList<>();
        AccountPlan plan = planned;
        String path = folder + "/.pwd.lock";
        try {
            int lock = kernel.open(Linux.AT_FDCWD, path, LOCK, 0600);
            try {
                kernel.lock(lock, path, patienceMillis);
                kernel.discard(folder + TEMPORARY); // of a start that was killed
                Accounts found = read();
                plan = new Decision(found, asked).decide();
                warnings.addAll(plan.warnings());
                warnings.removeAll(planned.warnings());
                for (Edit edit : plan.edits()) {
                    AccountFile file = edit.path().equals(found.group().path()) ? found.group() : found.passwd();
                    try {
                        replace(file, edit);
                    } catch (KernelException e) {
                        kernel.discard(folder + TEMPORARY);
                        warnings.add(edit.path() + " is not written (" + e.getMessage() + "): " + edit.lack());
                    }
                }
            } finally {
                kernel.close(lock);
            }
        } catch (KernelException e) {
            List<String> lacks = planned.edits().stream().map(Edit::lack).toList();
            String lack = lacks.isEmpty() ? "what a killed start has left there stays" : String.join(", ", lacks);
            warnings.add(folder + " is not written (" + e.getMessage() + "): " + lack);
        }
        return new AccountPlan(List.of(), plan.user(), plan.groupName(), List.of(), warnings);
    }

    /** Extended attributes and further hard links of the old file are not carried over. */
    private void replace(AccountFile file, Edit edit) throws KernelException {
        String text = String.valueOf(file.text());
        String path = folder + TEMPORARY;
        Stat old = file.stat();
        int fd = kernel.open(Linux.AT_FDCWD, path, NEW, 0600);
        try {
            kernel.write(fd, path, text.substring(0, edit.start()));
            kernel.write(fd, path, edit.text());
            kernel.write(fd, path, text.substring(edit.end()));
            Stat owner = old != null ? old : kernel.stat(Linux.AT_FDCWD, folder, 0);
            kernel.chown(fd, path, (int) owner.uid(), (int) owner.gid());
            kernel.chmod(fd, path, old != null ? old.permissions() : 0644);
            kernel.fsync(fd, path);
        } finally {
            kernel.libc().close(fd);
        }
        kernel.rename(Linux.AT_FDCWD, path, file.path());
    }
}
