package stepdown.path;

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

/**
 * Finds what a given path means, one name at a time from the root folder on, each opened in the folder before it and
 * never by its whole path: a link counts only where root alone could have put it there. Behind a link, and behind
 * {@code ..}, it begins again with the names that are known by then.
 *
 * <p>A path that decides more than what is done with it, as whose ids the product has, must be root's all the way:
 * {@link Way#ROOTS}.
 */
public final class Resolver {
    private static final int MOST_LINKS = 40;
    private static final int HOLD = Linux.O_PATH | Linux.O_NOFOLLOW;

    private final Kernel kernel;
    private final Way way;

    /** What the folders on the way must be. */
    public enum Way {
        /** Anybody's: the first that others than root can write is told by {@link Place#exposed}. */
        ANY,
        /** Root's, and writable by nobody else, a sticky one neither. */
        ROOTS,
        /**
         * The same, or on a read-only mount, as a pod's secrets are; a link there counts, too. That mount may be
         * writable elsewhere, so from there on the way may not leave it: who writes it chooses among its own files.
         */
        ROOTS_OR_READ_ONLY
    }

    public Resolver(Kernel kernel) {
        this(kernel, Way.ANY);
    }

    public Resolver(Kernel kernel, Way way) {
        this.kernel = kernel;
        this.way = way;
    }

    /**
     * Holds what {@code given} leads to, or the last folder on the way that exists.
     *
     * @param given absolute, a raw string
     * @throws KernelException with the errno of a folder that cannot be searched, or ELOOP
     * @throws Refusal for a link that others than root can have made, for what was moved meanwhile, and for a way that
     *     is not the one asked for
     */
    public Place resolve(String given) throws KernelException {
        Search search = new Search(given);
        try {
            return search.run();
        } catch (KernelException | RuntimeException e) {
            kernel.close(search.fd);
            throw e;
        }
    }

    /**
     * Makes the missing folders of {@code place}: root's and 0755, the last one {@code uid:gid} and {@code mode}. Gives
     * the last one's descriptor; that of {@code place} stays open.
     */
    public int create(Place place, long uid, long gid, int mode) throws KernelException {
        int last = place.missing().size() - 1;
        int made = place.fd();
        for (int i = 0; i <= last; i++) {
            int above = made;
            String name = place.missing().get(i);
            try {
                made = i < last ? createOne(above, name, 0, 0, 0755) : createOne(above, name, uid, gid, mode);
            } finally {
                if (i > 0) {
                    kernel.close(above);
                }
            }
        }
        return made;
    }

    /**
     * Makes one of them, and gives its descriptor. Whoever can write above may have been quicker: what is there then is
     * not ours, and left to the walk. The owner goes last, as the mark of a finished one.
     */
    public int createOne(int above, String name, long uid, long gid, int mode) throws KernelException {
        boolean made = true;
        try {
            kernel.mkdir(above, name, mode); // for who finds it after a start that was killed
        } catch (KernelException e) {
            if (e.errno() != Errno.EEXIST) {
                throw e;
            }
            made = false;
        }
        int fd = kernel.open(above, name, Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW, 0);
        try {
            Stat stat = kernel.stat(fd);
            if (made && stat.uid() == 0) {
                kernel.chmod(fd, name, mode | (stat.mode() & Linux.S_ISGID));
                kernel.chown(fd, name, (int) uid, (int) gid);
            }
            return fd;
        } catch (KernelException e) {
            kernel.close(fd);
            throw e;
        }
    }

    /** One path on its way: {@code fd} holds what the names before {@code at} lead to. */
    private final class Search {
        private final String given;
        private final List<String> names;
        private final List<Stat> through = new ArrayList<>();
        private int at;
        private int fd;
        private Stat stat;
        private int links;
        private @Nullable String exposed;

        /** The mount of what is held, and how many names lead to where it begins. */
        private String mount = "";

        private int mountAt;

        /** The mount that the way may not leave any more, and where it begins; nothing where it may go anywhere. */
        private String confined = "";

        private int confinedAt;

        Search(String given) throws KernelException {
            this.given = given;
            this.names = PathRules.split(given);
            this.fd = kernel.open("/", HOLD);
            arrive(kernel.stat(fd));
        }

        private void arrive(Stat found) throws KernelException {
            stat = found;
            through.add(found);
            if (way == Way.ROOTS_OR_READ_ONLY) {
                String before = mount;
                mount = kernel.mountOf(fd);
                mountAt = mount.equals(before) ? mountAt : at;
                stay(at < confinedAt || confined.isEmpty() || mount.equals(confined));
            }
        }

        private void stay(boolean stays) {
            if (!stays) {
                throw new Refusal("path " + Raw.show(given) + " leaves the read-only mount that it leads through, which"
                        + " others may write elsewhere: give a path whose links stay in it");
            }
        }

        /**
         * Whether what is held counts though others could have made it what it is: on a read-only mount alone, which
         * the way must stay on, and so never where it cannot be told.
         */
        private boolean isExcused(int held) {
            boolean excused = way == Way.ROOTS_OR_READ_ONLY && !mount.isEmpty() && kernel.isReadOnly(held);
            if (excused && confined.isEmpty()) {
                confined = mount;
                confinedAt = mountAt;
            }
            return excused;
        }

        Place run() throws KernelException {
            while (at < names.size()) {
                if (names.get(at).equals("..")) {
                    replace(Math.max(0, at - 1), List.of());
                } else if (!enter(names.get(at))) {
                    return place(names.subList(at, names.size()));
                }
            }
            return place(List.of());
        }

        /** Goes on to {@code name}; false where there is none. */
        private boolean enter(String name) throws KernelException {
            int above = fd;
            if (way != Way.ANY && !stat.onlyRootWrites() && !isExcused(fd)) {
                String folder = Raw.show(PathRules.join(names.subList(0, at)));
                throw new Refusal(
                        "path " + Raw.show(given) + " leads through " + folder
                                + ", where others than root can write, and so choose what it leads to: make the folder root's alone");
            }
            try {
                fd = kernel.open(above, name, HOLD, 0);
            } catch (KernelException e) {
                if (e.errno() == Errno.ENOENT) {
                    return false;
                }
                throw e;
            }
            try {
                Stat found = kernel.stat(fd);
                if (found.isSymbolicLink()) {
                    String target = target(found);
                    replace(target.startsWith("/") ? 0 : at, PathRules.split(target));
                } else {
                    noteExposed();
                    at++;
                    arrive(found);
                }
                return true;
            } finally {
                kernel.close(above);
            }
        }

        /**
         * Begins again, with {@code fresh} in place of the names up to this one: what is held may have been moved to
         * where its parent is another folder.
         */
        private void replace(int from, List<String> fresh) throws KernelException {
            stay(confined.isEmpty() || from >= confinedAt);
            names.subList(from, at + 1).clear();
            names.addAll(from, fresh);
            at = 0;
            through.clear();
            int before = fd;
            fd = kernel.open("/", HOLD);
            kernel.close(before);
            arrive(kernel.stat(fd));
        }

        /** What stands under a name in the folder that is held can be exchanged by whoever writes there. */
        private void noteExposed() {
            boolean others = (stat.mode() & 022) != 0 && (stat.mode() & Linux.S_ISVTX) == 0;
            if (exposed == null && (stat.uid() != 0 || others)) {
                exposed = PathRules.join(names.subList(0, at));
            }
        }

        /** Of the link that is held by now, in the folder that {@code stat} is still of. */
        private String target(Stat link) throws KernelException {
            String shown = Raw.show(PathRules.join(names.subList(0, at + 1)));
            if (++links > MOST_LINKS) {
                throw new KernelException("open", shown, Errno.ELOOP);
            }
            if ((!stat.onlyRootWrites() || !link.onlyRootWrites()) && !isExcused(fd)) {
                throw new Refusal("path " + Raw.show(given) + " leads through the link " + shown
                        + ", which others than root can make or replace: give the path without links, or make"
                        + " the link and its folder root's alone");
            }
            return kernel.readLink(fd, "");
        }

        /** The kernel's own name for what is held must be the one that is judged. */
        private Place place(List<String> missing) throws KernelException {
            if (missing.contains("..")) {
                throw new Refusal(
                        "path " + Raw.show(given) + " has a .. behind a folder that does not exist: write it without");
            }
            if (!missing.isEmpty()) {
                noteExposed();
            }
            String actual = kernel.readLink(Linux.AT_FDCWD, "/proc/self/fd/" + fd);
            if (!actual.equals(PathRules.join(names.subList(0, at)))) {
                throw new Refusal("path " + Raw.show(given) + " was moved while it was looked up, to "
                        + Raw.show(actual) + ": let nobody change the folders above it during the start");
            }
            return new Place(PathRules.join(names), fd, stat, through, List.copyOf(missing), exposed);
        }
    }
}
