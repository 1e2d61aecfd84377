package stepdown.account;

import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;

/**
 * What happens to the account files, and who the product is afterwards.
 *
 * @param group the new raw contents of /etc/group, or null where it stays as it is
 * @param passwd the new raw contents of /etc/passwd, or null where it stays as it is
 * @param user name, home and shell of the user
 * @param groupName the name of the row with that gid; where there is none the one asked for, or as another user than root nothing
 * @param steps the changes, each a line for a dry run
 * @param warnings what is not as asked for, and does not keep the product from running
 */
public record AccountPlan(
        @Nullable String group,
        @Nullable String passwd,
        UserRow user,
        String groupName,
        List<String> steps,
        List<String> warnings) {
    /**
     * Decides from what was found, without touching anything.
     *
     * @throws Refusal where a name already means another id, or where the folder of a file to be written can be changed by others
     */
    public static AccountPlan decide(Accounts found, AccountRequest request) {
        return new Decision(found, request).decide();
    }

    public boolean changesNothing() {
        return group == null && passwd == null;
    }
}
