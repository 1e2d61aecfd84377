package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;

/**
 * What a walk met.
 *
 * @param seen entries looked at
 * @param changed those that got another owner or mode
 * @param hardLinks regular files with more than one name that were left as they are
 * @param devices device nodes that were left as they are
 * @param stickyFolders world-writable folders with the sticky bit that were left as they are
 * @param mountedFiles single files mounted from outside that were left as they are
 * @param mounts mounts that were not entered
 * @param excluded entries that were left, with all below them, because they were to be
 * @param cleared files that lost a set-id bit or a file capability with their owner
 * @param errors entries that could not be looked at or changed
 * @param firstErrors the first few of them: path, call and errno
 */
public record Counts(
        long seen,
        long changed,
        long hardLinks,
        long devices,
        long stickyFolders,
        long mountedFiles,
        long mounts,
        long excluded,
        long cleared,
        long errors,
        List<String> firstErrors) {
    static final int NAMED = 5;
    static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, List.of());

    public Counts {
        firstErrors = List.copyOf(firstErrors);
    }

    /** A path that could not even be found or made. */
    static Counts failed(String error) {
        return new Counts(0, 0, 0, 0, 0, 0, 0, 0, 0, 1, List.of(error));
    }

    Counts plus(Counts other) {
        List<String> named = new ArrayList<>(firstErrors);
        for (String error : other.firstErrors) {
            if (named.size() < NAMED) {
                named.add(error);
            }
        }
        return new Counts(
                seen + other.seen,
                changed + other.changed,
                hardLinks + other.hardLinks,
                devices + other.devices,
                stickyFolders + other.stickyFolders,
                mountedFiles + other.mountedFiles,
                mounts + other.mounts,
                excluded + other.excluded,
                cleared + other.cleared,
                errors + other.errors,
                named);
    }
}
