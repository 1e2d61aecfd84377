package stepdown.ownership;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import stepdown.Need;
import stepdown.kernel.JffiBinding;
import stepdown.kernel.Kernel;
import stepdown.ownership.OwnershipRequest.Policy;
import stepdown.ownership.OwnershipRequest.Strip;

/** What the tests of this room set up: real files, real mounts, real ids. */
final class Scene implements AutoCloseable {
    static final long UID = 2000;
    static final long GID = 3000;
    static final Kernel KERNEL = new Kernel(new JffiBinding());

    final Path root;
    private final Deque<Path> mounts = new ArrayDeque<>();

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
            need.isMissing(e.getMessage());
        }
        mounts.push(on);
    }

    @Override
    public void close() {
        while (!mounts.isEmpty()) {
            run("umount", mounts.pop().toString());
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

    static Summary apply(OwnershipRequest request) {
        return new Ownership(KERNEL).apply(request, (where, seen, changed, perSecond) -> {});
    }

    /** Hands over {@code paths} and gives what was counted. */
    static Counts handOver(Path... paths) {
        return apply(new Ask().writable((Object[]) paths).request()).total();
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

        OwnershipRequest request() {
            return new OwnershipRequest(
                    uid, gid, writable, excludes, strip, policy, false, hardlinks, oneFileSystem, "/opt/stepdown");
        }
    }
}
