package stepdown.account;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Stat;

/**
 * What was found of /etc/passwd or /etc/group.
 *
 * @param stat of what has that name; null where nothing has
 * @param text the raw bytes, none where there is no file; null where it cannot be read
 * @param obstacle why it is never written ("/etc/passwd is a mount point"), or null
 * @param trusted whether root alone can write it, so that stepdown's rows in it are stepdown's
 */
public record AccountFile(
        String path,
        @Nullable Stat stat,
        @Nullable String text,
        @Nullable String obstacle,
        boolean trusted) {
    /**
     * The first row with that id, which is the one that getpwuid(3) and getgrgid(3) find. Without the other id, the C
     * library skips the line.
     */
    @Nullable
    Row withId(long id, int other) {
        return find(row -> row.number(Row.ID) == id && row.number(other) != Row.NO_ID);
    }

    @Nullable
    Row find(Predicate<Row> wanted) {
        return text == null ? null : Row.find(text, row -> row.isRow() && wanted.test(row));
    }
}
