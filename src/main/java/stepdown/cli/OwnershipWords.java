package stepdown.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.ownership.Counts;
import stepdown.ownership.Summary;
import stepdown.ownership.TopFacts;
import stepdown.ownership.Unwritable;
import stepdown.plan.Settings;

/** What is said of the writable paths: before, while and after they are handed over. */
final class OwnershipWords {
    private OwnershipWords() {}

    /** A line of {@code --dry-run}. */
    static String plan(TopFacts top, Settings settings) {
        String path = Raw.show(top.path());
        String owner = settings.uid() + ":" + settings.gid();
        return switch (top.state()) {
            case MISSING -> "create " + path + " for " + owner;
            case SKIPPED -> "leave " + path + ": its top is " + owner + " already (--ownership root)";
            case EXCLUDED -> "leave " + path + ": it is excluded";
            case UNREACHABLE -> "leave " + path + ": " + top.problem();
            case RIGHT, WRONG ->
                "give " + path + " and all below it to " + owner
                        + (settings.strip().equals("none") ? "" : ", without " + settings.strip() + "-rwx") + " (now "
                        + owner(top.stat()) + ")";
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
                        case WALKED -> path + ": " + counts.changed() + " of " + counts.seen() + " changed";
                        case CREATED -> path + ": created";
                        case SKIPPED -> path + ": right already";
                        case EXCLUDED -> path + ": excluded";
                        case FAILED -> path + ": failed";
                    });
        }
        Counts total = summary.total();
        left(parts, total.hardLinks(), "with more than one link left alone (--hardlinks)");
        left(parts, total.devices(), "device nodes left alone");
        left(parts, total.stickyFolders(), "sticky folders left alone");
        left(parts, total.mountedFiles(), "mounted files left alone");
        left(parts, total.mounts(), "mounts not entered");
        left(parts, total.excluded(), "excluded");
        left(parts, total.cleared(), "lost set-id bits or file capabilities");
        return parts;
    }

    private static void left(List<String> parts, long count, String words) {
        if (count > 0) {
            parts.add(count + " " + words);
        }
    }

    /** One warning for all errors, or none. */
    static List<String> errors(Summary summary) {
        Counts total = summary.total();
        if (total.errors() == 0) {
            return List.of();
        }
        StringBuilder line = new StringBuilder().append(total.errors()).append(" entries could not be changed: ");
        for (int i = 0; i < total.firstErrors().size(); i++) {
            line.append(i == 0 ? "" : "; ").append(total.firstErrors().get(i));
        }
        return List.of(total.errors() > total.firstErrors().size() ? line + "; ..." : line.toString());
    }

    /** Path, owner and mode, and each way to mend it. */
    static String unwritable(Unwritable path, long uid, long gid) {
        String found = path.stat() == null ? path.problem() : "owner " + owner(path.stat());
        return Raw.show(path.path()) + " cannot be written by " + uid + ":" + gid + " (" + found
                + "): mend it with fsGroup, with chown " + uid + ":" + gid
                + " on the volume, or in the image with chgrp 0 and chmod g=u";
    }
}
