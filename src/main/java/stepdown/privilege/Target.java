package stepdown.privilege;

import java.util.List;

/**
 * What a process is to be when the product runs.
 *
 * @param uid real, effective and saved user id, 1 to 4294967294
 * @param gid real, effective and saved group id, 0 to 4294967294
 * @param groups the supplementary groups, ascending, the gid among them
 * @param capabilities what is in the inheritable, permitted, effective and ambient sets, and in the bounding set unless that is left alone
 * @param keepBounding whether the bounding set stays as the container was given it
 * @param noNewPrivs whether no_new_privs is on; where false, it is left alone
 */
public record Target(long uid, long gid, List<Long> groups, long capabilities, boolean keepBounding, boolean noNewPrivs) {}
