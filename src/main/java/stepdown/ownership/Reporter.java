package stepdown.ownership;

import org.jspecify.annotations.Nullable;
import stepdown.ownership.Ownership.Watch;
import stepdown.ownership.Summary.Kind;

/** What the main thread does every few milliseconds: ask whether the start is to end, and say how far it is, not before two seconds and then every few. */
final class Reporter {
    private static final long FIRST = 2_000_000_000L;
    private static final long AGAIN = 5_000_000_000L;

    private final Watch watch;
    private final long begun = System.nanoTime();
    private long due = FIRST;
    private Tally tally = new Tally();
    private long seenBefore;
    private long changedBefore;
    private volatile @Nullable Folder where;

    Reporter(Watch watch) {
        this.watch = watch;
    }

    /** A new tree begins, whose entries are counted there. */
    void follow(Tally next) {
        seenBefore += tally.of(Kind.SEEN);
        changedBefore += tally.of(Kind.CHANGED);
        tally = next;
    }

    void at(Folder folder) {
        where = folder;
    }

    void tick() {
        watch.stop();
        long elapsed = System.nanoTime() - begun;
        Folder at = where;
        if (elapsed >= due && at != null) {
            due = elapsed + AGAIN;
            long seen = seenBefore + tally.of(Kind.SEEN);
            watch.at(at.path(), seen, changedBefore + tally.of(Kind.CHANGED), seen * 1_000_000_000L / elapsed);
        }
    }
}
