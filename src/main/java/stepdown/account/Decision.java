package stepdown.account;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.account.AccountPlan.Edit;
import stepdown.kernel.Raw;

/**
 * The making of one {@link AccountPlan}. A row with that id is kept. A user row that stepdown wrote is given the ids
 * asked for, in its place. A group row is never renumbered: nothing in it tells whose it is. A file that cannot be
 * written turns a change into a warning.
 */
public final class Decision {
    /** The comment of a row that stepdown wrote. */
    private static final String STEPDOWN = "stepdown";

    private final Accounts found;
    private final AccountFile passwd;
    private final Identity asked;
    private final List<Edit> edits = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    /** What is missing for each obstacle: that of the folder is said once for both files. */
    private final Map<String, String> lacking = new LinkedHashMap<>();

    public Decision(Accounts found, Identity asked) {
        this.found = found;
        this.passwd = found.passwd();
        this.asked = asked;
    }

    /**
     * Decides from what was found, without touching anything.
     *
     * @throws Refusal where the user's name already means another id
     */
    public AccountPlan decide() {
        String name = asked.userName();
        Row row = passwd.withId(asked.uid(), Row.PRIMARY_GROUP);
        Row candidate = row != null ? row : passwd.find(other -> other.name().equals(name) && isOwn(other));
        Row own = candidate != null && isOwn(candidate) && passwd.trusted() ? candidate : null;
        int at = own == null ? -1 : own.start();
        Row taken = row != null ? null : passwd.find(other -> other.name().equals(name) && other.start() != at);
        if (taken != null) {
            refuse(taken);
        } else if (own != null) {
            changeIds(own);
        } else if (row == null) {
            String line = name + ":x:" + asked.uid() + ":" + asked.gid() + ":" + STEPDOWN + ":" + asked.home();
            append(passwd, line + ":" + asked.shell(), "no row for uid " + asked.uid());
        } else {
            warnOfImage(row);
        }
        String groupName = groupName(own);
        lacking.forEach((obstacle, lacks) -> warnings.add(obstacle + ", so it is not written: " + lacks));
        if (found.leftover() && passwd.obstacle() == null) {
            steps.add("remove the temporary file that a killed start has left beside " + passwd.path());
        }
        Row user = own != null ? own : row;
        UserRow none = taken != null ? new UserRow("", "/", false) : new UserRow(name, asked.home(), true);
        UserRow who = user != null ? UserRow.of(user, own != null) : none;
        return new AccountPlan(edits, who, groupName, steps, warnings);
    }

    private static boolean isOwn(Row row) {
        return row.field(Row.GECOS).equals(STEPDOWN);
    }

    private void refuse(Row taken) {
        String holder = holder("user name ", taken, " belongs to uid ");
        if (!isObstructed(passwd, "no row for uid " + asked.uid() + ", as " + holder)) {
            throw new Refusal(holder + " in " + passwd.path() + " and cannot mean uid " + asked.uid()
                    + " as well: set another user name, or the uid that it has"
                    + (isOwn(taken) && !passwd.trusted() ? ", or make the file one that root alone can write" : ""));
        }
    }

    private static String holder(String what, Row row, String belongs) {
        return "the " + what + Raw.show(row.name()) + belongs + Raw.show(row.field(Row.ID));
    }

    private void changeIds(Row own) {
        String before = own.number(Row.ID) + ":" + own.number(Row.PRIMARY_GROUP);
        String after = asked.uid() + ":" + asked.gid();
        String name = Raw.show(own.name());
        if (!before.equals(after)) {
            int end = own.endOf(own.startOf(Row.PRIMARY_GROUP));
            String step = "renumber " + name + " in " + passwd.path() + " from " + before + " to " + after;
            String lack = "the row of " + name + " stays " + before + " where " + after + " was asked for";
            change(passwd, own.startOf(Row.ID), end, after, step, lack);
        }
    }

    private void warnOfImage(Row row) {
        String name = Raw.show(row.name());
        if (isOwn(row)) {
            warnings.add(passwd.path() + " is not a file that root alone can write: its row of " + name
                    + " is not trusted, and nothing is made or owned for the home that it names");
        }
        if (row.number(Row.PRIMARY_GROUP) != asked.gid()) {
            warnings.add("uid " + asked.uid() + " (" + name + ") has the primary group " + row.number(Row.PRIMARY_GROUP)
                    + " in " + passwd.path() + ": it runs with gid " + asked.gid() + " as told");
        }
    }

    /**
     * Where the name is another gid's it stays so, which is no news where the image was prepared with that gid, by this
     * start or an earlier one.
     */
    private String groupName(@Nullable Row own) {
        Row row = found.group().withId(asked.gid(), Row.ID);
        Row taken = row != null ? row : found.group().find(other -> other.name().equals(asked.groupName()));
        if (taken == null) {
            String line = asked.groupName() + ":x:" + asked.gid() + ":";
            return append(found.group(), line, "no row for gid " + asked.gid()) ? asked.groupName() : "";
        }
        long gid = own == null ? Row.NO_ID : own.number(Row.PRIMARY_GROUP);
        if (row == null && gid != asked.gid() && (gid == Row.NO_ID || gid != taken.number(Row.ID))) {
            warnings.add(holder("group name ", taken, " belongs to gid ") + " in "
                    + found.group().path() + ": gid " + asked.gid() + " has no name");
        }
        return row == null ? "" : row.name();
    }

    /** On a line of its own, even where the last one was not ended. */
    private boolean append(AccountFile file, String row, String lack) {
        String text = file.text() == null ? "" : file.text();
        String gap = text.isEmpty() || text.endsWith("\n") ? "" : "\n";
        String step =
                "append " + Raw.show(row) + " to " + file.path() + (file.stat() == null ? ", which is created" : "");
        return change(file, text.length(), text.length(), gap + row + "\n", step, lack);
    }

    private boolean change(AccountFile file, int start, int end, String text, String step, String lack) {
        boolean can = !isObstructed(file, lack);
        if (can) {
            steps.add(step);
            edits.add(new Edit(file.path(), start, end, text, lack));
        }
        return can;
    }

    private boolean isObstructed(AccountFile file, String lack) {
        if (file.obstacle() != null) {
            lacking.merge(file.obstacle(), lack, (one, other) -> one + ", " + other);
        }
        return file.obstacle() != null;
    }
}
