package stepdown.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;

/** Raw strings: one {@code char} for each byte, whatever the bytes mean. */
public final class Raw {
    private static final int SHOWN = 100;

    private Raw() {}

    /**
     * A raw string fit for a line of a log: printable ASCII as it is, every other byte as {@code \xNN}, at most 100
     * characters of it.
     */
    public static String show(String raw) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (shown.length() >= SHOWN) {
                return shown.append("...").toString();
            } else if (c < ' ' || c >= 0x7F) {
                shown.append("\\x").append(Character.forDigit(c >> 4 & 15, 16)).append(Character.forDigit(c & 15, 16));
            } else {
                shown.append(c == '\\' ? "\\\\" : String.valueOf(c));
            }
        }
        return shown.toString();
    }

    /** A number of at most ten digits and nothing else; -1 for any other text. */
    public static long number(String text) {
        boolean digits = !text.isEmpty() && text.length() <= 10;
        for (int i = 0; i < text.length(); i++) {
            digits &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        return digits ? Long.parseLong(text) : -1;
    }

    /** Without the blanks before it that isspace(3) knows; those of Java are a few more. */
    public static String unindented(String raw) {
        int at = 0;
        while (at < raw.length() && " \t\n\u000B\f\r".indexOf(raw.charAt(at)) >= 0) {
            at++;
        }
        return raw.substring(at);
    }

    /** What stands between any of the characters in {@code between}, without empty parts. */
    public static List<String> words(String text, String between) {
        List<String> words = new ArrayList<>();
        StringTokenizer tokens = new StringTokenizer(text, between);
        while (tokens.hasMoreTokens()) {
            words.add(tokens.nextToken());
        }
        return words;
    }
}
