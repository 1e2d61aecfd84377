package stepdown.ownership;

import java.util.List;

/**
 * What is to be owned by whom.
 *
 * @param uid the new owner, 1 to 4294967294
 * @param gid the new group, 0 to 4294967294
 * @param writable the paths to hand over with all below them, raw strings as they were given
 * @param excludes paths that are left alone with all below them
 * @param strip the mode bits that every entry loses
 * @param policy when a tree is walked at all
 * @param strict whether an entry that could not be changed is to end the start; the walk itself counts it either way
 * @param hardlinks whether regular files with more than one name are changed too
 * @param oneFileSystem whether no mount below a writable path is entered
 * @param ownFolder the resolved folder that holds stepdown itself
 */
public record OwnershipRequest(
        long uid,
        long gid,
        List<String> writable,
        List<String> excludes,
        Strip strip,
        Policy policy,
        boolean strict,
        boolean hardlinks,
        boolean oneFileSystem,
        String ownFolder) {

    public OwnershipRequest {
        writable = List.copyOf(writable);
        excludes = List.copyOf(excludes);
    }

    /** The same for one path, which is told nothing of the excludes. */
    public OwnershipRequest only(String path) {
        return new OwnershipRequest(
                uid, gid, List.of(path), List.of(), strip, policy, strict, hardlinks, oneFileSystem, ownFolder);
    }

    /** The mode bits that are taken away. */
    public enum Strip {
        O(07, 0750),
        GO(077, 0700),
        NONE(0, 0750);

        private final int bits;
        private final int folderMode;

        Strip(int bits, int folderMode) {
            this.bits = bits;
            this.folderMode = folderMode;
        }

        public int bits() {
            return bits;
        }

        /** The mode of a writable folder that stepdown creates. */
        public int folderMode() {
            return folderMode;
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
}
