package stepdown.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.Refusal;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;
import stepdown.kernel.SimulatedLinux;

class CredentialFolderTest {
    @TempDir
    Path temp;

    private Path root;
    private Path folder;
    private SimulatedLinux linux;

    @BeforeEach
    void setUp() throws IOException {
        root = temp.toRealPath();
        Files.createDirectories(root.resolve("run/secrets"));
        Files.createDirectories(root.resolve("dev/shm"));
        Files.setAttribute(root.resolve("dev/shm"), "unix:mode", 01777);
        Files.writeString(root.resolve("run/secrets/db"), "s3cret");
        folder = root.resolve("dev/shm/credentials-9031");
        linux = new SimulatedLinux(root);
    }

    private int copy() throws KernelException {
        return copy(linux.kernel());
    }

    private static int copy(Kernel kernel) throws KernelException {
        return CredentialFolder.find(kernel, Map.of("db", "/run/secrets/db"), 9031, 9999, true)
                .copy();
    }

    /** Another start takes {@code file} away right before the first call that begins so. */
    private void goesBefore(String begin, Path file) {
        linux.lost = call -> {
            if (call.startsWith(begin)) {
                linux.lost = later -> false;
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return false;
        };
    }

    @Test
    void what_another_start_renames_or_removes_meanwhile_ends_nothing() throws Exception {
        assertThat(copy()).isEqualTo(1);
        for (String name : new String[] {".7-1", "other"}) {
            Path file = Files.writeString(folder.resolve(name), "");
            goesBefore("statx /dev/shm/credentials-9031/" + name, file);
            assertThat(copy()).as(name).isZero();
            assertThat(file).doesNotExist();
        }
        assertThat(folder.resolve("db")).hasContent("s3cret");
    }

    @Test
    void a_folder_that_another_start_takes_away_once_more_is_made_once_more() throws Exception {
        goesBefore("openat /dev/shm/credentials-9031/.", folder);
        assertThat(copy()).isEqualTo(1);
        assertThat(folder.resolve("db")).hasContent("s3cret");
    }

    @Test
    void a_folder_that_somebody_else_makes_when_it_was_judged_gets_nothing() {
        AtomicBoolean judged = new AtomicBoolean();
        linux.lost = call -> {
            try {
                if (call.equals("statx /dev/shm/credentials-9031")
                        && linux.calls.contains("mkdirat " + call.substring(6))) {
                    Files.delete(folder);
                    judged.set(true);
                } else if (call.startsWith("openat /dev/shm/credentials-9031") && judged.get()) {
                    Files.createDirectory(folder);
                    linux.owners.put((Long) Files.getAttribute(folder, "unix:ino"), 77L);
                    linux.lost = later -> false;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return false;
        };
        assertThatThrownBy(this::copy).hasMessageContaining("stat /dev/shm/credentials-9031: ENOENT");
        assertThat(folder).doesNotExist();
    }

    @Test
    void the_umask_takes_no_right_from_the_folder_and_is_as_before_afterwards() throws Exception {
        assertThat(copy()).isEqualTo(1);
        String umask = "syscall " + Linux.SYS_UMASK;
        assertThat(linux.calls.stream().filter(call -> call.equals(umask) || call.startsWith("mkdirat")))
                .containsExactly(umask, "mkdirat /dev/shm/credentials-9031", umask);
        assertThat(linux.umask).isEqualTo(022);
    }

    // ---- what the kernel tells

    /** What another kernel answers to the call {@code name}: of its path, and of all that it was given. */
    private interface Answer {
        void change(String path, Object[] arguments, Kernel kernel);
    }

    private Kernel where(String name, Answer before, Answer after) {
        Kernel kernel = linux.kernel();
        Libc libc = (Libc) Proxy.newProxyInstance(
                Libc.class.getClassLoader(), new Class<?>[] {Libc.class}, (self, method, arguments) -> {
                    boolean meant = method.getName().equals(name);
                    String path = meant ? kernel.stringAt((long) arguments[1]) : "";
                    if (meant) {
                        before.change(path, arguments, kernel);
                    }
                    Object answer = method.invoke(kernel.libc(), arguments);
                    if (meant) {
                        after.change(path, arguments, kernel);
                    }
                    return answer;
                });
        return new Kernel(kernel.memory(), libc, null);
    }

    @Test
    void a_folder_that_is_a_mount_is_none_that_a_start_makes_and_may_be_a_disk() throws Exception {
        assertThat(copy()).isEqualTo(1);
        Kernel mounted = where("statx", (path, arguments, kernel) -> {}, (path, arguments, kernel) -> {
            if (path.equals("/dev/shm/credentials-9031")) {
                kernel.memory().putLong((long) arguments[4] + 8, Linux.STATX_ATTR_MOUNT_ROOT);
            }
        });
        assertThatThrownBy(() -> copy(mounted))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("/dev/shm/credentials-9031 (owner 0, mode 40")
                .hasMessageContaining("is not what a start for uid 9031 makes");
    }

    @Test
    void a_kernel_that_does_not_tell_the_mount_of_a_descriptor_copies_what_is_roots_all_the_way() throws Exception {
        Files.writeString(root.resolve("fdinfo"), "flags:\t010000000\n"); // all that gVisor has there
        Kernel silent = where(
                "openat",
                (path, arguments, kernel) -> {
                    if (path.startsWith("/proc/self/fdinfo/")) {
                        arguments[1] = kernel.putString(kernel.memory().allocate(8), 8, "/fdinfo");
                    }
                },
                (path, arguments, kernel) -> {});
        assertThat(copy(silent)).isEqualTo(1);
        assertThat(folder.resolve("db")).hasContent("s3cret");
    }
}
