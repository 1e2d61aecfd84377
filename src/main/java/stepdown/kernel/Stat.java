package stepdown.kernel;

/**
 * What statx(2) says of one file.
 *
 * @param mode type and permission bits, as in stat(2)
 * @param uid owner, 0 to 4294967295
 * @param gid group, 0 to 4294967295
 * @param inode inode number
 * @param device major and minor number of the file system, as one comparable value
 * @param size in bytes
 * @param links how many names it has
 * @param mountRoot whether the file is the root of a mount; false where the kernel (before Linux 5.8) does not tell
 */
public record Stat(int mode, long uid, long gid, long inode, long device, long size, int links, boolean mountRoot) {
    public boolean isDirectory() {
        return is(Linux.S_IFDIR);
    }

    public boolean isSymbolicLink() {
        return is(Linux.S_IFLNK);
    }

    public boolean isRegularFile() {
        return is(Linux.S_IFREG);
    }

    public boolean is(int type) {
        return (mode & Linux.S_IFMT) == type;
    }

    /** The twelve bits that chmod(2) sets. */
    public int permissions() {
        return mode & 0xFFF;
    }

    /**
     * Whether nobody but root can change this entry: it is root's, and neither group nor others may write. Links have
     * no mode of their own.
     */
    public boolean onlyRootWrites() {
        return uid == 0 && (isSymbolicLink() || (mode & 022) == 0);
    }

    public boolean sameFile(Stat other) {
        return inode == other.inode && device == other.device;
    }
}
