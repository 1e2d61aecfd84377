package stepdown.account;

import org.jspecify.annotations.Nullable;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Stat;

/**
 * One file replaced as a whole: a temporary file beside it is written, given the old one's owner and mode, synced, and renamed over it. Whatever happens, the name
 * means the old file or the new one, both complete. Extended attributes and further hard links of the old file are not carried over.
 */
final class Replacement {
    /** Of a file that did not exist. */
    private static final int NEW_MODE = 0644;

    private static final int MODE_WHILE_WRITTEN = 0600;

    private final Kernel kernel;
    private final int dir;
    private final String name;
    private final String temporary;

    /**
     * @param dir a descriptor of the folder, which nobody but root can change
     */
    Replacement(Kernel kernel, int dir, String name) {
        this.kernel = kernel;
        this.dir = dir;
        this.name = name;
        this.temporary = "." + name + ".stepdown";
    }

    /**
     * To be called by the holder of {@link PasswordLock} alone, after {@link #discardTemporary}: the temporary file always has the same name, so that one left by a
     * killed start is found.
     */
    void write(String contents) throws KernelException {
        Stat old = oldFile();
        boolean renamed = false;
        try {
            writeTemporary(contents, old);
            kernel.rename(dir, temporary, name);
            renamed = true;
        } finally {
            if (!renamed) {
                discardTemporary();
            }
        }
        syncFolder();
    }

    private @Nullable Stat oldFile() throws KernelException {
        try {
            return kernel.stat(dir, name, Linux.AT_SYMLINK_NOFOLLOW);
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
    }

    private void writeTemporary(String contents, @Nullable Stat old) throws KernelException {
        int flags = Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL | Linux.O_NOFOLLOW;
        int fd = kernel.open(dir, temporary, flags, MODE_WHILE_WRITTEN);
        boolean closed = false;
        try {
            kernel.write(fd, temporary, contents);
            Stat owner = old != null ? old : kernel.stat(dir);
            kernel.chown(fd, temporary, (int) owner.uid(), (int) owner.gid());
            kernel.chmod(fd, temporary, old != null ? old.permissions() : NEW_MODE);
            kernel.fsync(fd, temporary);
            closed = true;
            kernel.close(fd);
        } finally {
            if (!closed) {
                kernel.libc().close(fd);
            }
        }
    }

    /** One that cannot be removed is met again when it is to be created, and said then. */
    void discardTemporary() {
        try {
            kernel.unlink(dir, temporary);
        } catch (KernelException e) {
            // mostly ENOENT: there is none
        }
    }

    private void syncFolder() throws KernelException {
        int fd = kernel.open(dir, ".", Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
        try {
            kernel.fsync(fd, ".");
        } catch (KernelException e) {
            if (e.errno() != Errno.EINVAL) {
                throw e; // EINVAL: this file system has no folders to sync
            }
        } finally {
            kernel.close(fd);
        }
    }
}
