package stepdown.ownership;

/** Sees to the progress lines: none before two seconds, then one every few seconds. */
final class Reporter {
    private static final long FIRST = 2_000_000_000L;
    private static final long AGAIN = 5_000_000_000L;

    private final Progress progress;
    private final long begun = System.nanoTime();
    private long due = FIRST;
    private Tally own = new Tally();
    private Tally helpers = new Tally();
    private long seenBefore;
    private long changedBefore;

    Reporter(Progress progress) {
        this.progress = progress;
    }

    /** A new tree begins, whose entries are counted there. */
    void follow(Tally first, Tally second) {
        seenBefore = seen();
        changedBefore = changed();
        own = first;
        helpers = second;
    }

    boolean isDue() {
        return elapsed() >= due;
    }

    void report(String where) {
        long elapsed = elapsed();
        due = elapsed + AGAIN;
        progress.at(where, seen(), changed(), seen() * 1_000_000_000L / elapsed);
    }

    long elapsedMillis() {
        return elapsed() / 1_000_000;
    }

    private long elapsed() {
        return System.nanoTime() - begun;
    }

    private long seen() {
        return seenBefore + own.shownSeen() + helpers.shownSeen();
    }

    private long changed() {
        return changedBefore + own.shownChanged() + helpers.shownChanged();
    }
}
