package stepdown.ownership;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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
 * Finds what a given path means, one name at a time from the root folder on, each opened in the folder before it and never by its whole path: a link counts only
 * where root alone could have put it there.
 */
final class Resolver {
    private static final int MOST_LINKS = 40;
    private static final int HOLD = Linux.O_PATH | Linux.O_NOFOLLOW;
    private static final int HOLD_FOLDER = HOLD | Linux.O_DIRECTORY;

    private final Kernel kernel;

    Resolver(Kernel kernel) {
        this.kernel = kernel;
    }

    /**
     * What a path came to.
     *
     * @param path without links, {@code ..} and {@code //}; also where some of it does not exist yet
     * @param fd an O_PATH descriptor of it, or of the last folder above it that exists; the caller closes it
     * @param stat of what {@code fd} holds
     * @param missing the names that do not exist, outermost first
     * @param exposed the outermost folder above it that others than root can write, sticky ones apart; or null
     */
    record Place(
            String path,
            int fd,
            Stat stat,
            List<String> missing,
            @Nullable String exposed) {
        boolean exists() {
            return missing.isEmpty();
        }
    }

    Place resolve(String given) throws KernelException {
        Search search = new Search(given);
        try {
            return search.run();
        } catch (KernelException | RuntimeException e) {
            kernel.close(search.fd);
            throw e;
        }
    }

    /**
     * Makes the missing folders of {@code place}: root's and 0755, the last one {@code uid:gid} and {@code mode}. Gives the last one's descriptor; that of
     * {@code place} stays open.
     */
    int create(Place place, long uid, long gid, int mode) throws KernelException {
        int last = place.missing().size() - 1;
        int above = place.fd();
        try {
            for (int i = 0; i < last; i++) {
                int next = createOne(above, place.missing().get(i), 0, 0, 0755);
                closeUnless(above, place.fd());
                above = next;
            }
            return createOne(above, place.missing().get(last), uid, gid, mode);
        } finally {
            closeUnless(above, place.fd());
        }
    }

    private void closeUnless(int fd, int kept) throws KernelException {
        if (fd != kept) {
            kernel.close(fd);
        }
    }

    /** Whoever can write above may have been quicker: what is there then is not ours, and left to the walk. The owner goes last, as the mark of a finished one. */
    private int createOne(int above, String name, long uid, long gid, int mode) throws KernelException {
        boolean made = true;
        try {
            kernel.mkdir(above, name, 0700);
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

    /** One path on its way. */
    private final class Search {
        private final String given;
        private final Deque<String> todo;
        private final List<String> done = new ArrayList<>();
        private int fd;
        private Stat stat;
        private int links;
        private @Nullable String exposed;

        Search(String given) throws KernelException {
            this.given = given;
            this.todo = new ArrayDeque<>(PathRules.split(given));
            this.fd = kernel.open("/", HOLD_FOLDER);
            this.stat = kernel.stat(fd);
        }

        Place run() throws KernelException {
            while (!todo.isEmpty()) {
                String name = todo.removeFirst();
                if (name.equals("..")) {
                    upwards();
                } else if (!enter(name)) {
                    return missing(name);
                }
            }
            String path = PathRules.join(done);
            confirm(path);
            return new Place(path, fd, stat, List.of(), exposed);
        }

        /** Not by {@code ..} of the folder that is held: it may have been moved to where its parent is another one. */
        private void upwards() throws KernelException {
            if (!done.isEmpty()) {
                done.removeLast();
            }
            hold(kernel.open("/", HOLD_FOLDER));
            for (String name : done) {
                hold(kernel.open(fd, name, HOLD_FOLDER, 0));
            }
            stat = kernel.stat(fd);
        }

        private boolean enter(String name) throws KernelException {
            int next;
            try {
                next = kernel.open(fd, name, HOLD, 0);
            } catch (KernelException e) {
                if (e.errno() == Errno.ENOENT) {
                    return false;
                }
                throw e;
            }
            Stat found;
            @Nullable String target;
            try {
                found = kernel.stat(next);
                target = found.isSymbolicLink() ? target(name, next, found) : null;
            } catch (KernelException | RuntimeException e) {
                kernel.close(next);
                throw e;
            }
            if (target == null) {
                judgeFolder();
                done.add(name);
                hold(next);
                stat = found;
            } else {
                kernel.close(next);
                follow(target);
            }
            return true;
        }

        /** What stands under a name in the folder that is held can be exchanged by whoever writes there. */
        private void judgeFolder() {
            boolean others = (stat.mode() & 022) != 0 && (stat.mode() & Linux.S_ISVTX) == 0;
            if (exposed == null && (stat.uid() != 0 || others)) {
                exposed = PathRules.join(done);
            }
        }

        private String target(String name, int link, Stat found) throws KernelException {
            String shown = PathRules.join(done) + (done.isEmpty() ? "" : "/") + name;
            if (++links > MOST_LINKS) {
                throw new KernelException("open", Raw.show(shown), Errno.ELOOP);
            }
            if (!stat.onlyRootWrites() || !found.onlyRootWrites()) {
                throw new Refusal("path " + Raw.show(given) + " leads through the link " + Raw.show(shown)
                        + ", which others than root can make or replace: give the path without links, or make"
                        + " the link and its folder root's alone");
            }
            return kernel.readLink(link, "");
        }

        private void follow(String target) throws KernelException {
            List<String> names = PathRules.split(target);
            for (int i = names.size() - 1; i >= 0; i--) {
                todo.addFirst(names.get(i));
            }
            if (target.startsWith("/")) {
                done.clear();
                hold(kernel.open("/", HOLD_FOLDER));
                stat = kernel.stat(fd);
            }
        }

        private Place missing(String name) throws KernelException {
            List<String> names = new ArrayList<>();
            names.add(name);
            names.addAll(todo);
            if (names.contains("..")) {
                throw new Refusal(
                        "path " + Raw.show(given) + " has a .. behind a folder that does not exist: write it without");
            }
            confirm(PathRules.join(done));
            judgeFolder();
            done.addAll(names);
            return new Place(PathRules.join(done), fd, stat, names, exposed);
        }

        /** The kernel's own name for what is held must be the one that is judged. */
        private void confirm(String path) throws KernelException {
            String actual = kernel.readLink(Linux.AT_FDCWD, "/proc/self/fd/" + fd);
            if (!actual.equals(path)) {
                throw new Refusal("path " + Raw.show(given) + " was moved while it was looked up, to "
                        + Raw.show(actual) + ": let nobody change the folders above it during the start");
            }
        }

        private void hold(int next) throws KernelException {
            int before = fd;
            fd = next;
            kernel.close(before);
        }
    }
}
