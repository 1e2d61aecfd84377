package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.ownership.OwnershipRequest.Policy;
import stepdown.ownership.Resolver.Place;
import stepdown.ownership.Summary.Outcome;
import stepdown.ownership.TopFacts.State;

/** Hands the writable paths to the user. */
public final class Ownership {
    private static final int ROOTS_FOLDER = 0500;
    private static final int OTHERS_FOLDER = 05;

    private final Kernel kernel;
    private final Resolver resolver;

    public Ownership(Kernel kernel) {
        this.kernel = kernel;
        this.resolver = new Resolver(kernel, true);
    }

    /**
     * What the plan has to know.
     *
     * @param tops one for each writable path, in the order given
     * @param warnings what the author should know of the excludes
     */
    public record Inspection(List<TopFacts> tops, List<String> warnings) {}

    /**
     * Looks at the writable paths and changes nothing.
     *
     * @throws stepdown.Refusal for a path that is malformed, that may never be handed over, or that leads through a link that others than root can have made
     */
    public Inspection inspect(OwnershipRequest request) {
        checkForms(request);
        List<TopFacts> tops = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        if (request.policy() != Policy.OFF) {
            Excludes excludes = Excludes.find(kernel, resolver, request.excludes());
            try {
                for (String given : request.writable()) {
                    TopFacts top = facts(request, excludes, given);
                    tops.add(top);
                    excludes.warnBelow(top.path(), warnings);
                }
            } finally {
                excludes.close();
            }
        }
        return new Inspection(List.copyOf(tops), List.copyOf(warnings));
    }

    private static void checkForms(OwnershipRequest request) {
        PathRules rules = new PathRules(request.ownFolder());
        for (String path : request.writable()) {
            rules.checkGiven(path);
        }
        for (String path : request.excludes()) {
            PathRules.checkForm("exclude", path);
        }
    }

    private TopFacts facts(OwnershipRequest request, Excludes excludes, String given) {
        try {
            Place place = resolver.resolve(given);
            try {
                new PathRules(request.ownFolder()).checkResolved(given, place.path());
                return facts(request, excludes, given, place);
            } finally {
                kernel.close(place.fd());
            }
        } catch (KernelException e) {
            return new TopFacts(given, given, null, State.UNREACHABLE, List.of(), e.getMessage());
        }
    }

    private TopFacts facts(OwnershipRequest request, Excludes excludes, String given, Place place)
            throws KernelException {
        Stat stat = kernel.stat(place.fd());
        State state = state(request, excludes, place, stat);
        List<String> needs = switch (state) {
            case WRONG -> needs(request, stat);
            case MISSING -> List.of("CHOWN");
            case RIGHT, SKIPPED, EXCLUDED, UNREACHABLE -> List.of();
        };
        return new TopFacts(given, place.path(), place.exists() ? stat : null, state, needs, null);
    }

    private static State state(OwnershipRequest request, Excludes excludes, Place place, Stat stat) {
        if (excludes.cover(place.path())) {
            return State.EXCLUDED;
        }
        if (!place.exists()) {
            return State.MISSING;
        }
        if (!isRight(request, stat)) {
            return State.WRONG;
        }
        return request.policy() == Policy.ROOT ? State.SKIPPED : State.RIGHT;
    }

    /** A sticky world-writable folder keeps its mode whatever the walk does. */
    private static boolean isRight(OwnershipRequest request, Stat stat) {
        boolean owner = stat.uid() == request.uid() && stat.gid() == request.gid();
        return owner
                && (Task.isStickyFolder(stat.mode())
                        || (stat.mode() & request.strip().bits()) == 0);
    }

    /** What root without all its capabilities lacks for the top: the owner is changed first, so that the mode is then no longer its own file's. */
    private static List<String> needs(OwnershipRequest request, Stat stat) {
        List<String> needs = new ArrayList<>();
        if (Task.isStickyFolder(stat.mode()) || Task.isDevice(stat.mode())) {
            return needs;
        }
        if (stat.uid() != request.uid() || stat.gid() != request.gid()) {
            needs.add("CHOWN");
        }
        if ((stat.mode() & request.strip().bits()) != 0) {
            needs.add("FOWNER");
            if (stat.isDirectory() && (stat.mode() & Linux.S_ISGID) != 0) {
                needs.add("FSETID");
            }
        }
        if (stat.isDirectory() && !(stat.uid() == 0 ? has(stat, ROOTS_FOLDER) : has(stat, OTHERS_FOLDER))) {
            needs.add("DAC_OVERRIDE");
        }
        return needs;
    }

    private static boolean has(Stat stat, int bits) {
        return (stat.mode() & bits) == bits;
    }

    /** For a start that is not root's: the writable paths that its own effective ids cannot write. Changes nothing. */
    public List<Unwritable> unwritable(OwnershipRequest request) {
        checkForms(request);
        List<Unwritable> found = new ArrayList<>();
        for (String path : request.writable()) {
            Stat stat = null;
            try {
                stat = kernel.stat(Linux.AT_FDCWD, path, 0);
                kernel.access(path, stat.isDirectory() ? Linux.W_OK | Linux.X_OK : Linux.W_OK);
            } catch (KernelException e) {
                found.add(new Unwritable(path, stat, Errno.text(e.errno())));
            }
        }
        return found;
    }

    /**
     * Hands over all trees, each top last. What cannot be changed is counted, not thrown; every thread that it started has ended when it returns.
     *
     * @throws stepdown.Refusal as {@link #inspect}
     */
    public Summary apply(OwnershipRequest request, Progress progress) {
        checkForms(request);
        Reporter reporter = new Reporter(progress);
        List<Summary.Tree> trees = new ArrayList<>();
        if (request.policy() != Policy.OFF) {
            Excludes excludes = Excludes.find(kernel, resolver, request.excludes());
            try {
                Sweep sweep = new Sweep(new Task(kernel, request, excludes.identities()), reporter);
                for (String given : request.writable()) {
                    trees.add(tree(request, excludes, sweep, given));
                }
            } finally {
                excludes.close();
            }
        }
        return new Summary(trees, reporter.elapsedMillis());
    }

    private Summary.Tree tree(OwnershipRequest request, Excludes excludes, Sweep sweep, String given) {
        try {
            Place place = resolver.resolve(given);
            try {
                new PathRules(request.ownFolder()).checkResolved(given, place.path());
                return tree(request, excludes, sweep, place);
            } finally {
                kernel.close(place.fd());
            }
        } catch (KernelException e) {
            return new Summary.Tree(given, Outcome.FAILED, Counts.failed(Raw.show(given) + ": " + e.getMessage()));
        }
    }

    private Summary.Tree tree(OwnershipRequest request, Excludes excludes, Sweep sweep, Place place)
            throws KernelException {
        Stat stat = kernel.stat(place.fd());
        return switch (state(request, excludes, place, stat)) {
            case EXCLUDED -> new Summary.Tree(place.path(), Outcome.EXCLUDED, Counts.NONE);
            case SKIPPED -> new Summary.Tree(place.path(), Outcome.SKIPPED, Counts.NONE);
            case MISSING -> {
                int fd = resolver.create(
                        place, request.uid(), request.gid(), request.strip().folderMode());
                try {
                    yield new Summary.Tree(place.path(), Outcome.CREATED, sweep.folder(fd, place.path()));
                } finally {
                    kernel.close(fd);
                }
            }
            default -> {
                Counts counts = stat.isDirectory() ? sweep.folder(place.fd(), place.path()) : sweep.file(place.fd());
                yield new Summary.Tree(place.path(), Outcome.WALKED, counts);
            }
        };
    }

    /**
     * Makes a home folder where there is none: {@code uid:gid} and 0700, without following any link; missing folders above it are root's and 0755.
     *
     * @return whether it was made; false where something is there already
     * @throws KernelException where it cannot be, such as EROFS, or ELOOP for a link on the way
     */
    public boolean createHome(String path, long uid, long gid) throws KernelException {
        Resolver strict = new Resolver(kernel, false);
        Place place = strict.resolve(path);
        try {
            if (!place.exists()) {
                kernel.close(strict.create(place, uid, gid, 0700));
            }
            return !place.exists();
        } finally {
            kernel.close(place.fd());
        }
    }
}
