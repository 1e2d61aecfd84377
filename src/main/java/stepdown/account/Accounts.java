package stepdown.account;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;

/**
 * The account files of one moment.
 *
 * @param leftover whether a killed start has left a temporary file beside them
 */
public record Accounts(AccountFile passwd, AccountFile group, boolean leftover) {
    /** The first row of that user id, or null. */
    public @Nullable UserRow user(long uid) {
        Row row = passwd.withId(uid, Row.PRIMARY_GROUP);
        return row == null ? null : UserRow.of(row, false);
    }

    /** The name of the first row of that group id, or nothing. */
    public String groupName(long gid) {
        Row row = group.withId(gid, Row.ID);
        return row == null ? "" : row.name();
    }

    /** The groups of every row with the user id 0, whatever its name: its own, and those that list it. */
    public Set<Long> groupsOfRoot() {
        Set<String> names = new TreeSet<>(Set.of("root"));
        Set<Long> own = new TreeSet<>();
        passwd.find(row -> {
            if (row.number(Row.ID) == 0) {
                names.add(row.name());
                own.add(row.number(Row.PRIMARY_GROUP));
            }
            return false;
        });
        own.addAll(groupsListing(names));
        return own;
    }

    /**
     * The groups that have one of {@code users} in their list of members, as initgroups(3) collects them.
     *
     * @throws Refusal where a file cannot be read: it is not taken for an empty one when it is to tell which groups are root's
     */
    public Set<Long> groupsListing(Set<String> users) {
        AccountFile unknown = passwd.text() == null ? passwd : group;
        if (unknown.text() == null) {
            throw new Refusal(unknown.obstacle() + ", so it is not known which groups are root's and which the user's: "
                    + "make it a file that root can read");
        }
        Set<Long> gids = new TreeSet<>();
        group.find(row -> {
            if (row.number(Row.ID) != Row.NO_ID && row.lists(users)) {
                gids.add(row.number(Row.ID));
            }
            return false;
        });
        return gids;
    }
}
