package stepdown.start;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import stepdown.account.Identity;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.ownership.Ownership;
import stepdown.ownership.Paths;
import stepdown.ownership.Summary;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;
import stepdown.ownership.Summary.Outcome;
import stepdown.ownership.Top;
import stepdown.path.Place;

/** What is said of the writable paths: before, while and after they are handed over. */
final class OwnershipWords {
    private static final int OWNERS = 5;

    private OwnershipWords() {}

    /** A line of {@code --dry-run}. */
    static String plan(Top top, Identity identity, Paths paths) {
        String path = Raw.show(top.path());
        String strip = paths.strip().name().toLowerCase(Locale.ROOT);
        String owner = identity.uid() + ":" + identity.gid();
        return switch (top.state()) {
            case MISSING -> "create " + path + " for " + owner;
            case SKIPPED ->
                "leave " + path + ": "
                        + (paths.policy() == Paths.Policy.ROOT
                                ? "its top is " + owner + " already (--ownership root)"
                                : "the ids are its own");
            case EXCLUDED -> "leave " + path + ": it is excluded";
            case UNREACHABLE -> "leave " + path + ": " + top.problem();
            case RIGHT, WRONG ->
                "give " + path + " and all below it to " + owner
                        + (strip.equals("none") ? "" : ", without " + strip + "-rwx") + " (now " + owner(top.stat())
                        + ")";
        };
    }

    private static String owner(@Nullable Stat stat) {
        return stat == null
                ? "unreadable"
                : stat.uid() + ":" + stat.gid() + " " + Integer.toOctalString(stat.permissions());
    }

    static String progress(String where, long seen, long changed, long perSecond) {
        return "at " + Raw.show(where) + ": " + seen + " entries seen, " + changed + " changed, " + perSecond
                + " per second";
    }

    /** The part of the summary line: what was done, and what was left alone and why. */
    static List<String> done(Summary summary) {
        List<String> parts = new ArrayList<>();
        for (Summary.Tree tree : summary.trees()) {
            String path = Raw.show(tree.path());
            Counts counts = tree.counts();
            parts.add(
                    switch (tree.outcome()) {
                        case WALKED, UNFINISHED ->
                            path + ": " + counts.of(Kind.CHANGED) + " of " + counts.of(Kind.SEEN) + " changed";
                        case CREATED -> path + ": created";
                        case SKIPPED -> path + ": right already";
                        case EXCLUDED -> path + ": excluded";
                        case FAILED -> path + ": failed";
                    });
        }
        Counts total = summary.total();
        counted(parts, total.of(Kind.HARD_LINKS), "with more than one link left alone (--hardlinks)");
        counted(parts, total.of(Kind.DEVICES), "device nodes left alone");
        counted(parts, total.of(Kind.STICKY_FOLDERS), "sticky folders left alone");
        counted(parts, total.of(Kind.MOUNTED_FILES), "mounted files left alone");
        counted(parts, total.of(Kind.MOUNTS), "mounts not entered");
        counted(parts, total.of(Kind.EXCLUDED), "excluded");
        counted(parts, total.of(Kind.CLEARED), "lost set-id bits or file capabilities");
        counted(parts, total.of(Kind.OWN), "of stepdown's own left alone (" + String.join(", ", total.own()) + ")");
        owners(parts, total.owners());
        return parts;
    }

    /** Whose files these were, but for root's and the user's own; the owners of most of them first. */
    private static void owners(List<String> parts, Map<Long, Long> owners) {
        List<Map.Entry<Long, Long>> most = new ArrayList<>(owners.entrySet());
        most.sort((one, other) -> Long.compare(other.getValue(), one.getValue()));
        for (Map.Entry<Long, Long> owner : most.subList(0, Math.min(OWNERS, most.size()))) {
            parts.add(owner.getValue() + " of uid " + owner.getKey());
        }
        if (most.size() > OWNERS) {
            parts.add("and of " + (most.size() - OWNERS) + " more owners");
        }
    }

    private static void counted(List<String> parts, long count, String words) {
        if (count > 0) {
            parts.add(count + " " + words);
        }
    }

    /** One warning for all errors, or none. */
    static List<String> errors(Summary summary) {
        Counts total = summary.total();
        long errors = total.of(Kind.ERRORS);
        if (errors == 0) {
            return List.of();
        }
        StringBuilder line = new StringBuilder().append(errors).append(" entries could not be changed: ");
        line.append(String.join("; ", total.errors()));
        line.append(errors > total.errors().size() ? "; ..." : "");
        for (Summary.Tree tree : summary.trees()) {
            if (tree.outcome() == Outcome.UNFINISHED) {
                line.append("; ")
                        .append(Raw.show(tree.path()))
                        .append(" itself is left for the next start: mend these entries, or --exclude them");
            }
        }
        return List.of(line.toString());
    }

    /** What the author should know of the paths and the excludes before they are handed over. */
    static List<String> warnings(Kernel kernel, Ownership ownership) {
        List<String> warnings = new ArrayList<>();
        for (Place exclude : ownership.excludes()) {
            if (!exclude.exists()) {
                warnings.add("exclude " + Raw.show(exclude.path()) + " does not exist: nothing is left alone for it");
            }
        }
        for (Top top : ownership.tops()) {
            Place place = top.place();
            if (place != null && top.needsCapabilities()) {
                warn(warnings, kernel, place);
                for (Place exclude : ownership.excludes()) {
                    boolean below = exclude.path().startsWith(place.path() + "/");
                    if (below && exclude.exists() && !exclude.stat().mountRoot()) {
                        warnings.add("exclude " + Raw.show(exclude.path())
                                + " holds for this start only: the folder above it becomes the user's, who can then rename it;"
                                + " make it a mount, or move it out of " + Raw.show(place.path()));
                    }
                }
            }
        }
        return warnings;
    }

    private static void warn(List<String> warnings, Kernel kernel, Place place) {
        String path = Raw.show(place.path());
        if (place.exposed() != null) {
            warnings.add("others than root can write " + Raw.show(place.exposed()) + ", above the writable path " + path
                    + ": they can exchange what stands under that name; make the folders above it root's");
        }
        String held = "/proc/thread-self/fd/" + place.fd();
        if (place.exists()
                && (kernel.hasAttribute(held, "system.posix_acl_access")
                        || kernel.hasAttribute(held, "system.posix_acl_default"))) {
            warnings.add(path
                    + " has an access control list, which stays: whom it names keeps what it gives (getfacl shows it)");
        }
    }

    /**
     * For a start that is not root's: the writable paths that its own effective ids cannot write, each with its owner
     * and mode, and each way to mend it.
     */
    static List<String> unwritable(Kernel kernel, List<String> paths, long uid, long gid) {
        List<String> lines = new ArrayList<>();
        for (String path : paths) {
            Stat stat = null;
            try {
                stat = kernel.stat(Linux.AT_FDCWD, path, 0);
                kernel.access(path, stat.isDirectory() ? Linux.W_OK | Linux.X_OK : Linux.W_OK);
            } catch (KernelException e) {
                String found = stat == null ? Errno.text(e.errno()) : "owner " + owner(stat);
                String mend = stat == null && e.errno() == Errno.ENOENT
                        ? "make it when the image is built, or mount a volume there"
                        : "mend it with fsGroup, with chown " + uid + ":" + gid
                                + " on the volume, or in the image with chgrp 0 and chmod g=u";
                lines.add(Raw.show(path) + " cannot be written by " + uid + ":" + gid + " (" + found + "): " + mend);
            }
        }
        return lines;
    }
}
