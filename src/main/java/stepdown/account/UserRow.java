package stepdown.account;

/**
 * Who the product runs as, by name: raw strings.
 *
 * @param home absolute; {@code /} where the row names none
 * @param ours whether the home is stepdown's to make and to hand over: not where the row is the image's
 */
public record UserRow(String name, String home, boolean ours) {
    static UserRow of(Row row, boolean ours) {
        String home = row.field(Row.HOME);
        return new UserRow(row.name(), home.startsWith("/") ? home : "/", ours);
    }
}
