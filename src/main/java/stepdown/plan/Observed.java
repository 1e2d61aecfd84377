package stepdown.plan;

import java.util.TreeSet;
import stepdown.account.Accounts;
import stepdown.handover.Environment;
import stepdown.privilege.Credentials;
import stepdown.privilege.IdMap;

/**
 * What was found when stepdown began, before anything was changed.
 *
 * @param credentials of the thread that will exec
 * @param unconfined whether no seccomp filter is on
 * @param setgroupsDenied whether the user namespace forbids setgroups(2)
 * @param pid our process id, as LISTEN_PID would name it
 * @param descriptors the descriptors from 3 on that the container was given
 * @param work what the tops of the writable paths show
 */
public record Observed(
        Credentials credentials,
        boolean unconfined,
        IdMap uidMap,
        IdMap gidMap,
        boolean setgroupsDenied,
        int pid,
        Environment environment,
        TreeSet<Integer> descriptors,
        Accounts accounts,
        Work work) {

    /** Which capabilities the work on the writable paths and the home needs, as far as their tops tell. */
    public record Work(boolean chown, boolean fowner, boolean fsetid, boolean dacOverride) {
        public static final Work NONE = new Work(false, false, false, false);
    }

    public boolean root() {
        return credentials.uids().get(1) == 0;
    }
}
