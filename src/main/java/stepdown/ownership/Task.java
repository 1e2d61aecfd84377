package stepdown.ownership;

import java.util.List;
import stepdown.kernel.Linux;
import stepdown.kernel.Stat;
import stepdown.ownership.Summary.Kind;

/**
 * What is to be done with an entry, decided from its facts alone.
 *
 * @param excluded what is left alone with all below it; held open, lest another entry gets the number
 * @param own likewise what must stay root's under whatever name it is met
 */
record Task(Paths paths, List<Stat> excluded, List<Stat> own) {
    /** {@code SEEN} where nothing is, {@code CHANGED} where it is to be changed, else why it is left alone. */
    Kind judge(Node node, boolean mounted) {
        if (paths.isRight(node.owner, node.mode)) {
            return Kind.SEEN;
        }
        Kind kept = kept(node);
        if (kept != Kind.SEEN) {
            return kept;
        }
        int type = node.type();
        if (type == Linux.S_IFCHR || type == Linux.S_IFBLK) {
            return Kind.DEVICES;
        }
        if (mounted && !node.isFolder()) {
            return Kind.MOUNTED_FILES;
        }
        if (!node.isFolder() && node.nlink() > 1 && !paths.hardlinks()) {
            return Kind.HARD_LINKS;
        }
        return node.isSticky() ? Kind.STICKY_FOLDERS : Kind.CHANGED;
    }

    /** {@code EXCLUDED} or {@code OWN} for what is left alone as it is, whatever its owner; else {@code SEEN}. */
    Kind kept(Node node) {
        return isOneOf(excluded, node) ? Kind.EXCLUDED : isOneOf(own, node) ? Kind.OWN : Kind.SEEN;
    }

    private static boolean isOneOf(List<Stat> some, Node node) {
        for (int i = 0; i < some.size(); i++) {
            if (node.isSame(some.get(i))) {
                return true;
            }
        }
        return false;
    }

    /** Whether one link may be that of a name outside, whose name in the tree was just taken away. */
    boolean mustLookAgain(Node node, boolean shared) {
        return shared && !node.isFolder() && !paths.hardlinks();
    }
}
