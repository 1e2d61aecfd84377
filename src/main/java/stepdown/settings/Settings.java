package stepdown.settings;

import java.util.List;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;
import stepdown.account.Identity;
import stepdown.ownership.Paths;

/**
 * What the image's author and the deployer asked for, every value well-formed.
 *
 * @param prefix the beginning of the variables of ids, names and the switch, for messages
 * @param privileged whether to stay root
 * @param identity who the product is to be, where nothing but variables and defaults is asked
 * @param uidGiven whether a variable named the uid, rather than the default
 * @param gidGiven the same of the gid
 * @param defaultUser whose ids in /etc/passwd stand for those that no variable names; null where these are not asked
 * @param strict whether a path that could not be made so ends the start
 * @param groups the gids of {@code --groups}
 * @param keptCapabilities a bit mask
 * @param warnings what is odd but no reason to refuse
 */
public record Settings(
        String prefix,
        boolean privileged,
        Identity identity,
        boolean uidGiven,
        boolean gidGiven,
        @Nullable String defaultUser,
        Paths paths,
        boolean strict,
        NavigableSet<Long> groups,
        boolean initGroups,
        long keptCapabilities,
        boolean keepBoundingSet,
        boolean allowNewPrivileges,
        NavigableSet<Integer> keptDescriptors,
        List<String> warnings) {}
