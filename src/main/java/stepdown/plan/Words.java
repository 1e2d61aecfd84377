package stepdown.plan;

import java.util.ArrayList;
import java.util.List;
import stepdown.Refusal;
import stepdown.kernel.Capability;
import stepdown.kernel.Raw;

/** The values that settings are made of. Each is parsed to the letter or refused with the value, escaped and cut, and what would be right. */
final class Words {
    private static final long LARGEST_ID = 4294967294L;
    private static final int LONGEST_NAME = 32;

    private Words() {}

    /**
     * An id without sign, blank, hex digit or leading zero. 4294967295 means "no change" to the kernel and is never passed on.
     *
     * @param least 1 for a user, 0 for a group
     */
    static long id(String source, String value, long least) {
        boolean digits = !value.isEmpty() && value.length() <= 10 && (value.length() == 1 || value.charAt(0) != '0');
        for (int i = 0; digits && i < value.length(); i++) {
            digits = value.charAt(i) >= '0' && value.charAt(i) <= '9';
        }
        long id = digits ? Long.parseLong(value) : -1;
        if (id < least || id > LARGEST_ID) {
            throw refused(
                    source,
                    value,
                    "a number from " + least + " to " + LARGEST_ID + ", without sign, blanks or leading zeros");
        }
        return id;
    }

    /** {@code [a-z_][a-z0-9_-]*}, at most 32 characters. */
    static String name(String source, String value) {
        boolean right = !value.isEmpty() && value.length() <= LONGEST_NAME;
        for (int i = 0; right && i < value.length(); i++) {
            char c = value.charAt(i);
            right = (c >= 'a' && c <= 'z') || c == '_' || (i > 0 && ((c >= '0' && c <= '9') || c == '-'));
        }
        if (!right) {
            throw refused(source, value, "a name of at most 32 of a-z, 0-9, _ and -, beginning with a letter or _");
        }
        return value;
    }

    static boolean truth(String source, String value) {
        if (value.equalsIgnoreCase("true")) {
            return true;
        }
        if (value.equalsIgnoreCase("false")) {
            return false;
        }
        throw refused(source, value, "true or false");
    }

    /** One of {@code choices}, which stand between bars. */
    static String choice(String source, String value, String choices) {
        for (String choice : choices.split("\\|")) {
            if (choice.equals(value)) {
                return value;
            }
        }
        throw refused(source, value, "one of " + choices.replace("|", ", "));
    }

    /** An absolute path that can stand in a row of /etc/passwd. */
    static String rowPath(String source, String value) {
        boolean right = value.startsWith("/");
        for (int i = 0; right && i < value.length(); i++) {
            char c = value.charAt(i);
            right = c >= ' ' && c != ':' && c != 0x7F;
        }
        if (!right) {
            throw refused(source, value, "an absolute path without : and control characters");
        }
        return value;
    }

    /** A writable or excluded path. */
    static String path(String source, String value) {
        if (!value.startsWith("/")) {
            throw refused(source, value, "an absolute path");
        }
        return value;
    }

    static Capability capability(String source, String value) {
        Capability capability = Capability.named(value);
        if (capability == null) {
            List<String> names = new ArrayList<>();
            for (Capability known : Capability.values()) {
                names.add(known.name());
            }
            String meant = Nearest.to(value.toUpperCase(java.util.Locale.ROOT).replace("CAP_", ""), names);
            throw refused(source, value, "a capability: did you mean " + meant + "?");
        }
        if (capability.amountsToRoot()) {
            throw refused(source, value, "a capability that does not amount to root: " + capability + " is never kept");
        }
        return capability;
    }

    static int descriptor(String source, String value) {
        long number = value.length() <= 9 ? unsigned(value) : -1;
        if (number < 3) {
            throw refused(source, value, "a descriptor from 3 on (0 to 2 are always kept)");
        }
        return (int) number;
    }

    private static long unsigned(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) < '0' || value.charAt(i) > '9') {
                return -1;
            }
        }
        return value.isEmpty() ? -1 : Long.parseLong(value);
    }

    private static Refusal refused(String source, String value, String expected) {
        return new Refusal(source + "=" + Raw.show(value) + " is not " + expected);
    }
}
