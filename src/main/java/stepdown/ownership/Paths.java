package stepdown.ownership;

import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Linux;

/**
 * What is to be owned by whom.
 *
 * @param uid the new owner, 1 to 4294967294
 * @param gid the new group, 0 to 4294967294
 * @param writable the paths to hand over with all below them, raw strings as they were given
 * @param excludes paths that are left alone with all below them
 * @param strip the mode bits that every entry loses
 * @param policy when a tree is walked at all
 * @param hardlinks whether regular files with more than one name are changed too
 * @param oneFileSystem whether no mount below a path is entered
 * @param ownFolder the resolved folder that holds stepdown itself
 * @param home the home of a row that stepdown writes, handed over as by {@link Policy#ROOT}; null where there is none
 */
public record Paths(
        long uid,
        long gid,
        List<String> writable,
        List<String> excludes,
        Strip strip,
        Policy policy,
        boolean hardlinks,
        boolean oneFileSystem,
        String ownFolder,
        @Nullable String home) {

    /** The mode bits that are taken away. */
    public enum Strip {
        O(07, 0750),
        GO(077, 0700),
        NONE(0, 0750);

        final int bits;

        /** The mode of a writable folder that stepdown creates. */
        final int folderMode;

        Strip(int bits, int folderMode) {
            this.bits = bits;
            this.folderMode = folderMode;
        }
    }

    /** When a tree is walked. */
    public enum Policy {
        /** Always; what is right already is not touched. */
        MISMATCH,
        /** Only where the top of the tree has another owner or mode: the top is changed last, so a right one means a finished walk. */
        ROOT,
        /** Never. */
        OFF
    }

    /** Owner and group in one value, as the eight bytes of them lie in memory. */
    long owner() {
        return uid | gid << 32;
    }

    boolean isRight(long itsOwner, int mode) {
        return itsOwner == owner() && !losesBits(mode);
    }

    /** Links have no mode of their own. */
    boolean losesBits(int mode) {
        return (mode & strip.bits) != 0 && (mode & Linux.S_IFMT) != Linux.S_IFLNK;
    }
}
