package stepdown.settings;

import java.util.List;

/** The word that was meant. */
final class Nearest {
    private Nearest() {}

    /**
     * The candidate that begins with {@code word}, or else the one with the smallest distance from it; candidates must
     * not be empty.
     */
    static String to(String word, List<String> candidates) {
        String nearest = candidates.get(0);
        for (String candidate : candidates) {
            if (candidate.startsWith(word)) {
                return candidate;
            }
            nearest = distance(word, candidate) < distance(word, nearest) ? candidate : nearest;
        }
        return nearest;
    }

    /** How many characters are left of the longer one without what both begin and end with. */
    static int distance(String word, String other) {
        int shorter = Math.min(word.length(), other.length());
        int same = 0;
        while (same < shorter && word.charAt(same) == other.charAt(same)) {
            same++;
        }
        int end = 0;
        while (end < shorter - same && word.charAt(word.length() - 1 - end) == other.charAt(other.length() - 1 - end)) {
            end++;
        }
        return Math.max(word.length(), other.length()) - same - end;
    }
}
