package stepdown.ownership;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * What became of all paths.
 *
 * @param trees one for each path, in the order given
 */
public record Summary(List<Tree> trees) {
    /** What was done with one path. */
    public enum Outcome {
        WALKED,
        /** It did not exist. */
        CREATED,
        /** Its top was right already, and {@link Paths.Policy#ROOT} asks for no more. */
        SKIPPED,
        /**
         * It was walked, and its top left as it was, since an entry below could not be changed: the next start tries
         * again.
         */
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
     * What a walk has met so far; all its threads add to it.
     *
     * @param all one for each {@link Kind}, in its order
     * @param errors the first few that could not be looked at or changed: path, call and errno
     * @param own the first few of {@link Kind#OWN}
     * @param owners how many entries of each user id, neither root's nor the new owner's, were handed over
     */
    @SuppressWarnings("EnumOrdinal") // an index for as long as the program runs
    public record Counts(List<LongAdder> all, List<String> errors, List<String> own, SortedMap<Long, Long> owners) {
        static final int NAMED = 5;

        /** Owners beyond these are nobody's to read. */
        private static final int MOST_OWNERS = 1000;

        Counts() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new TreeMap<>());
            EnumSet.allOf(Kind.class).forEach(kind -> all.add(new LongAdder()));
        }

        public long of(Kind kind) {
            return all.get(kind.ordinal()).sum();
        }

        void add(Kind kind) {
            all.get(kind.ordinal()).increment();
        }

        /** @param kind {@code ERRORS} or {@code OWN}, of which the first few are named */
        void name(Kind kind, Supplier<String> words) {
            add(kind);
            List<String> names = kind == Kind.OWN ? own : errors;
            synchronized (names) {
                if (names.size() < NAMED) {
                    names.add(words.get());
                }
            }
        }

        /** {@code count} entries of a user id were handed over. */
        void taken(long uid, long count) {
            synchronized (owners) {
                if (owners.size() < MOST_OWNERS || owners.containsKey(uid)) {
                    owners.merge(uid, count, Long::sum);
                }
            }
        }

        private void add(Counts other) {
            EnumSet.allOf(Kind.class).forEach(kind -> all.get(kind.ordinal()).add(other.of(kind)));
            errors.addAll(other.errors.subList(0, Math.min(other.errors.size(), NAMED - errors.size())));
            own.addAll(other.own.subList(0, Math.min(other.own.size(), NAMED - own.size())));
            other.owners.forEach(this::taken);
        }
    }

    /** All trees together. */
    public Counts total() {
        Counts total = new Counts();
        trees.forEach(tree -> total.add(tree.counts));
        return total;
    }
}
