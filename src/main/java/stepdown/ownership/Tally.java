package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;

/** The running {@link Counts} of one thread. */
final class Tally {
    long seen;
    long changed;
    long hardLinks;
    long devices;
    long stickyFolders;
    long mountedFiles;
    long mounts;
    long excluded;
    long cleared;
    private long errors;
    private final List<String> firstErrors = new ArrayList<>();

    /** What other threads may look at for a progress line, brought up to date now and then. */
    private volatile long shownSeen;

    private volatile long shownChanged;

    void show() {
        shownSeen = seen;
        shownChanged = changed;
    }

    long shownSeen() {
        return shownSeen;
    }

    long shownChanged() {
        return shownChanged;
    }

    /** Counts an error; whether it is one of the few that are named, by {@link #name}. */
    boolean error() {
        errors++;
        return firstErrors.size() < Counts.NAMED;
    }

    void name(String error) {
        firstErrors.add(error);
    }

    Counts counts() {
        return new Counts(
                seen,
                changed,
                hardLinks,
                devices,
                stickyFolders,
                mountedFiles,
                mounts,
                excluded,
                cleared,
                errors,
                firstErrors);
    }
}
