package stepdown.ownership;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of all paths.
 *
 * @param trees one for each path, in the order given
 */
public record Summary(List<Tree> trees) {
    public Summary {
        trees = List.copyOf(trees);
    }

    /** What was done with one path. */
    public enum Outcome {
        WALKED,
        /** It did not exist. */
        CREATED,
        /** Its top was right already, and {@link Paths.Policy#ROOT} asks for no more. */
        SKIPPED,
        /** It was walked, and its top left as it was, since an entry below could not be changed: the next start tries again. */
        UNFINISHED,
        /** It is at or below an excluded path. */
        EXCLUDED,
        /** It could not be found or made; the first error says why. */
        FAILED
    }

    /** What is counted; each entry is {@code SEEN}, and at most one of the others but {@code CLEARED}. */
    public enum Kind {
        SEEN,
        /** Got another owner or mode. */
        CHANGED,
        /** Could not be looked at or changed. */
        ERRORS,
        /** Regular files with more than one name, left as they are. */
        HARD_LINKS,
        DEVICES,
        /** World-writable folders with the sticky bit, left as they are. */
        STICKY_FOLDERS,
        /** Single files mounted from outside, left as they are. */
        MOUNTED_FILES,
        /** Mounts that were not entered. */
        MOUNTS,
        EXCLUDED,
        /** stepdown's own, or a folder that the loader loads from, met under another name. */
        OWN,
        /** Files that lost a set-id bit or a file capability with their owner. */
        CLEARED
    }

    /** @param path resolved, a raw string; as it was given where that failed */
    public record Tree(String path, Outcome outcome, Counts counts) {}

    /**
     * What a walk met.
     *
     * @param errors the first few that could not be looked at or changed: path, call and errno
     * @param own the first few of {@link Kind#OWN}
     * @param owners how many entries of each user id, neither root's nor the new owner's, were handed over
     */
    public record Counts(Map<Kind, Long> all, List<String> errors, List<String> own, SortedMap<Long, Long> owners) {
        static final int NAMED = 5;

        public long of(Kind kind) {
            return all.getOrDefault(kind, 0L);
        }

        private void addTo(Counts total) {
            all.forEach((kind, count) -> total.all.merge(kind, count, Long::sum));
            owners.forEach((uid, count) -> total.owners.merge(uid, count, Long::sum));
            addFirst(errors, total.errors);
            addFirst(own, total.own);
        }

        private static void addFirst(List<String> from, List<String> to) {
            to.addAll(from.subList(0, Math.min(from.size(), NAMED - to.size())));
        }
    }

    /** All trees together. */
    public Counts total() {
        Counts total = new Counts(new EnumMap<>(Kind.class), new ArrayList<>(), new ArrayList<>(), new TreeMap<>());
        trees.forEach(tree -> tree.counts.addTo(total));
        return total;
    }
}
