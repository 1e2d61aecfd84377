package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.ownership.Paths.Policy;
import stepdown.ownership.Resolver.Place;
import stepdown.ownership.Summary.Outcome;
import stepdown.ownership.Summary.Tree;
import stepdown.ownership.Top.State;

/** The paths of one start: found, judged and held before anything is changed, and then handed to the user. */
public final class Ownership implements AutoCloseable {
    /** Where stepdown's own code is loaded from, below its own folder. */
    private static final List<String> OWN =
            List.of("/bin", "/bin/stepdown", "/lib", "/runtime", "/runtime/bin", "/runtime/lib", "/runtime/lib/server");

    private static final int HOME_MODE = 0700;

    private final Kernel kernel;
    private final Paths paths;
    private final Resolver resolver;
    private final List<Held> tops = new ArrayList<>();
    private final List<Held> excludes = new ArrayList<>();
    private final List<Stat> own = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private @Nullable Held home;

    private record Held(Top top, @Nullable Place place) {}

    /** Who a walk reports to, on the thread that began it. */
    @FunctionalInterface
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

    private Ownership(Kernel kernel, Paths paths) {
        this.kernel = kernel;
        this.paths = paths;
        this.resolver = new Resolver(kernel);
    }

    /**
     * Looks at the paths, the home and the excludes, and holds them; changes nothing.
     *
     * @throws Refusal for a path that is malformed, that may never be handed over, or that leads through a link that others than root can have made
     */
    public static Ownership find(Kernel kernel, Paths paths) {
        Ownership found = new Ownership(kernel, paths);
        try {
            found.find();
            return found;
        } catch (Refusal e) {
            found.close();
            throw e;
        }
    }

    private void find() {
        checkForms();
        if (paths.policy() == Policy.OFF || (paths.writable().isEmpty() && paths.home() == null)) {
            return;
        }
        PathRules rules = new PathRules(paths.ownFolder(), Loader.folders(kernel));
        findOwn(rules);
        for (String given : paths.excludes()) {
            excludes.add(exclude(given));
        }
        for (String given : paths.writable()) {
            Held held = hold(rules, given, paths.policy());
            tops.add(held);
            warn(held);
        }
        if (paths.home() != null) {
            home = holdHome(rules, paths.home());
        }
    }

    private void checkForms() {
        PathRules rules = new PathRules(paths.ownFolder(), List.of());
        for (String path : paths.writable()) {
            rules.checkGiven(path);
        }
        for (String path : paths.excludes()) {
            PathRules.checkForm("exclude", path);
        }
    }

    /** stepdown's own folder, those above it, and those that code is loaded from, by device and inode. */
    private void findOwn(PathRules rules) {
        List<String> all = new ArrayList<>();
        for (String path = paths.ownFolder(); !path.isEmpty(); path = path.substring(0, path.lastIndexOf('/'))) {
            all.add(path);
        }
        all.add("/");
        for (String below : OWN) {
            all.add(paths.ownFolder() + below);
        }
        all.addAll(rules.loaderFolders());
        for (String path : all) {
            try {
                own.add(kernel.stat(Linux.AT_FDCWD, path, 0));
            } catch (KernelException e) {
                if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
                    throw new Refusal("stepdown's own folder cannot be looked at: " + e.getMessage(), e);
                }
            }
        }
    }

    private Held exclude(String given) {
        try {
            Place place = resolver.resolve(given);
            if (!place.exists()) {
                warnings.add("exclude " + Raw.show(given) + " does not exist: nothing is left alone for it");
            }
            return new Held(new Top(given, place.path(), place.stat(), State.EXCLUDED, false, null), place);
        } catch (KernelException e) {
            throw new Refusal(
                    "exclude " + Raw.show(given) + " cannot be looked at: " + e.getMessage()
                            + "; correct it, or leave it out",
                    e);
        }
    }

    private Held hold(PathRules rules, String given, Policy policy) {
        Place place;
        try {
            place = resolver.resolve(given);
        } catch (KernelException e) {
            boolean forbidden = e.errno() == Errno.EACCES;
            return new Held(new Top(given, given, null, State.UNREACHABLE, forbidden, e.getMessage()), null);
        }
        try {
            rules.checkResolved(given, place.path());
            if (place.exists() && isOwn(place.stat())) {
                throw new Refusal("writable path " + Raw.show(given)
                        + " is refused: it is stepdown's own folder, one above it, or one that the loader loads from,"
                        + " under another name, and must stay root's; name a folder beside it");
            }
        } catch (Refusal e) {
            close(place);
            throw e;
        }
        State state = state(place, policy);
        boolean work = state == State.RIGHT || state == State.WRONG || state == State.MISSING;
        return new Held(new Top(given, place.path(), place.exists() ? place.stat() : null, state, work, null), place);
    }

    /** A home that may not be handed over does not keep the product from starting. It is made without more than CHOWN. */
    private Held holdHome(PathRules rules, String path) {
        try {
            Held held = hold(rules, path, Policy.ROOT);
            boolean needs = held.top.needsCapabilities() && held.top.state() != State.MISSING;
            Top top = held.top;
            return new Held(new Top(path, top.path(), top.stat(), top.state(), needs, top.problem()), held.place);
        } catch (Refusal e) {
            return new Held(new Top(path, path, null, State.UNREACHABLE, false, e.getMessage()), null);
        }
    }

    private boolean isOwn(Stat stat) {
        for (Stat one : own) {
            if (one.sameFile(stat)) {
                return true;
            }
        }
        return false;
    }

    private State state(Place place, Policy policy) {
        for (Held exclude : excludes) {
            if (PathRules.isAtOrBelow(place.path(), exclude.top.path())) {
                return State.EXCLUDED;
            }
        }
        if (!place.exists()) {
            return State.MISSING;
        }
        Stat stat = place.stat();
        boolean sticky = stat.isDirectory() && (stat.mode() & 01002) == 01002; // keeps its mode whatever the walk does
        boolean right = paths.isRight(stat.uid() | stat.gid() << 32, sticky ? 0 : stat.mode());
        return !right ? State.WRONG : policy == Policy.ROOT ? State.SKIPPED : State.RIGHT;
    }

    private void warn(Held held) {
        Top top = held.top;
        if (held.place == null || !top.needsCapabilities()) {
            return;
        }
        if (held.place.exposed() != null) {
            warnings.add("others than root can write " + Raw.show(held.place.exposed()) + ", above the writable path "
                    + Raw.show(top.path())
                    + ": they can exchange what stands under that name; make the folders above it root's");
        }
        if (held.place.exists() && hasAccessList(held.place.fd())) {
            warnings.add(Raw.show(top.path())
                    + " has an access control list, which stays: whom it names keeps what it gives (getfacl shows it)");
        }
        for (Held exclude : excludes) {
            String path = exclude.top.path();
            Place place = exclude.place;
            boolean below = !path.equals(top.path()) && PathRules.isAtOrBelow(path, top.path());
            if (below && place != null && place.exists() && !place.stat().mountRoot()) {
                warnings.add("exclude " + Raw.show(path)
                        + " holds for this start only: the folder above it becomes the user's, who can then rename it;"
                        + " make it a mount, or move it out of " + Raw.show(top.path()));
            }
        }
    }

    private boolean hasAccessList(int fd) {
        try {
            String path = "/proc/thread-self/fd/" + fd;
            return kernel.hasAttribute(path, "system.posix_acl_access")
                    || kernel.hasAttribute(path, "system.posix_acl_default");
        } catch (KernelException e) {
            return false;
        }
    }

    /** One for each writable path, in the order given; none where nothing is owned. */
    public List<Top> tops() {
        List<Top> all = new ArrayList<>();
        for (Held held : tops) {
            all.add(held.top);
        }
        return all;
    }

    /** The home, or null where there is none to be seen to. */
    public @Nullable Top home() {
        return home == null ? null : home.top;
    }

    /** What the author should know of the paths and the excludes. */
    public List<String> warnings() {
        return warnings;
    }

    /** A writable path that the current ids cannot write: as it was given, its owner and mode or null where even that cannot be read, and the errno in words. */
    public record Unwritable(String path, @Nullable Stat stat, String problem) {}

    /** For a start that is not root's: the writable paths that its own effective ids cannot write. Changes nothing. */
    public List<Unwritable> unwritable() {
        List<Unwritable> found = new ArrayList<>();
        for (String path : paths.writable()) {
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

    /** Hands over all writable paths, each top last. What cannot be changed is counted, not thrown; every thread that it started has ended when it returns. */
    public Summary apply(Watch watch) throws KernelException {
        return apply(tops, paths.policy(), paths.strip().folderMode, watch);
    }

    /**
     * Hands over the home, or makes it where it is missing.
     *
     * @throws KernelException where it cannot be made
     */
    public Summary applyHome(Watch watch) throws KernelException {
        if (home != null && home.place != null && home.top.state() == State.MISSING) {
            kernel.close(resolver.create(home.place, paths.uid(), paths.gid(), HOME_MODE));
            return new Summary(List.of());
        }
        return apply(home == null ? List.of() : List.of(home), Policy.ROOT, HOME_MODE, watch);
    }

    private Summary apply(List<Held> all, Policy policy, int folderMode, Watch watch) throws KernelException {
        List<Stat> excluded = new ArrayList<>();
        for (Held exclude : excludes) {
            if (exclude.place != null && exclude.place.exists()) {
                excluded.add(exclude.place.stat());
            }
        }
        List<Tree> trees = new ArrayList<>();
        Walk walk = null;
        try {
            for (Held held : all) {
                if (walk == null && held.place != null && held.top.needsCapabilities()) {
                    walk = new Walk(kernel, new Task(paths, excluded, own), policy == Policy.ROOT, watch);
                }
                trees.add(tree(walk, held, folderMode));
            }
        } finally {
            if (walk != null) {
                walk.close();
            }
        }
        return new Summary(trees);
    }

    private Tree tree(@Nullable Walk walk, Held held, int folderMode) {
        Top top = held.top;
        Tally tally = new Tally();
        Place place = held.place;
        if (walk == null || place == null || !top.needsCapabilities()) {
            if (top.state() == State.UNREACHABLE) {
                tally.error(Raw.show(top.path()) + ": " + top.problem());
                return new Tree(top.path(), Outcome.FAILED, tally.counts());
            }
            return new Tree(
                    top.path(), top.state() == State.SKIPPED ? Outcome.SKIPPED : Outcome.EXCLUDED, tally.counts());
        }
        try {
            boolean made = top.state() == State.MISSING;
            if (made || place.stat().isDirectory()) {
                int fd = made
                        ? resolver.create(place, paths.uid(), paths.gid(), folderMode)
                        : kernel.open(place.fd(), ".", Folder.OPEN, 0);
                tally = walk.folder(fd, top.path());
            } else {
                tally = walk.file(place.fd(), top.path());
            }
            Outcome outcome = made ? Outcome.CREATED : walk.leaves(tally) ? Outcome.UNFINISHED : Outcome.WALKED;
            return new Tree(top.path(), outcome, tally.counts());
        } catch (KernelException e) {
            tally.error(Raw.show(top.given()) + ": " + e.getMessage());
            return new Tree(top.given(), Outcome.FAILED, tally.counts());
        }
    }

    /** Lets go of what is held. */
    @Override
    public void close() {
        tops.forEach(held -> close(held.place));
        excludes.forEach(held -> close(held.place));
        if (home != null) {
            close(home.place);
        }
        tops.clear();
        excludes.clear();
        home = null;
    }

    private void close(@Nullable Place place) {
        try {
            if (place != null) {
                kernel.close(place.fd());
            }
        } catch (KernelException e) {
            throw new IllegalStateException(e);
        }
    }
}
