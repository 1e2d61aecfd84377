package stepdown.kernel;

import java.nio.charset.StandardCharsets;

/** Raw strings: one {@code char} for each byte, whatever the bytes mean. */
public final class Raw {
    private static final int SHOWN = 100;

    private Raw() {}

    /** The raw string of a text written in this program, in UTF-8. */
    public static String of(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /** A raw string fit for a line of a log: printable ASCII as it is, every other byte as {@code \xNN}, at most 100 characters of it. */
    public static String show(String raw) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < raw.length(); i++) {
            if (shown.length() >= SHOWN) {
                return shown.append("...").toString();
            }
            char c = raw.charAt(i);
            if (c == '\\') {
                shown.append("\\\\");
            } else if (c >= ' ' && c < 0x7F) {
                shown.append(c);
            } else {
                shown.append("\\x").append(Character.forDigit(c >> 4 & 15, 16)).append(Character.forDigit(c & 15, 16));
            }
        }
        return shown.toString();
    }
}
