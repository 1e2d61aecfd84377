package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Raw;

/** Which paths may never be handed over, by their names alone: asked twice, for the path as given and for what it turned out to be. */
final class PathRules {
    // spotless:off
    private static final List<String> FOLDERS = List.of(
            "/bin", "/sbin", "/boot", "/dev", "/proc", "/sys", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin",
            "/run/secrets", "/var/run/secrets");
    private static final List<String> THEMSELVES = List.of(
            "/etc", "/home", "/mnt", "/root", "/run", "/srv", "/usr", "/usr/local", "/var", "/var/lib");
    private static final List<String> ACCOUNT_FILES = List.of(
            "passwd", "group", "shadow", "gshadow", "subuid", "subgid", ".pwd.lock");
    private static final List<String> ENGINE_SOCKETS = List.of(
            "docker.sock", "containerd.sock", "containerd.sock.ttrpc", "crio.sock", "cri-dockerd.sock", "podman.sock", "buildkitd.sock");
    // spotless:on

    private final String ownFolder;
    private final List<String> loaderFolders;

    /** @param loaderFolders where the dynamic loader is told to look besides */
    PathRules(String ownFolder, List<String> loaderFolders) {
        this.ownFolder = ownFolder;
        this.loaderFolders = loaderFolders;
    }

    List<String> loaderFolders() {
        return loaderFolders;
    }

    /** Refuses what no file could be called. {@code what} names the option: "writable path", "exclude". */
    static void checkForm(String what, String path) {
        if (path.isEmpty()) {
            throw new Refusal(what + " is empty: give an absolute path, or leave the option out");
        }
        if (path.indexOf('\0') >= 0) {
            throw new Refusal(what + " " + Raw.show(path) + " contains a NUL byte, which no path can: remove it");
        }
        if (path.charAt(0) != '/') {
            throw new Refusal(what + " " + Raw.show(path) + " is not absolute: begin it with /");
        }
    }

    /** Refuses a path by its words alone; with {@code ..} in it only the file system knows what it means, and {@link #checkResolved} says. */
    void checkGiven(String path) {
        checkForm("writable path", path);
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
        String name = path.substring(path.lastIndexOf('/') + 1);
        String account = name.endsWith("-") ? name.substring(0, name.length() - 1) : name;
        if (path.lastIndexOf('/') == 4 && path.startsWith("/etc/") && ACCOUNT_FILES.contains(account)) {
            return "whoever can write the account files is root; remove it";
        }
        if (ENGINE_SOCKETS.contains(name)) {
            return "whoever can write to a container engine's socket is root on the host; remove it";
        }
        return null;
    }

    static boolean isOfLibraries(String path) {
        return path.startsWith("/lib") || path.startsWith("/usr/lib") || isAtOrBelow(path, "/usr/local/lib");
    }

    /** Whether {@code path} is {@code folder} or lies below it; both resolved. */
    static boolean isAtOrBelow(String path, String folder) {
        return path.startsWith(folder)
                && (path.length() == folder.length() || folder.equals("/") || path.charAt(folder.length()) == '/');
    }

    /** The names of a path, without empty ones and {@code .}. */
    static List<String> split(String path) {
        List<String> names = new ArrayList<>();
        for (int start = 0; start < path.length(); ) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            String name = path.substring(start, end);
            if (!name.isEmpty() && !name.equals(".")) {
                names.add(name);
            }
            start = end + 1;
        }
        return names;
    }

    static String join(List<String> names) {
        StringBuilder path = new StringBuilder();
        for (String name : names) {
            path.append('/').append(name);
        }
        return path.isEmpty() ? "/" : path.toString();
    }
}
