package stepdown.ownership;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import stepdown.Need;
import stepdown.Patience;
import stepdown.kernel.Binding;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;
import stepdown.ownership.Paths.Policy;
import stepdown.ownership.Paths.Strip;
import stepdown.ownership.Summary.Counts;
import stepdown.path.PathRules;

/** What the tests of this room set up: real files, real mounts, real ids. */
final class Scene implements AutoCloseable {
    static final long UID = 2000;
    static final long GID = 3000;
    static final Kernel KERNEL = Jnr.kernel(new JffiBinding());

    final Path root;
    private final Deque<Path> mounts = new ArrayDeque<>();
    private final Map<Path, Process> servers = new HashMap<>();

    Scene(Path root) {
        this.root = root;
    }

    static void needsRoot() {
        Need.root();
    }

    Path folder(String name) throws IOException {
        Path folder = Files.createDirectories(root.resolve(name));
        mode(folder, 0755);
        return folder;
    }

    Path file(String name, int mode) throws IOException {
        Path file = root.resolve(name);
        folder(root.relativize(file.getParent()).toString());
        Files.writeString(file, "content");
        mode(file, mode);
        return file;
    }

    static void mode(Path path, int mode) throws IOException {
        Files.setAttribute(path, "unix:mode", mode);
    }

    static void owner(Path path, long uid, long gid) throws IOException {
        Files.setAttribute(path, "unix:uid", (int) uid, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", (int) gid, LinkOption.NOFOLLOW_LINKS);
    }

    /** Such as {@code 2000:3000 750}, with the twelve bits of the mode; of a link itself. */
    static String state(Path path) {
        try {
            Map<String, Object> now = Files.readAttributes(path, "unix:uid,gid,mode", LinkOption.NOFOLLOW_LINKS);
            String ids = Integer.toUnsignedString((Integer) now.get("uid")) + ":"
                    + Integer.toUnsignedString((Integer) now.get("gid"));
            return ids + " " + Integer.toOctalString((Integer) now.get("mode") & 07777);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Gives user 1234 a right by an access control list, {@code access} or {@code default}: acl(5), as the kernel keeps
     * it.
     */
    static void accessList(Path path, String kind) throws KernelException {
        short[] list = {2, 0, 1, 7, -1, -1, 2, 5, 1234, 0, 4, 5, -1, -1, 16, 5, -1, -1, 32, 5, -1, -1};
        ByteBuffer bytes = ByteBuffer.allocate(list.length * 2).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(list);
        Binding memory = KERNEL.memory();
        KERNEL.withMemory(4096, at -> {
            memory.put(at, bytes.array(), 0, bytes.capacity());
            putNames(at, path, kind);
            long set = memory.call(memory.symbol("setxattr"), at + 256, at + 128, at, bytes.capacity(), 0, 0);
            return KERNEL.checked("setxattr", path.toString(), (int) set);
        });
    }

    /** In hexadecimal, as the kernel gives it. */
    static String accessListOf(Path path, String kind) throws KernelException {
        Binding memory = KERNEL.memory();
        return KERNEL.withMemory(4096, at -> {
            putNames(at, path, kind);
            long got = memory.call(memory.symbol("getxattr"), at + 256, at + 128, at, 128, 0, 0);
            byte[] list = new byte[(int) KERNEL.checked("getxattr", path.toString(), (int) got)];
            memory.get(at, list, 0, list.length);
            return HexFormat.of().formatHex(list);
        });
    }

    /** The attribute's name 128 bytes behind {@code at}, and the file's 256. */
    private static void putNames(long at, Path path, String kind) {
        byte[] name = ("system.posix_acl_" + kind + '\0').getBytes(StandardCharsets.ISO_8859_1);
        byte[] file = (path.toString() + '\0').getBytes(StandardCharsets.ISO_8859_1);
        KERNEL.memory().put(at + 128, name, 0, name.length);
        KERNEL.memory().put(at + 256, file, 0, file.length);
    }

    void mount(Path on, String... arguments) {
        String[] command = new String[arguments.length + 2];
        command[0] = "mount";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        command[command.length - 1] = on.toString();
        Need need = List.of(arguments).contains("loop") ? Need.LOOP : Need.MOUNT;
        need.ask();
        try {
            run(command);
        } catch (UncheckedIOException e) {
            need.isMissing(e.getMessage().strip());
        }
        mounts.push(on);
    }

    /** A file system that {@code server} serves until it is unmounted, at the end. */
    void mounted(Path on, Process server) {
        mounts.push(on);
        servers.put(on, server);
    }

    @Override
    public void close() {
        while (!mounts.isEmpty()) {
            Path mount = mounts.pop();
            run("umount", mount.toString());
            Process server = servers.remove(mount);
            Patience.until(mount + " to be let go", () -> server == null || !server.isAlive());
        }
    }

    static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IOException(String.join(" ", command) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many descriptors of this process lead to the scene. */
    long descriptors() throws IOException {
        long count = 0;
        for (String fd : new File("/proc/self/fd").list()) {
            Path link = Path.of("/proc/self/fd", fd);
            count += Files.isSymbolicLink(link) && Files.readSymbolicLink(link).startsWith(root) ? 1 : 0;
        }
        return count;
    }

    static Summary apply(Ask ask) {
        return apply(KERNEL, ask);
    }

    static Summary apply(Kernel kernel, Ask ask) {
        try (Ownership found = ask.find(kernel)) {
            return found.apply((where, seen, changed, perSecond) -> {});
        } catch (KernelException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Hands over {@code paths} and gives what was counted. */
    static Counts handOver(Path... paths) {
        return apply(new Ask().writable((Object[]) paths)).total();
    }

    /** A request, one choice after the other. */
    static final class Ask {
        private List<String> writable = List.of();
        private List<String> excludes = List.of();
        private Strip strip = Strip.O;
        private Policy policy = Policy.MISMATCH;
        private boolean hardlinks;
        private boolean oneFileSystem;
        private long uid = UID;
        private long gid = GID;
        private String ownFolder = "/opt/stepdown";
        private @Nullable String home;

        Ask writable(Object... paths) {
            writable = Arrays.stream(paths).map(Object::toString).toList();
            return this;
        }

        Ask excludes(Object... paths) {
            excludes = Arrays.stream(paths).map(Object::toString).toList();
            return this;
        }

        Ask strip(Strip value) {
            strip = value;
            return this;
        }

        Ask policy(Policy value) {
            policy = value;
            return this;
        }

        Ask hardlinks() {
            hardlinks = true;
            return this;
        }

        Ask oneFileSystem() {
            oneFileSystem = true;
            return this;
        }

        Ask ids(long newUid, long newGid) {
            uid = newUid;
            gid = newGid;
            return this;
        }

        Ask ownFolder(Object path) {
            ownFolder = path.toString();
            return this;
        }

        Ask home(Object path) {
            home = path.toString();
            return this;
        }

        Ownership find(Kernel kernel) {
            Paths paths = new Paths(writable, excludes, strip, policy, oneFileSystem, hardlinks);
            return Ownership.find(kernel, paths, uid, gid, new PathRules(kernel, ownFolder), home, List.of());
        }
    }
}
