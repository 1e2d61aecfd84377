package stepdown.ownership;

import java.util.List;

/**
 * What became of all writable paths.
 *
 * @param trees one for each path, in the order given
 * @param elapsedMillis how long all of it took
 */
public record Summary(List<Tree> trees, long elapsedMillis) {
    public Summary {
        trees = List.copyOf(trees);
    }

    /** What was done with one path. */
    public enum Outcome {
        WALKED,
        /** It did not exist. */
        CREATED,
        /** Its top was right already, and {@link OwnershipRequest.Policy#ROOT} asks for no more. */
        SKIPPED,
        /** It is at or below an excluded path. */
        EXCLUDED,
        /** It could not be found or made; {@link Counts#firstErrors} says why. */
        FAILED
    }

    /** @param path resolved, a raw string; as it was given where that failed */
    public record Tree(String path, Outcome outcome, Counts counts) {}

    /** All trees together. */
    public Counts total() {
        Counts total = Counts.NONE;
        for (Tree tree : trees) {
            total = total.plus(tree.counts());
        }
        return total;
    }
}
