package stepdown.account;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.account.UserRow.Origin;
import stepdown.kernel.Raw;

/**
 * The making of one {@link AccountPlan}: for each file, the row with that id is kept; else the row that stepdown wrote earlier under that name is renumbered; else
 * one is appended. A file that cannot be written turns all of that into a warning.
 */
final class Decision {
    private final Accounts found;
    private final AccountRequest asked;
    private final List<Row> users;
    private final List<Row> groups;
    private final List<String> steps = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /** What is missing because of the folder, which is said once for both files. */
    private final List<String> lacking = new ArrayList<>();

    Decision(Accounts found, AccountRequest asked) {
        this.found = found;
        this.asked = asked;
        this.users = found.passwd().rows();
        this.groups = found.group().rows();
    }

    AccountPlan decide() {
        Row user = Row.withId(users, asked.uid(), Accounts.USER_IDS);
        Row own = user != null ? (isOwn(user) ? user : null) : ownUserByName();
        Row group = Row.withId(groups, asked.gid(), Accounts.GROUP_IDS);
        String newPasswd = user != null && own == null ? null : newPasswd(own);
        String newGroup = group != null ? null : newGroup(own);
        if (user != null && own == null && user.number(Row.PRIMARY_GROUP) != asked.gid()) {
            warnings.add("uid " + asked.uid() + " (" + Raw.show(user.name()) + ") has the primary group "
                    + user.number(Row.PRIMARY_GROUP) + " in " + found.passwd().path() + ": it runs with gid "
                    + asked.gid() + " as told");
        }
        if (!lacking.isEmpty()) {
            warnings.add(found.obstacle() + " and is not written: " + String.join(", ", lacking));
        }
        String groupName = group != null ? group.name() : asked.groupName();
        UserRow who = who(user, own, newPasswd != null);
        return new AccountPlan(newGroup, newPasswd, who, groupName, List.copyOf(steps), List.copyOf(warnings));
    }

    private UserRow who(@Nullable Row user, @Nullable Row own, boolean written) {
        if (user != null) {
            return UserRow.of(user);
        }
        Origin origin = written ? Origin.STEPDOWN : Origin.NONE;
        return own != null
                ? UserRow.of(own, origin)
                : new UserRow(asked.userName(), asked.home(), asked.shell(), origin);
    }

    private static boolean isOwn(Row user) {
        return user.field(Row.GECOS).equals(Accounts.STEPDOWN) && user.hasIds(Accounts.USER_IDS);
    }

    private @Nullable Row ownUserByName() {
        for (Row row : users) {
            if (row.name().equals(asked.userName()) && isOwn(row)) {
                return row;
            }
        }
        return null;
    }

    private @Nullable String newPasswd(@Nullable Row own) {
        AccountFile file = found.passwd();
        long uid = asked.uid();
        boolean elsewhere = own == null || own.number(Row.ID) != uid;
        Row taken = elsewhere ? named(users, asked.userName(), own) : null;
        if (taken != null) {
            return taken(file, taken, "user", "uid", uid, Accounts.USER_IDS);
        }
        if (own == null) {
            String row = asked.userRow();
            return change(file, file.with(row), appending(row, file), "no row for uid " + uid);
        }
        String before = own.number(Row.ID) + ":" + own.number(Row.PRIMARY_GROUP);
        String after = uid + ":" + asked.gid();
        return before.equals(after)
                ? null
                : change(
                        file,
                        file.with(own, own.renumbered(uid, asked.gid())),
                        "renumber " + Raw.show(own.name()) + " in " + file.path() + " from " + before + " to " + after,
                        "the row of " + Raw.show(own.name()) + " stays " + before + " where " + after
                                + " was asked for");
    }

    /** Its group is stepdown's own where the user row that stepdown wrote says so by its gid. */
    private @Nullable String newGroup(@Nullable Row ownUser) {
        AccountFile file = found.group();
        long gid = asked.gid();
        Row own = ownUser == null ? null : ownGroup(ownUser);
        if (own != null && !own.name().equals(asked.groupName())) {
            own = null;
        }
        Row taken = named(groups, asked.groupName(), own);
        if (taken != null) {
            return taken(file, taken, "group", "gid", gid, Accounts.GROUP_IDS);
        }
        if (own == null) {
            String row = asked.groupRow();
            return change(file, file.with(row), appending(row, file), "no row for gid " + gid);
        }
        String name = Raw.show(own.name());
        long before = own.number(Row.ID);
        return change(
                file,
                file.with(own, own.renumbered(gid)),
                "renumber " + name + " in " + file.path() + " from " + before + " to " + gid,
                "the row of " + name + " stays " + before + " where " + gid + " was asked for");
    }

    /** The one that the row's gid names; where none does, a start was killed between the two. */
    private @Nullable Row ownGroup(Row ownUser) {
        Row group = Row.withId(groups, ownUser.number(Row.PRIMARY_GROUP), Accounts.GROUP_IDS);
        Row left = group == null ? named(groups, asked.groupName(), null) : null;
        return left != null && left.hasIds(Accounts.GROUP_IDS) ? left : group;
    }

    /** By where they stand: the equals of a record is linked when it is first called, which takes longer than all else here. */
    private static @Nullable Row named(List<Row> rows, String name, @Nullable Row except) {
        for (Row row : rows) {
            boolean excepted = except != null && except.start() == row.start();
            if (!excepted && row.name().equals(name)) {
                return row;
            }
        }
        return null;
    }

    private static String appending(String row, AccountFile file) {
        return "append " + Raw.show(row) + " to " + file.path() + (file.exists() ? "" : ", which is created");
    }

    private @Nullable String taken(AccountFile file, Row row, String kind, String idKind, long id, int idFields) {
        String name = kind + " name " + Raw.show(row.name());
        String holder = row.hasIds(idFields)
                ? "belongs to " + idKind + " " + row.number(Row.ID)
                : "has a row that is not valid, with \"" + Raw.show(row.field(Row.ID)) + "\" for its " + idKind + ",";
        String lack = "no row for " + idKind + " " + id + ", as the " + name + " " + holder;
        if (isObstructed(file, lack)) {
            return null;
        }
        throw new Refusal("the " + name + " " + holder + " in " + file.path() + " and cannot mean " + idKind + " " + id
                + " as well: set another " + kind + " name, or the " + idKind + " that it has");
    }

    private @Nullable String change(AccountFile file, String contents, String step, String lack) {
        if (isObstructed(file, lack)) {
            return null;
        }
        if (found.danger() != null) {
            throw new Refusal(found.danger() + ", so " + file.path()
                    + " is not written: make that folder root's, and writable by nobody else");
        }
        steps.add(step);
        return contents;
    }

    private boolean isObstructed(AccountFile file, String lack) {
        if (found.obstacle() != null) {
            lacking.add(lack);
        } else if (file.obstacle() != null) {
            warnings.add(file.path() + " " + file.obstacle() + " and is not written: " + lack);
        }
        return found.obstacle() != null || file.obstacle() != null;
    }
}
