package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;
import stepdown.Refusal;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;

/**
 * The excluded paths that exist, held open: the walk knows them by what they are and not by their names, so that renaming one during the walk does not put it into the
 * hands of anybody.
 */
final class Excludes {
    private final Kernel kernel;
    private final List<Held> all = new ArrayList<>();

    private record Held(String path, int fd, Stat stat) {}

    private Excludes(Kernel kernel) {
        this.kernel = kernel;
    }

    static Excludes find(Kernel kernel, Resolver resolver, List<String> given) {
        Excludes excludes = new Excludes(kernel);
        for (String path : given) {
            try {
                Resolver.Place place = resolver.resolve(path);
                if (place.exists()) {
                    excludes.all.add(new Held(place.path(), place.fd(), kernel.stat(place.fd())));
                } else {
                    kernel.close(place.fd());
                }
            } catch (KernelException e) {
                excludes.close();
                throw new Refusal(
                        "exclude " + Raw.show(path) + " cannot be looked at: " + e.getMessage()
                                + "; correct it, or leave it out",
                        e);
            }
        }
        return excludes;
    }

    /** Whether all of a tree is excluded. */
    boolean cover(String path) {
        for (Held held : all) {
            if (PathRules.isAtOrBelow(path, held.path)) {
                return true;
            }
        }
        return false;
    }

    /** The owner of a folder can rename what is in it: an exclude whose folder is handed over holds for this walk only. */
    void warnBelow(String tree, List<String> warnings) {
        for (Held held : all) {
            if (!held.path.equals(tree) && PathRules.isAtOrBelow(held.path, tree) && !held.stat.mountRoot()) {
                warnings.add("exclude " + Raw.show(held.path)
                        + " holds for this start only: the folder above it becomes the user's, who can then rename it;"
                        + " make it a mount, or move it out of " + Raw.show(tree));
            }
        }
    }

    /** Pairs of inode and device number. */
    long[] identities() {
        long[] pairs = new long[all.size() * 2];
        for (int i = 0; i < all.size(); i++) {
            Stat stat = all.get(i).stat;
            pairs[2 * i] = stat.inode();
            pairs[2 * i + 1] = Long.rotateLeft(stat.device(), 32);
        }
        return pairs;
    }

    void close() {
        try {
            for (Held held : all) {
                kernel.close(held.fd);
            }
        } catch (KernelException e) {
            throw new IllegalStateException(e);
        }
    }
}
