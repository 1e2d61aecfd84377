package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.ownership.Paths.Policy;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;
import stepdown.ownership.Summary.Outcome;
import stepdown.ownership.Summary.Tree;
import stepdown.ownership.Top.State;
import stepdown.path.PathRules;
import stepdown.path.Place;
import stepdown.path.Resolver;

/** The paths of one start: found, judged and held before anything is changed, and then handed to the user. */
public final class Ownership implements AutoCloseable {
    private static final int HOME_MODE = 0700;

    private final Kernel kernel;
    private final Owner owner;
    private final Resolver resolver;
    private final List<Stat> fitting;
    private final List<Place> held = new ArrayList<>();
    private final List<Place> excludes = new ArrayList<>();
    private final List<Top> tops = new ArrayList<>();
    private List<Stat> own = List.of();
    private @Nullable Top home;

    /** Who a walk reports to, on the thread that began it. */
    public interface Watch {
        /**
         * Told every few seconds how far a long walk is.
         *
         * @param where the folder that is being walked, a raw string
         * @param seen entries so far, of all trees
         * @param changed those of them that were changed
         * @param perSecond entries seen per second, on average
         */
        void at(String where, long seen, long changed, long perSecond);

        /** Called every few milliseconds; it may end the process, whatever the threads of the walk hang in. */
        default void stop() {}
    }

    private Ownership(Kernel kernel, Owner owner, List<Stat> fitting) {
        this.kernel = kernel;
        this.owner = owner;
        this.resolver = new Resolver(kernel);
        this.fitting = fitting;
    }

    /**
     * Looks at the paths, the home and the excludes, and holds them; changes nothing.
     *
     * @param uid the new owner, 1 to 4294967294
     * @param gid the new group, 0 to 4294967294
     * @param rules which paths may never be handed over
     * @param home the home of a row that stepdown writes, handed over as by {@link Policy#ROOT}; null where there is
     *     none
     * @param fitting whose owner the new one is: a path that is one of them is not walked
     * @throws Refusal for a path that is malformed, that may never be handed over, or that leads through a link that
     *     others than root can have made
     */
    public static Ownership find(
            Kernel kernel,
            Paths paths,
            long uid,
            long gid,
            PathRules rules,
            @Nullable String home,
            List<Stat> fitting) {
        rules.checkForms(paths.writable());
        Ownership found = new Ownership(kernel, new Owner(uid, gid, paths), fitting);
        if (paths.policy() != Policy.OFF && (!paths.writable().isEmpty() || home != null)) {
            try {
                found.find(rules, home);
            } catch (Refusal e) {
                found.close();
                throw e;
            }
        }
        return found;
    }

    private void find(PathRules rules, @Nullable String homePath) {
        own = rules.own();
        for (String given : owner.paths().excludes()) {
            try {
                excludes.add(resolve(given));
            } catch (KernelException e) {
                String why = "exclude " + Raw.show(given) + " cannot be looked at: " + e.getMessage();
                throw new Refusal(why + "; correct it, or leave it out", e);
            }
        }
        for (String given : owner.paths().writable()) {
            tops.add(top(rules, given, owner.paths().policy()));
        }
        home = homePath == null ? null : home(rules, homePath);
    }

    private Place resolve(String given) throws KernelException {
        Place place = resolver.resolve(given);
        held.add(place);
        return place;
    }

    private Top top(PathRules rules, String given, Policy policy) {
        try {
            Place place = resolve(given);
            rules.check(given, place);
            State state = state(place, policy);
            return new Top(given, place, state, state != State.SKIPPED && state != State.EXCLUDED, null);
        } catch (KernelException e) {
            return new Top(given, null, State.UNREACHABLE, e.errno() == Errno.EACCES, e.getMessage());
        }
    }

    /**
     * A home that may not be handed over does not keep the product from starting. It is made without more than CHOWN.
     */
    private Top home(PathRules rules, String path) {
        try {
            Top top = top(rules, path, Policy.ROOT);
            boolean needs = top.needsCapabilities() && top.state() != State.MISSING;
            return new Top(path, top.place(), top.state(), needs, top.problem());
        } catch (Refusal e) {
            return new Top(path, null, State.UNREACHABLE, false, e.getMessage());
        }
    }

    private State state(Place place, Policy policy) {
        if (excludes.stream().anyMatch(exclude -> PathRules.isAtOrBelow(place.path(), exclude.path()))) {
            return State.EXCLUDED;
        } else if (!place.exists()) {
            return State.MISSING;
        }
        Stat stat = place.stat();
        boolean sticky = stat.isDirectory() && (stat.mode() & 01002) == 01002; // keeps its mode whatever the walk does
        boolean right = owner.isRight(stat.uid() | stat.gid() << 32, sticky ? 0 : stat.mode());
        boolean fits = fitting.stream().anyMatch(stat::sameFile);
        return fits ? State.SKIPPED : !right ? State.WRONG : policy == Policy.ROOT ? State.SKIPPED : State.RIGHT;
    }

    /** One for each writable path, in the order given; none where nothing is owned. */
    public List<Top> tops() {
        return tops;
    }

    /** The home, or null where there is none to be seen to. */
    public @Nullable Top home() {
        return home;
    }

    /** What each exclude came to, in the order given. */
    public List<Place> excludes() {
        return excludes;
    }

    /**
     * Hands over all writable paths, each top last. What cannot be changed is counted, not thrown; every thread that it
     * started has ended when it returns.
     */
    public Summary apply(Watch watch) throws KernelException {
        return apply(tops, owner.paths().policy(), owner.paths().strip().folderMode, watch);
    }

    /**
     * Hands over the home, or makes it where it is missing.
     *
     * @throws KernelException where it cannot be made
     */
    public Summary applyHome(Watch watch) throws KernelException {
        Top top = home;
        if (top == null) {
            return new Summary(List.of());
        } else if (top.state() == State.MISSING && top.place() != null) {
            kernel.close(resolver.create(top.place(), owner.uid(), owner.gid(), HOME_MODE));
            return new Summary(List.of());
        }
        return apply(List.of(top), Policy.ROOT, HOME_MODE, watch);
    }

    private Summary apply(List<Top> all, Policy policy, int folderMode, Watch watch) throws KernelException {
        if (all.stream().noneMatch(top -> top.place() != null && top.needsCapabilities())) {
            return new Summary(all.stream().map(Ownership::left).toList());
        }
        List<Stat> excluded =
                excludes.stream().filter(Place::exists).map(Place::stat).toList();
        List<Tree> trees = new ArrayList<>();
        try (Walk walk = new Walk(kernel, owner, excluded, own, policy == Policy.ROOT, watch)) {
            for (Top top : all) {
                Place place = top.needsCapabilities() ? top.place() : null;
                trees.add(place == null ? left(top) : tree(walk, top, place, folderMode));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return new Summary(trees);
    }

    private static Tree left(Top top) {
        Counts counts = new Counts();
        if (top.problem() != null) {
            counts.name(Kind.ERRORS, () -> Raw.show(top.path()) + ": " + top.problem());
            return new Tree(top.path(), Outcome.FAILED, counts);
        }
        return new Tree(top.path(), top.state() == State.SKIPPED ? Outcome.SKIPPED : Outcome.EXCLUDED, counts);
    }

    private Tree tree(Walk walk, Top top, Place place, int folderMode) throws InterruptedException {
        Counts counts = new Counts();
        try {
            boolean made = top.state() == State.MISSING;
            if (made || place.stat().isDirectory()) {
                int fd = made
                        ? resolver.create(place, owner.uid(), owner.gid(), folderMode)
                        : kernel.open(place.fd(), ".", Folder.OPEN, 0);
                walk.folder(counts, fd, top.path());
            } else {
                walk.file(counts, place.fd(), top.path());
            }
            Outcome outcome = made ? Outcome.CREATED : walk.leaves(counts) ? Outcome.UNFINISHED : Outcome.WALKED;
            return new Tree(top.path(), outcome, counts);
        } catch (KernelException e) {
            counts.name(Kind.ERRORS, () -> Raw.show(top.given()) + ": " + e.getMessage());
            return new Tree(top.given(), Outcome.FAILED, counts);
        }
    }

    /** Lets go of what is held; execve(2) does so, too. */
    @Override
    public void close() {
        held.forEach(place -> kernel.libc().close(place.fd()));
        held.clear();
    }
}
