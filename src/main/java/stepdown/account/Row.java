package stepdown.account;

import java.util.Set;
import java.util.StringTokenizer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Raw;

/**
 * One line of passwd(5) or group(5), where it stands in its file: nothing is copied but what is asked for, as one line
 * may be megabytes.
 *
 * @param text the whole file
 * @param end of the line, before its newline and a carriage return before that
 */
record Row(String text, int start, int end) {
    /** The id of a row: the user id in passwd, the group id in group. */
    static final int ID = 2;

    /** Of passwd(5): the user's group. */
    static final int PRIMARY_GROUP = 3;

    /** Of group(5): the names of its members, with commas between them. */
    static final int MEMBERS = 3;

    static final int GECOS = 4;
    static final int HOME = 5;

    /** What {@link #number} answers for a field that is no id. */
    static final long NO_ID = -1;

    /** The first line that is wanted, if any. */
    static @Nullable Row find(String text, Predicate<Row> wanted) {
        for (int at = 0; at < text.length(); at++) {
            int newline = text.indexOf('\n', at);
            int next = newline < 0 ? text.length() : newline;
            Row row = new Row(text, at, next > at && text.charAt(next - 1) == '\r' ? next - 1 : next);
            if (wanted.test(row)) {
                return row;
            }
            at = next;
        }
        return null;
    }

    int startOf(int index) {
        int at = start;
        for (int i = 0; i < index; i++) {
            at = Math.min(endOf(at) + 1, end);
        }
        return at;
    }

    int endOf(int fieldStart) {
        int colon = text.indexOf(':', fieldStart, end);
        return colon < 0 ? end : colon;
    }

    /** The raw field, empty where the line has too few. */
    String field(int index) {
        return text.substring(startOf(index), endOf(startOf(index)));
    }

    /** Without the blanks before it, as the C library reads it. */
    String name() {
        return Raw.unindented(field(0));
    }

    /** Comments, empty lines and the {@code +} and {@code -} lines of NIS are none. */
    boolean isRow() {
        String name = name();
        return !name.isEmpty() && "#+-".indexOf(name.charAt(0)) < 0;
    }

    /** The id in a field as the C library reads it, with blanks, a plus and zeros before the digits. */
    long number(int index) {
        try {
            long number = Long.parseLong(Raw.unindented(field(index)));
            return number >= 0 && number <= 0xFFFFFFFFL ? number : NO_ID;
        } catch (NumberFormatException e) {
            return NO_ID;
        }
    }

    /**
     * As container engines read it, for which what is no number is 0, and of what is too large the low 32 bits count.
     */
    long loosely(int index) {
        String field = field(index);
        return field.matches("[+-]?[0-9]{1,18}") ? Long.parseLong(field) & 0xFFFFFFFFL : 0;
    }

    boolean lists(Set<String> users) {
        boolean lists = false;
        StringTokenizer members = new StringTokenizer(field(MEMBERS), ",");
        while (members.hasMoreTokens()) {
            lists |= users.contains(members.nextToken().strip());
        }
        return lists;
    }
}
