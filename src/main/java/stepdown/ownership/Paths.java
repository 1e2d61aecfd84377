package stepdown.ownership;

import java.util.List;

/**
 * Which paths are to be owned, and how.
 *
 * @param writable the paths to hand over with all below them, raw strings as they were given
 * @param excludes paths that are left alone with all below them
 * @param strip the mode bits that every entry loses
 * @param policy when a tree is walked at all
 * @param oneFileSystem whether no mount below a path is entered
 * @param hardlinks whether regular files with more than one name are changed too
 */
public record Paths(
        List<String> writable,
        List<String> excludes,
        Strip strip,
        Policy policy,
        boolean oneFileSystem,
        boolean hardlinks) {

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
        /**
         * Only where the top of the tree has another owner or mode: the top is changed last, so a right one means a
         * finished walk.
         */
        ROOT,
        /** Never. */
        OFF
    }

    /** The same paths, to be left as they are. */
    public Paths untouched() {
        return new Paths(writable, excludes, strip, Policy.OFF, oneFileSystem, hardlinks);
    }
}
