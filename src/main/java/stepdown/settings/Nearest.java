package stepdown.settings;

import java.util.List;

/** The word that was meant. */
final class Nearest {
    /** More than any distance of two words. */
    private static final int BEGINNING = 1000;

    private Nearest() {}

    /**
     * The shortest candidate that begins with {@code word}, or else the one with the fewest edits from it; candidates
     * must not be empty.
     */
    static String to(String word, List<String> candidates) {
        String nearest = candidates.get(0);
        int best = Integer.MAX_VALUE;
        for (String candidate : candidates) {
            int distance = candidate.startsWith(word)
                    ? candidate.length() - word.length() - BEGINNING
                    : distance(word, candidate);
            if (distance < best) {
                best = distance;
                nearest = candidate;
            }
        }
        return nearest;
    }

    /** Levenshtein's distance, one row at a time. */
    private static int distance(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int substituted = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
