package stepdown.ownership;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;

/** What the walk of one tree has met so far; all its threads add to it. */
final class Tally {
    /** Owners beyond these are nobody's to read. */
    private static final int MOST_OWNERS = 1000;

    private final Map<Kind, LongAdder> all = new EnumMap<>(Kind.class);
    private final List<String> errors = new ArrayList<>();
    private final List<String> own = new ArrayList<>();
    private final SortedMap<Long, Long> owners = new TreeMap<>();

    Tally() {
        for (Kind kind : Kind.values()) {
            all.put(kind, new LongAdder());
        }
    }

    void add(Kind kind) {
        Objects.requireNonNull(all.get(kind)).increment();
    }

    long of(Kind kind) {
        return Objects.requireNonNull(all.get(kind)).sum();
    }

    void error(String what) {
        add(Kind.ERRORS);
        name(errors, what);
    }

    void own(String path) {
        add(Kind.OWN);
        name(own, path);
    }

    private static void name(List<String> names, String name) {
        synchronized (names) {
            if (names.size() < Counts.NAMED) {
                names.add(name);
            }
        }
    }

    void changed(long oldUid) {
        add(Kind.CHANGED);
        if (oldUid >= 0) {
            synchronized (owners) {
                if (owners.size() < MOST_OWNERS || owners.containsKey(oldUid)) {
                    owners.merge(oldUid, 1L, Long::sum);
                }
            }
        }
    }

    Counts counts() {
        Map<Kind, Long> sums = new EnumMap<>(Kind.class);
        all.forEach((kind, count) -> sums.put(kind, count.sum()));
        return new Counts(sums, errors, own, owners);
    }
}
