package stepdown.credential;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.path.Place;
import stepdown.path.Resolver;
import stepdown.path.Resolver.Way;

/**
 * {@code /dev/shm/credentials-UID}: what is to be copied into it, and the copying. What stands there is called by its
 * name: where the folder is root's alone, and its own name lies in a sticky folder of root's, that name is settled.
 *
 * @param byRoot whether root copies, for {@code uid}; else a user for itself
 * @param sources what is to be copied, held, by the names of the copies
 * @param words what is going to be done, a line for each
 * @param problems what a user cannot have
 * @param made the copies of which there was none before
 */
public record CredentialFolder(
        Kernel kernel,
        long uid,
        long gid,
        boolean byRoot,
        Map<String, Place> sources,
        List<String> words,
        List<String> problems,
        List<String> made) {
    private static final String MEMORY = "/dev/shm";
    private static final int LARGEST = 1 << 20;
    private static final int NEW = Linux.O_WRONLY | Linux.O_CREAT | Linux.O_EXCL | Linux.O_NOFOLLOW;

    /** Each start takes away what killed ones have left, once: so often another may lose its own before the rename. */
    private static final int ATTEMPTS = 100;

    public static String path(long uid) {
        return MEMORY + "/credentials-" + uid;
    }

    /**
     * Looks at the folder and at what is to be in it; changes nothing.
     *
     * @param credentials paths by the names of their copies
     * @throws Refusal where the folder is not what it must be, or others than root could have chosen what is read
     */
    public static CredentialFolder find(
            Kernel kernel, Map<String, String> credentials, long uid, long gid, boolean byRoot) throws KernelException {
        Place memory = new Resolver(kernel, Way.ROOTS).resolve(MEMORY);
        boolean sticky = memory.stat().uid() == 0 && (memory.stat().mode() & Linux.S_ISVTX) != 0;
        if (!memory.exists() || !sticky || kernel.fileSystem(memory.fd()) != Linux.TMPFS_MAGIC) {
            throw new Refusal(MEMORY + " is no tmpfs that is root's and sticky, and credentials go nowhere else:"
                    + " mount one there (an engine does, but for --ipc none)");
        }
        CredentialFolder found = new CredentialFolder(
                kernel, uid, gid, byRoot, new TreeMap<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        Stat folder = found.folder();
        boolean ready = folder != null && folder.uid() == 0 && !byRoot;
        for (Map.Entry<String, String> credential : credentials.entrySet()) {
            String copy = path(uid) + "/" + credential.getKey();
            if (!ready) {
                found.look(credential.getKey(), credential.getValue());
            } else if (kernel.find(copy, Linux.AT_SYMLINK_NOFOLLOW) == null) {
                found.problems.add(copy + " does not exist, and root alone can put it there");
            }
        }
        return found;
    }

    /** The folder, judged with all that is in it; null where there is none. */
    private @Nullable Stat folder() throws KernelException {
        Stat stat = kernel.find(path(uid), Linux.AT_SYMLINK_NOFOLLOW);
        if (stat == null) {
            return null;
        }
        boolean owner = stat.uid() == 0 || (!byRoot && stat.uid() == uid);
        boolean plain = stat.isDirectory() && !stat.mountRoot(); // else a disk may be mounted there
        check(owner && plain && (stat.mode() & 022) == 0, path(uid), stat);
        for (String name : kernel.list(path(uid))) {
            String copy = path(uid) + "/" + name;
            Stat file = kernel.find(copy, Linux.AT_SYMLINK_NOFOLLOW);
            if (file != null && !name.startsWith(".")) { // another start may have removed or renamed it
                check(file.isRegularFile() && file.uid() == uid, copy, file);
            }
        }
        return stat;
    }

    private void check(boolean right, String path, Stat stat) {
        if (!right) {
            throw new Refusal(Raw.show(path) + " (owner " + stat.uid() + ", mode " + Integer.toOctalString(stat.mode())
                    + ") is not what a start for uid " + uid + " makes, but another container's that shares " + MEMORY
                    + ", or a user's, or a mount: remove it, or give each container a uid of its own");
        }
    }

    private void look(String name, String source) {
        try {
            Place place = new Resolver(kernel, Way.ROOTS_OR_READ_ONLY).resolve(source);
            if (!place.exists()) {
                throw new KernelException("open", "", Errno.ENOENT);
            }
            Stat stat = place.stat();
            refuseUnless(stat.isRegularFile(), source, "is no regular file");
            refuseUnless(stat.size() <= LARGEST, source, "has more than " + LARGEST + " bytes");
            boolean alone = stat.links() == 1 || kernel.isReadOnly(place.fd());
            refuseUnless(alone, source, "has another name, which others may have given it");
            read(place);
            sources.put(name, place);
            words.add("copy " + Raw.show(source) + " to " + path(uid) + "/" + name);
        } catch (KernelException e) {
            problems.add("credential " + name + " cannot be read from " + Raw.show(source) + ": "
                    + Errno.text(e.errno()) + "; mend that, or leave it out");
            if (byRoot) {
                throw new Refusal(problems.get(0), e);
            }
        }
    }

    private static void refuseUnless(boolean right, String source, String fault) {
        if (!right) {
            throw new Refusal("credential " + Raw.show(source) + " is refused: it " + fault
                    + "; name a regular file of at most 1 MiB, with one name, that is exchanged by a rename");
        }
    }

    /** Twice, as one that is written meanwhile would be handed over half old and half new. */
    private String read(Place place) throws KernelException {
        String held = "/proc/self/fd/" + place.fd();
        String content = kernel.readPlainFile(held, place.stat(), LARGEST);
        boolean same = content.equals(kernel.readPlainFile(held, place.stat(), LARGEST));
        boolean whole = same && kernel.stat(place.fd()).size() == content.length();
        refuseUnless(whole, place.path(), "changes while it is read");
        return content;
    }

    /** Copies what is not there already; how many these were. */
    public int copy() throws KernelException {
        makeFolder();
        for (String name : kernel.list(path(uid))) {
            if (name.startsWith(".")) {
                kernel.discard(path(uid) + "/" + name);
            }
        }
        int copied = 0;
        for (Map.Entry<String, Place> source : sources.entrySet()) {
            copied += put(path(uid) + "/" + source.getKey(), read(source.getValue())) ? 1 : 0;
        }
        return copied;
    }

    private void makeFolder() throws KernelException {
        int mode = byRoot ? 0755 : 0700;
        int given = kernel.umask(0); // a user's own folder, too, is opened before its mode is set
        try {
            int folder = new Resolver(kernel).createOne(Linux.AT_FDCWD, path(uid), 0, 0, mode);
            if (folder() == null) { // another start may have been quicker; a name that is free is anybody's
                throw new KernelException("stat", path(uid), Errno.ENOENT);
            }
            kernel.chmod(folder, path(uid), mode); // or killed before it did
            kernel.close(folder);
        } finally {
            kernel.umask(given);
        }
    }

    /** Whether there was anything to do. */
    private boolean put(String copy, String content) throws KernelException {
        Stat stat = kernel.find(copy, Linux.AT_SYMLINK_NOFOLLOW);
        if (stat != null && stat.permissions() == 0400 && content.equals(readCopy(copy, stat))) {
            return false;
        }
        long limit = kernel.limit(Linux.RLIMIT_FSIZE)[0];
        if (limit >= 0 && limit < content.length()) { // a write beyond it ends the process by a signal
            throw new Refusal(copy + " would be larger than the limit of file sizes: raise --ulimit fsize");
        }
        for (int left = ATTEMPTS; ; left--) {
            String fresh = path(uid) + "/." + kernel.libc().getpid() + "-" + System.nanoTime();
            try {
                write(fresh, content);
                kernel.rename(Linux.AT_FDCWD, fresh, copy);
                made.addAll(stat == null ? List.of(copy) : List.of());
                return true;
            } catch (KernelException e) {
                kernel.discard(fresh);
                if (e.errno() != Errno.ENOENT || left == 0) {
                    throw e;
                }
                makeFolder(); // one that failed takes away the folder, too, where it is empty
            }
        }
    }

    private void write(String fresh, String content) throws KernelException {
        int fd = kernel.open(Linux.AT_FDCWD, fresh, NEW, 0400);
        try {
            kernel.write(fd, fresh, content);
            kernel.chmod(fd, fresh, 0400); // whatever the umask is, and while it is root's
            kernel.chown(fd, fresh, (int) uid, (int) gid);
        } finally {
            kernel.close(fd);
        }
    }

    /** Nothing where it cannot be read: root may lack what it takes to read a user's. */
    private @Nullable String readCopy(String copy, Stat stat) {
        try {
            return kernel.readPlainFile(copy, stat, LARGEST);
        } catch (KernelException e) {
            return null;
        }
    }

    /**
     * Takes away what this start has made, as far as it may still. What stood there before and was replaced stays: a
     * product may run on it.
     */
    public void remove() {
        made.forEach(kernel::discard);
        kernel.discard(path(uid), Linux.AT_REMOVEDIR);
    }
}
