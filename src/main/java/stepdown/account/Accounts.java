package stepdown.account;

import java.util.ArrayList;
import java.util.List;
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

    /** Of every row with that user name its user id and its primary group, as they stand there: {@code 5:6}. */
    public List<String> ids(String name) {
        List<String> all = new ArrayList<>();
        passwd.find(row -> row.name().equals(name) && !all.add(row.field(Row.ID) + ":" + row.field(Row.PRIMARY_GROUP)));
        return all;
    }

    /** The name of the first row of that group id, or nothing. */
    public String groupName(long gid) {
        Row row = group.withId(gid, Row.ID);
        return row == null ? "" : row.name();
    }

    /**
     * The groups of every row with the user id 0, whatever its name: its own, and those that list it. What a container
     * engine may have taken for such a row when it gave root its groups counts as one, as engines read these files more
     * loosely than the C library does.
     *
     * @throws Refusal where a file cannot be read: it is not taken for an empty one when it is to tell which groups are
     *     root's
     */
    public Set<Long> groupsOfRoot() {
        Set<String> names = new TreeSet<>(Set.of("root"));
        Set<Long> own = new TreeSet<>();
        Row.find(text(passwd), row -> {
            if (row.loosely(Row.ID) == 0) {
                names.add(row.name().strip());
                own.add(row.loosely(Row.PRIMARY_GROUP));
            }
            return false;
        });
        Row.find(text(group), row -> {
            if (row.lists(names)) {
                own.add(row.loosely(Row.ID));
            }
            return false;
        });
        return own;
    }

    /**
     * The groups that have {@code user} in their list of members, as initgroups(3) collects them.
     *
     * @throws Refusal where the file cannot be read
     */
    public Set<Long> groupsListing(String user) {
        Set<Long> gids = new TreeSet<>();
        text(group);
        group.find(row -> {
            if (row.number(Row.ID) != Row.NO_ID && row.lists(Set.of(user))) {
                gids.add(row.number(Row.ID));
            }
            return false;
        });
        return gids;
    }

    private static String text(AccountFile file) {
        if (file.text() == null) {
            throw new Refusal(file.obstacle() + ", so it is not known which groups are root's and which the user's: "
                    + "make it a file that root can read");
        }
        return file.text();
    }
}
