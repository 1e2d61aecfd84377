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
 * Which paths may never be handed over: by their names, as given and as they turned out to be, and by device and inode.
 */
public final class PathRules {
    // spotless:off
    private static final List<String> FOLDERS = List.of(
            "/bin", "/sbin", "/boot", "/dev", "/proc", "/sys", "/usr/bin", "/usr/sbin", "/usr/local/bin",
            "/usr/local/sbin", "/run/secrets", "/var/run/secrets");
    private static final List<String> OWN = List.of(
            "/bin", "/bin/stepdown", "/legal", "/lib", "/runtime", "/runtime/bin", "/runtime/conf",
            "/runtime/conf/security", "/runtime/lib", "/runtime/lib/security", "/runtime/lib/server");
    private static final List<String> THEMSELVES = List.of(
            "/etc", "/home", "/mnt", "/root", "/run", "/srv", "/usr", "/usr/local", "/var", "/var/lib");
    private static final List<String> ACCOUNT_FILES = List.of(
            "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid", "/etc/.pwd.lock");
    private static final List<String> ENGINE_SOCKETS = List.of(
            "docker.sock", "containerd.sock", "containerd.sock.ttrpc", "crio.sock", "cri-dockerd.sock",
            "podman.sock", "buildkitd.sock");
    // spotless:on

    private final Kernel kernel;
    private final String ownFolder;
    private List<String> loaderFolders;
    private final List<Stat> own = new ArrayList<>();
    private @Nullable Stat self;

    /**
     * The rules of this container, of which nothing is looked at before the first path is.
     *
     * @param ownFolder the resolved folder, or the file, that is stepdown itself
     */
    public PathRules(Kernel kernel, String ownFolder) {
        this(kernel, ownFolder, List.of());
    }

    /** @param loaderFolders where the dynamic loader is told to look besides */
    PathRules(Kernel kernel, String ownFolder, List<String> loaderFolders) {
        this.kernel = kernel;
        this.ownFolder = ownFolder;
        this.loaderFolders = loaderFolders;
    }

    /**
     * stepdown's own folder, those above it, and those that code is loaded from, as they are whatever they are called.
     *
     * @throws Refusal where stepdown's own folder cannot be looked at
     */
    public List<Stat> own() {
        if (own.isEmpty()) {
            look();
        }
        return own;
    }

    private void look() {
        loaderFolders = Loader.folders(kernel);
        List<String> all = new ArrayList<>(loaderFolders);
        for (String path = ownFolder; !path.isEmpty(); path = path.substring(0, path.lastIndexOf('/'))) {
            all.add(path);
        }
        all.add("/");
        self = kernel.find(ownFolder, 0); // below the native flavour, a file, is nothing
        for (String below : self != null && self.isDirectory() ? OWN : List.<String>of()) {
            all.add(ownFolder + below);
        }
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

    /** Refuses {@code place}, which {@code given} led to, where its name or what it is must stay root's. */
    public void check(String given, Place place) {
        List<Stat> roots = own();
        checkResolved(given, place.path());
        boolean isOwn = place.exists() && roots.stream().anyMatch(place.stat()::sameFile);
        Stat folder = self;
        if (isOwn || (folder != null && place.through().stream().anyMatch(folder::sameFile))) {
            throw new Refusal("writable path " + Raw.show(given)
                    + " is refused: it is stepdown's own folder, one above or below it, or one that the loader loads from,"
                    + " under another name, and must stay root's; name a folder beside it");
        }
    }

    /** Refuses what is refused by its words alone, before anything is looked at. */
    public void checkForms(List<String> writable) {
        writable.forEach(this::checkGiven);
    }

    /**
     * Refuses a path by its words alone; with {@code ..} in it only the file system knows what it means, and
     * {@link #check} says.
     */
    void checkGiven(String path) {
        List<String> names = split(path);
        if (!names.contains("..")) {
            checkResolved(path, join(names));
        }
    }

    /** Refuses a path whose links, {@code ..} and {@code //} have been resolved to {@code resolved}. */
    void checkResolved(String given, String resolved) {
        String reason = reason(resolved);
        if (reason != null) {
            String where = given.equals(resolved) ? "" : " (that is " + Raw.show(resolved) + ")";
            throw new Refusal("writable path " + Raw.show(given) + where + " is refused: " + reason);
        }
    }

    private @Nullable String reason(String path) {
        if (path.equals("/")) {
            return "the root folder is everything; name the folders that the product writes to";
        }
        if (isAtOrBelow(path, ownFolder) || isAtOrBelow(ownFolder, path)) {
            return "stepdown itself is in " + Raw.show(ownFolder) + ", which must stay root's; name a folder beside it";
        }
        if (THEMSELVES.contains(path)) {
            return "the folder itself must stay root's; name a folder below it";
        }
        for (String folder : FOLDERS) {
            if (isAtOrBelow(path, folder) && !path.startsWith("/dev/shm/")) {
                return "everything at or below " + folder + " must stay root's; let the product write elsewhere";
            }
        }
        if (isOfLibraries(path)) {
            return "programs and libraries must stay root's; let the product write elsewhere";
        }
        for (String folder : loaderFolders) {
            if (isAtOrBelow(path, folder) || isAtOrBelow(folder, path)) {
                return "the loader's configuration names " + Raw.show(folder)
                        + ", from where every process of root's loads; name a folder beside it";
            }
        }
        if (path.startsWith("/etc/ld.so.") || isAtOrBelow(path, "/etc/nsswitch.conf")) {
            return "whoever can write it chooses what root's processes load; remove it";
        }
        if (path.startsWith("/dev/shm/credentials-")) {
            return "credentials are handed over there, in folders that stay root's; name another";
        }
        if (ACCOUNT_FILES.contains(path.endsWith("-") ? path.substring(0, path.length() - 1) : path)) {
            return "whoever can write the account files is root; remove it";
        }
        if (isEngineSocket(path)) {
            return "whoever can write to a container engine's socket is root on the host; remove it";
        }
        return null;
    }

    /** By its name, as no engine's socket tells it otherwise. */
    public static boolean isEngineSocket(String path) {
        return ENGINE_SOCKETS.contains(path.substring(path.lastIndexOf('/') + 1));
    }

    static boolean isOfLibraries(String path) {
        return path.startsWith("/lib") || path.startsWith("/usr/lib") || isAtOrBelow(path, "/usr/local/lib");
    }

    /** Whether {@code path} is {@code folder} or lies below it; both resolved. */
    public static boolean isAtOrBelow(String path, String folder) {
        return path.startsWith(folder)
                && (path.length() == folder.length() || folder.equals("/") || path.charAt(folder.length()) == '/');
    }

    /** The names of a path, without empty ones and {@code .}; a list of the caller's own. */
    static List<String> split(String path) {
        List<String> names = Raw.words(path, "/");
        names.removeAll(List.of("."));
        return names;
    }

    static String join(List<String> names) {
        return "/" + String.join("/", names);
    }
}
