package stepdown.account;

/**
 * Who the product runs as, by name: raw strings.
 *
 * @param home absolute; {@code /} where the row names none
 * @param shell as the row has it; {@code /bin/sh} where it names none, as passwd(5) says
 * @param origin where it comes from
 */
public record UserRow(String name, String home, String shell, Origin origin) {
    /** Where a user's name and home come from. */
    public enum Origin {
        /** A row of the image: nothing is created for it. */
        IMAGE,
        /** A row that stepdown wrote, or writes now: its home is created when missing. */
        STEPDOWN,
        /** No row, and none can be written. */
        NONE
    }

    static UserRow of(Row row) {
        boolean ours = row.field(Row.GECOS).equals(Accounts.STEPDOWN);
        return of(row, ours ? Origin.STEPDOWN : Origin.IMAGE);
    }

    static UserRow of(Row row, Origin origin) {
        String home = row.field(Row.HOME);
        String shell = row.field(Row.SHELL);
        return new UserRow(row.name(), home.startsWith("/") ? home : "/", shell.isEmpty() ? "/bin/sh" : shell, origin);
    }
}
