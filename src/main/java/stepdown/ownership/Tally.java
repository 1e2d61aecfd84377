package stepdown.ownership;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;

/** What the walk of one tree has met so far; all its threads add to it. */
@SuppressWarnings("EnumOrdinal") // an index for as long as the program runs
final class Tally {
    /** Owners beyond these are nobody's to read. */
    private static final int MOST_OWNERS = 1000;

    private final LongAdder[] all = new LongAdder[Kind.values().length];
    private final List<String> errors = new ArrayList<>();
    private final List<String> own = new ArrayList<>();
    private final SortedMap<Long, Long> owners = new TreeMap<>();

    Tally() {
        for (Kind kind : Kind.values()) {
            all[kind.ordinal()] = new LongAdder();
        }
    }

    void add(Kind kind) {
        all[kind.ordinal()].increment();
    }

    long of(Kind kind) {
        return all[kind.ordinal()].sum();
    }

    /** Whether one more error would be named: its path is worth making. */
    boolean namesMore() {
        return of(Kind.ERRORS) < Counts.NAMED;
    }

    /** @param what its path and what happened, or nothing where enough are named */
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
            if (names.size() < Counts.NAMED && !name.isEmpty()) {
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
        for (Kind kind : Kind.values()) {
            sums.put(kind, of(kind));
        }
        return new Counts(sums, errors, own, owners);
    }
}
