package stepdown.account;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;

/**
 * The account files of one moment, and whether they can be written.
 *
 * @param obstacle why nothing in their folder is written ("/etc is on a read-only file system"), or null
 * @param danger why nothing in their folder may be written: somebody else can change it; or null
 */
public record Accounts(
        AccountFile group,
        AccountFile passwd,
        @Nullable String obstacle,
        @Nullable String danger) {
    static final String STEPDOWN = "stepdown";

    /** The ids that a line needs to be a row: user and primary group, and the group's own. */
    static final int USER_IDS = 2;

    static final int GROUP_IDS = 1;

    /** The first row of that user id, or null. */
    public @Nullable UserRow user(long uid) {
        Row row = Row.withId(passwd.rows(), uid, USER_IDS);
        return row == null ? null : UserRow.of(row);
    }

    /** The name of the first row of that group id, or nothing. */
    public String groupName(long gid) {
        Row row = Row.withId(group.rows(), gid, GROUP_IDS);
        return row == null ? "" : row.name();
    }

    /**
     * The groups that have {@code user} in their list of members, in the order of the file, as initgroups(3) collects them.
     *
     * @throws Refusal where the file is there and cannot be read: the answer decides which groups are root's
     */
    public List<Long> groupsListing(String user) {
        if (group.exists() && group.contents() == null) {
            throw new Refusal(group.path() + " cannot be read, so the groups of " + user + " are not known: "
                    + "make it a file that root can read");
        }
        List<Long> gids = new ArrayList<>();
        for (Row row : group.rows()) {
            long gid = row.numberAsRead(Row.ID);
            if (gid != Row.NO_ID && !gids.contains(gid) && lists(row.field(Row.MEMBERS), user)) {
                gids.add(gid);
            }
        }
        return List.copyOf(gids);
    }

    private static boolean lists(String members, String user) {
        for (int start = 0; start <= members.length(); ) {
            int comma = members.indexOf(',', start);
            int end = comma < 0 ? members.length() : comma;
            if (members.substring(start, end).strip().equals(user)) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    Accounts withGroup(AccountFile other) {
        return new Accounts(other, passwd, obstacle, danger);
    }

    Accounts withPasswd(AccountFile other) {
        return new Accounts(group, other, obstacle, danger);
    }

    Accounts withObstacle(String reason) {
        return new Accounts(group, passwd, reason, danger);
    }
}
