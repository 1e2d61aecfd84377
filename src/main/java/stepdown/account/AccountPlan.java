package stepdown.account;

import java.util.List;

/**
 * What happens to the account files, and who the product is afterwards. It holds nothing of the files themselves, which
 * may be large.
 *
 * @param edits at most one for each file, /etc/passwd first
 * @param groupName the name of the row with that gid; nothing where it has none and gets none
 * @param steps the changes, each a line for a dry run
 * @param warnings what is not as asked for, and does not keep the product from running
 */
public record AccountPlan(List<Edit> edits, UserRow user, String groupName, List<String> steps, List<String> warnings) {
    /**
     * One place of a file, and what stands there afterwards.
     *
     * @param lack what is missing where that cannot be written, for a warning
     */
    record Edit(String path, int start, int end, String text, String lack) {}
}
