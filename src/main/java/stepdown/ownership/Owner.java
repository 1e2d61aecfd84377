package stepdown.ownership;

import stepdown.kernel.Linux;

/**
 * What every entry is to be.
 *
 * @param uid the new owner, 1 to 4294967294
 * @param gid the new group, 0 to 4294967294
 * @param paths where, and which mode bits it loses
 */
record Owner(long uid, long gid, Paths paths) {
    /** Owner and group in one value, as the eight bytes of them lie in memory. */
    long packed() {
        return uid | gid << 32;
    }

    boolean isRight(long itsOwner, int mode) {
        return itsOwner == packed() && !losesBits(mode);
    }

    /** Links have no mode of their own. */
    boolean losesBits(int mode) {
        return (mode & paths.strip().bits) != 0 && (mode & Linux.S_IFMT) != Linux.S_IFLNK;
    }
}
