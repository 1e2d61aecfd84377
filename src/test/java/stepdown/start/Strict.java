package stepdown.start;

import stepdown.ownership.Summary;

/** What {@code --strict} refuses, for the tests of other rooms. */
public final class Strict {
    private Strict() {}

    public static boolean refuses(Summary summary) {
        return !OwnershipWords.errors(summary).isEmpty();
    }
}
