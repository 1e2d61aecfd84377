package stepdown.settings;

import java.util.List;
import java.util.NavigableMap;
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
 * @param uidOwner whose owner's id stands for the uid of {@code identity}, which is the default; null where none is
 *     asked
 * @param gidOwner the same of the gid: also where only the uid was asked so
 * @param defaultUser whose ids in /etc/passwd stand for those that no variable names; null where these are not asked
 * @param strict whether a path that could not be made so ends the start
 * @param groups the gids of {@code --groups}
 * @param groupsOf the paths of {@code --groups-of}
 * @param keptCapabilities a bit mask
 * @param credentials paths by the names under which the product finds copies of them
 * @param umask 0 to 0777; -1 where it stays as it was given
 * @param confine whether the product may write below its paths only
 * @param warnings what is odd but no reason to refuse
 */
public record Settings(
        String prefix,
        boolean privileged,
        Identity identity,
        boolean uidGiven,
        boolean gidGiven,
        @Nullable String uidOwner,
        @Nullable String gidOwner,
        @Nullable String defaultUser,
        Paths paths,
        boolean strict,
        NavigableSet<Long> groups,
        List<String> groupsOf,
        boolean initGroups,
        long keptCapabilities,
        boolean keepBoundingSet,
        boolean allowNewPrivileges,
        NavigableSet<Integer> keptDescriptors,
        NavigableMap<String, String> credentials,
        int umask,
        boolean confine,
        List<String> warnings) {}
