package stepdown.plan;

import java.util.List;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;

/**
 * What the image's author and the deployer asked for, every value well-formed.
 *
 * @param privileged whether to stay root
 * @param uidGiven whether a variable named the uid, rather than the default
 * @param names the variables that ids and names came from, for messages
 * @param home the home of a row that is written
 * @param groups the gids of {@code --groups}
 * @param keptCapabilities a bit mask
 * @param warnings what is odd but no reason to refuse
 */
public record Settings(
        boolean privileged,
        long uid,
        boolean uidGiven,
        long gid,
        String userName,
        String groupName,
        Variables names,
        List<String> writable,
        List<String> excludes,
        String strip,
        String ownership,
        boolean oneFileSystem,
        boolean hardlinks,
        boolean strict,
        NavigableSet<Long> groups,
        boolean initGroups,
        long keptCapabilities,
        boolean keepBoundingSet,
        boolean allowNewPrivileges,
        String home,
        String shell,
        NavigableSet<Integer> keptDescriptors,
        List<String> warnings) {

    /** The names of the variables under a prefix. */
    public record Variables(String privileged, String uid, String gid, String userName, String groupName) {
        static Variables under(@Nullable String prefix) {
            String start = prefix == null ? "PING_CONTAINER" : prefix;
            return new Variables(
                    start + "_PRIVILEGED", start + "_UID", start + "_GID", start + "_UNAME", start + "_GNAME");
        }
    }
}
