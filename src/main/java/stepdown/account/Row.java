package stepdown.account;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of passwd(5) or group(5), with where it stands in its file. Comments, empty lines and the {@code +} and {@code -} lines of NIS are no rows.
 *
 * @param start offset of the first byte of the line
 * @param line the raw line without its newline
 */
record Row(int start, String line) {
    static final int NAME = 0;

    /** The id of a row: the user id in passwd, the group id in group. */
    static final int ID = 2;

    /** Of passwd(5): the user's group. */
    static final int PRIMARY_GROUP = 3;

    /** Of group(5): the names of its members, with commas between them. */
    static final int MEMBERS = 3;

    static final int GECOS = 4;
    static final int HOME = 5;
    static final int SHELL = 6;

    private static final long LARGEST_ID = 0xFFFFFFFFL;

    /** What {@link #number} answers for a field that is no id. */
    static final long NO_ID = -1;

    static List<Row> of(String contents) {
        List<Row> rows = new ArrayList<>();
        for (int start = 0; start < contents.length(); ) {
            int newline = contents.indexOf('\n', start);
            int end = newline < 0 ? contents.length() : newline;
            Row row = new Row(start, contents.substring(start, end));
            if (row.isRow()) {
                rows.add(row);
            }
            start = end + 1;
        }
        return rows;
    }

    /** The first row with that id, which is the one that getpwuid(3) and getgrgid(3) find. */
    static @Nullable Row withId(List<Row> rows, long id, int idFields) {
        for (Row row : rows) {
            if (row.number(ID) == id && row.hasIds(idFields)) {
                return row;
            }
        }
        return null;
    }

    private boolean isRow() {
        String name = name();
        return !name.isEmpty() && "#+-".indexOf(name.charAt(0)) < 0;
    }

    /** Without the blanks before it, as the C library reads it. */
    String name() {
        String name = field(NAME);
        int start = 0;
        while (start < name.length() && (name.charAt(start) == ' ' || name.charAt(start) == '\t')) {
            start++;
        }
        return name.substring(start);
    }

    /** The raw field, empty where the line has too few. */
    String field(int index) {
        int start = startOf(index);
        return start > line.length() ? "" : line.substring(start, endOf(start));
    }

    /** The id in a field: digits without a leading zero, 0 to 4294967295; else {@link #NO_ID}. */
    long number(int index) {
        String text = field(index);
        return text.length() > 1 && text.charAt(0) == '0' ? NO_ID : numberAsRead(index);
    }

    /** The id in a field as the C library reads it, which takes leading zeros; else {@link #NO_ID}. */
    long numberAsRead(int index) {
        String text = field(index);
        long number = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            number = number * 10 + digit;
            if (digit < 0 || digit > 9 || number > LARGEST_ID) {
                return NO_ID;
            }
        }
        return text.isEmpty() ? NO_ID : number;
    }

    /** Whether that many fields, from {@link #ID} on, are ids: without them the C library skips the line. */
    boolean hasIds(int count) {
        for (int i = 0; i < count; i++) {
            if (number(ID + i) == NO_ID) {
                return false;
            }
        }
        return true;
    }

    /** The same row with other numbers from {@link #ID} on, every other byte as it was. */
    String renumbered(long... ids) {
        StringBuilder fresh = new StringBuilder(line);
        for (int i = ids.length - 1; i >= 0; i--) {
            int start = startOf(ID + i);
            fresh.replace(start, endOf(start), Long.toString(ids[i]));
        }
        return fresh.toString();
    }

    private int startOf(int index) {
        int start = 0;
        for (int i = 0; i < index; i++) {
            start = endOf(start) + 1;
        }
        return start;
    }

    private int endOf(int start) {
        int colon = line.indexOf(':', start);
        return colon < 0 ? line.length() : colon;
    }
}
