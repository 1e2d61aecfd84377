package stepdown.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Capability;
import stepdown.kernel.Raw;

/**
 * The values that settings are made of: each to the letter, or refused with the value, escaped and cut, and what would
 * be right.
 */
public final class Values {
    static final long LARGEST_ID = 4294967294L; // the next one means "no change" to the kernel

    private static final String DIGITS = "0123456789";
    private static final String LOWER = "abcdefghijklmnopqrstuvwxyz_";
    private static final String UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";

    private Values() {}

    /** @param least 1 for a user, 0 for a group */
    public static long id(String source, String value, long least) {
        long id = value.length() > 1 && value.charAt(0) == '0' ? -1 : Raw.number(value);
        String range = "a number from " + least + " to " + LARGEST_ID;
        check(id >= least && id <= LARGEST_ID, source, value, range + ", without sign, blanks or leading zeros");
        return id;
    }

    /** The path of {@code owner:PATH}; null where the value is none. */
    static @Nullable String owner(String source, String value) {
        boolean owner = value.startsWith("owner:");
        check(!owner || value.startsWith("owner:/"), source, value, "owner: and an absolute path");
        return owner ? value.substring("owner:".length()) : null;
    }

    /** {@code NAME=PATH}; the name is one of a file that no shell's pattern leaves out. */
    static String credential(String source, String value) {
        int end = Math.max(0, value.indexOf('='));
        String first = LOWER + UPPER + DIGITS + "-";
        boolean right = isMadeOf(value.substring(0, end), first, first + ".") && end <= 64;
        String form = "NAME=PATH, with a name of at most 64 of A-Z, a-z, 0-9, _, . and -, not beginning with a dot";
        return check(right && value.startsWith("=/", end), source, value, form + ", and an absolute path");
    }

    static String umask(String source, String value) {
        boolean right = isMadeOf(value, "01234567", "01234567") && (value.length() == 3 || value.length() == 4);
        return check(right, source, value, "three or four octal digits");
    }

    static String name(String source, String value) {
        boolean right = isMadeOf(value, LOWER, LOWER + DIGITS + "-") && value.length() <= 32;
        return check(right, source, value, "a name of at most 32 of a-z, 0-9, _ and -, beginning with a letter or _");
    }

    static String prefix(String source, String value) {
        boolean right = isMadeOf(value, UPPER, UPPER + DIGITS) && !value.equals("STEPDOWN");
        return check(right, source, value, "a variable's name of A-Z, 0-9 and _, and not STEPDOWN, which is taken");
    }

    static boolean truth(String source, String value) {
        boolean truth = value.equalsIgnoreCase("true");
        check(truth || value.equalsIgnoreCase("false"), source, value, "true or false");
        return truth;
    }

    /** One of {@code choices}, which stand between bars. */
    static String choice(String source, String value, String choices) {
        boolean right = ("|" + choices + "|").contains("|" + value + "|") && value.indexOf('|') < 0;
        return check(right, source, value, "one of " + choices.replace("|", ", "));
    }

    /** A writable or excluded path, or that of {@code --groups-of}. */
    static String path(String source, String value) {
        return check(value.startsWith("/"), source, value, "an absolute path");
    }

    /** A path that can stand in a row of /etc/passwd. */
    static String rowPath(String source, String value) {
        boolean right = value.startsWith("/");
        for (int i = 0; right && i < value.length(); i++) {
            char c = value.charAt(i);
            right = c >= ' ' && c != ':' && c != 0x7F;
        }
        return check(right, source, value, "an absolute path without : and control characters");
    }

    static Capability capability(String source, String value) {
        Capability capability = Capability.named(value);
        if (capability == null) {
            List<String> names = new ArrayList<>();
            for (Capability known : Capability.values()) {
                names.add(known.name());
            }
            String near = Nearest.to(value.toUpperCase(Locale.ROOT).replace("CAP_", ""), names);
            throw refused(source, value, "a capability: did you mean " + near + "?");
        }
        if (capability.amountsToRoot()) {
            throw new Refusal(source + "=" + Raw.show(value) + " amounts to root, and is never kept: leave it out");
        }
        return capability;
    }

    static int descriptor(String source, String value) {
        long number = Raw.number(value);
        check(number >= 3 && value.length() <= 9, source, value, "a descriptor from 3 on (0 to 2 are always kept)");
        return (int) number;
    }

    private static boolean isMadeOf(String value, String first, String rest) {
        for (int i = 0; i < value.length(); i++) {
            if ((i == 0 ? first : rest).indexOf(value.charAt(i)) < 0) {
                return false;
            }
        }
        return !value.isEmpty();
    }

    private static String check(boolean right, String source, String value, String expected) {
        if (!right) {
            throw refused(source, value, expected);
        }
        return value;
    }

    private static Refusal refused(String source, String value, String expected) {
        return new Refusal(source + "=" + Raw.show(value) + " is not " + expected);
    }
}
