package stepdown.plan;

import java.util.List;
import java.util.NavigableSet;
import org.jspecify.annotations.Nullable;
import stepdown.account.AccountPlan;
import stepdown.account.Accounts;
import stepdown.handover.Environment;
import stepdown.privilege.Credentials;
import stepdown.privilege.IdMap;

/**
 * What was found when stepdown began, before anything was changed.
 *
 * @param credentials of the thread that will exec
 * @param unconfined whether no seccomp filter is on
 * @param overflowGid what the kernel shows for a group that the namespace does not map; {@link #NO_GID} where it maps all
 * @param setgroupsDenied whether the user namespace forbids setgroups(2)
 * @param pid our process id, as LISTEN_PID would name it
 * @param descriptors the descriptors from 3 on that the container was given
 * @param rows what is to happen to the account files; null where a start writes none
 * @param work what the tops of the writable paths show
 */
public record Observed(
        Credentials credentials,
        boolean unconfined,
        IdMap uidMap,
        IdMap gidMap,
        long overflowGid,
        boolean setgroupsDenied,
        int pid,
        Environment environment,
        NavigableSet<Integer> descriptors,
        Accounts accounts,
        @Nullable AccountPlan rows,
        Work work) {
    public static final long NO_GID = -1;

    /**
     * What the work on the writable paths and the home is.
     *
     * @param walks whether a tree is going to be walked or made, as far as the tops tell
     * @param words a line for each, for {@code --dry-run}
     * @param homeMissing whether there is no home
     * @param homeWork what is done with one that is there, or why nothing can be; null where nothing is to be done
     */
    public record Work(
            boolean walks,
            List<String> words,
            boolean homeMissing,
            @Nullable String homeWork,
            List<String> warnings) {
        public static final Work NONE = new Work(false, List.of(), false, null, List.of());
    }

    public boolean root() {
        return credentials.uids().get(1) == 0;
    }
}
