package stepdown.path;

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
 */
public final class Resolver {
    private static final int MOST_LINKS = 40;
    private static final int HOLD = Linux.O_PATH | Linux.O_NOFOLLOW;

    private final Kernel kernel;

    public Resolver(Kernel kernel) {
        this.kernel = kernel;
    }

    /**
     * Holds what {@code given} leads to, or the last folder on the way that exists.
     *
     * @param given absolute, a raw string
     * @throws KernelException with the errno of a folder that cannot be searched, or ELOOP
     * @throws Refusal for a link that others than root can have made, and for what was moved meanwhile
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
     * Whoever can write above may have been quicker: what is there then is not ours, and left to the walk. The owner
     * goes last, as the mark of a finished one.
     */
    private int createOne(int above, String name, long uid, long gid, int mode) throws KernelException {
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
        private int at;
        private int fd;
        private Stat stat;
        private int links;
        private @Nullable String exposed;

        Search(String given) throws KernelException {
            this.given = given;
            this.names = PathRules.split(given);
            this.fd = kernel.open("/", HOLD);
            this.stat = kernel.stat(fd);
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
                    judgeFolder();
                    stat = found;
                    at++;
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
            names.subList(from, at + 1).clear();
            names.addAll(from, fresh);
            at = 0;
            int before = fd;
            fd = kernel.open("/", HOLD);
            kernel.close(before);
            stat = kernel.stat(fd);
        }

        /** What stands under a name in the folder that is held can be exchanged by whoever writes there. */
        private void judgeFolder() {
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
            if (!stat.onlyRootWrites() || !link.onlyRootWrites()) {
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
                judgeFolder();
            }
            String actual = kernel.readLink(Linux.AT_FDCWD, "/proc/self/fd/" + fd);
            if (!actual.equals(PathRules.join(names.subList(0, at)))) {
                throw new Refusal("path " + Raw.show(given) + " was moved while it was looked up, to "
                        + Raw.show(actual) + ": let nobody change the folders above it during the start");
            }
            return new Place(PathRules.join(names), fd, stat, List.copyOf(missing), exposed);
        }
    }
}
