package stepdown.account;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Need;
import stepdown.Patience;
import stepdown.Refusal;
import stepdown.account.UserRow.Origin;
import stepdown.kernel.Errno;
import stepdown.kernel.JffiBinding;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;

class AccountFilesTest {
    static final AccountRequest PING =
            new AccountRequest(9031, 9999, "ping", "identity", "/home/ping", "/sbin/nologin");
    static final String PASSWD = "# \u00ff\nroot:x:0:0:r\u00e9:/root:/bin/sh\n+\nlast:x:1:1:::";
    static final String GROUP = "root:x:0:\n\nlast:x:1:\u00fe";
    static final String PASSWD_AFTER = PASSWD + "\nping:x:9031:9999:stepdown:/home/ping:/sbin/nologin\n";
    static final String GROUP_AFTER = GROUP + "\nidentity:x:9999:\n";

    private final Kernel kernel = new Kernel(new JffiBinding());

    @TempDir
    Path etc;

    @BeforeEach
    void fill() throws IOException {
        put("passwd", PASSWD);
        put("group", GROUP);
    }

    private void put(String name, String raw) throws IOException {
        Files.writeString(etc.resolve(name), raw, ISO_8859_1);
    }

    private String get(String name) throws IOException {
        return Files.readString(etc.resolve(name), ISO_8859_1);
    }

    private AccountFiles files() {
        return files(kernel);
    }

    private AccountFiles files(Kernel with) {
        return new AccountFiles(with, etc.toString(), 200);
    }

    private List<String> names() throws IOException {
        try (var list = Files.list(etc)) {
            return list.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    private static void mount(String... arguments) throws IOException, InterruptedException {
        Need.root();
        Need.MOUNT.ask();
        if (run(Stream.concat(Stream.of("mount"), Stream.of(arguments)).toArray(String[]::new)) != 0) {
            Need.MOUNT.isMissing("mount " + String.join(" ", arguments) + " fails");
        }
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    // ---- writing

    @Test
    void rows_are_written_and_every_other_byte_is_kept() throws Exception {
        AccountPlan done = files().write(PING);
        assertThat(get("passwd")).isEqualTo(PASSWD_AFTER);
        assertThat(get("group")).isEqualTo(GROUP_AFTER);
        assertThat(done.steps()).hasSize(2).last().asString().endsWith(" to " + etc + "/group");
        assertThat(done.warnings()).isEmpty();
        assertThat(names()).containsExactly(".pwd.lock", "group", "passwd");
    }

    @Test
    void a_second_start_writes_nothing_and_takes_no_lock() throws Exception {
        files().write(PING);
        Object inode = Files.getAttribute(etc.resolve("passwd"), "unix:ino");
        Files.delete(etc.resolve(".pwd.lock"));
        Watched watched = new Watched();
        AccountPlan second = files(watched.kernel()).write(PING);
        assertThat(second.changesNothing()).isTrue();
        assertThat(second.user().origin()).isEqualTo(Origin.STEPDOWN);
        assertThat(watched.changedSomething()).isFalse();
        assertThat(names()).containsExactly("group", "passwd");
        assertThat(Files.getAttribute(etc.resolve("passwd"), "unix:ino")).isEqualTo(inode);
    }

    @Test
    void mode_and_owner_are_kept_and_given_before_the_rename() throws Exception {
        Files.setPosixFilePermissions(etc.resolve("passwd"), PosixFilePermissions.fromString("rw-rw----"));
        Files.setPosixFilePermissions(etc.resolve("group"), PosixFilePermissions.fromString("r--r--r--"));
        boolean root = "root".equals(System.getProperty("user.name"));
        if (root) {
            Files.setAttribute(etc.resolve("passwd"), "unix:uid", 1234);
            Files.setAttribute(etc.resolve("passwd"), "unix:gid", 42);
        }
        Watched watched = new Watched();
        files(watched.kernel()).write(PING);
        List<String> order = List.of("write", "fchown", "fchmod", "fsync", "renameat", "fsync");
        assertThat(watched.calls.stream().filter(order::contains))
                .containsExactly(Stream.concat(order.stream(), order.stream()).toArray(String[]::new));
        assertThat(Files.getPosixFilePermissions(etc.resolve("passwd")))
                .isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
        assertThat(Files.getPosixFilePermissions(etc.resolve("group")))
                .isEqualTo(PosixFilePermissions.fromString("r--r--r--"));
        if (root) {
            assertThat(Files.getAttribute(etc.resolve("passwd"), "unix:uid")).isEqualTo(1234);
            assertThat(Files.getAttribute(etc.resolve("passwd"), "unix:gid")).isEqualTo(42);
        }
    }

    @Test
    void missing_files_are_created_readable_by_all() throws Exception {
        Files.delete(etc.resolve("passwd"));
        Files.delete(etc.resolve("group"));
        files().write(PING);
        assertThat(get("group")).isEqualTo("identity:x:9999:\n");
        assertThat(Files.getPosixFilePermissions(etc.resolve("passwd")))
                .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(Files.getAttribute(etc.resolve("passwd"), "unix:uid"))
                .isEqualTo(Files.getAttribute(etc, "unix:uid"));
    }

    @Test
    void what_a_killed_start_left_is_replaced_and_a_planted_link_is_not_followed() throws Exception {
        Path outside = Files.writeString(etc.resolve("outside"), "mine");
        Files.createSymbolicLink(etc.resolve(".group.stepdown"), outside);
        put(".passwd.stepdown", "half a fi");
        files().write(PING);
        assertThat(get("passwd")).isEqualTo(PASSWD_AFTER);
        assertThat(Files.readString(outside)).isEqualTo("mine");
        assertThat(Files.isSymbolicLink(etc.resolve("group"))).isFalse();
        assertThat(names()).containsExactly(".pwd.lock", "group", "outside", "passwd");
    }

    @Test
    void a_leftover_that_cannot_be_removed_is_a_refusal() throws Exception {
        Files.createDirectory(etc.resolve(".group.stepdown"));
        assertThatThrownBy(() -> files().write(PING))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("open .group.stepdown: EEXIST (file exists)");
        assertThat(get("group")).isEqualTo(GROUP);
    }

    @Test
    void what_another_process_wrote_while_we_waited_is_kept() throws Exception {
        try (LockHolder other = new LockHolder(etc)) {
            Watched waiting = new Watched();
            Thread.ofPlatform()
                    .start(() -> other.releaseWhen(
                            () -> waiting.count("fcntl") > 1, () -> put("passwd", "al:x:9031:9999::/al:/s\n")));
            AccountPlan done = new AccountFiles(waiting.kernel(), etc.toString(), 600_000).write(PING);
            assertThat(done.user().name()).isEqualTo("al");
        }
        assertThat(get("passwd")).isEqualTo("al:x:9031:9999::/al:/s\n");
        assertThat(get("group")).isEqualTo(GROUP_AFTER);
    }

    @Test
    void a_lock_that_is_not_given_up_is_a_refusal() throws Exception {
        try (LockHolder other = new LockHolder(etc)) {
            assertThat(other.isAlive()).isTrue();
            assertThatThrownBy(() -> files().write(PING))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("another process has held " + etc + "/.pwd.lock for 200 ms: "
                            + "end what changes accounts there, or start again");
        }
        assertThat(get("passwd")).isEqualTo(PASSWD);
        assertThat(get("group")).isEqualTo(GROUP);
    }

    @Test
    void the_lock_is_given_up_afterwards() throws Exception {
        files().write(PING);
        try (LockHolder other = new LockHolder(etc)) {
            assertThat(other.isAlive()).isTrue();
        }
    }

    // ---- what is never written

    @Test
    void a_mount_point_is_never_written() throws Exception {
        Path host = Files.writeString(etc.resolve("host"), PASSWD, ISO_8859_1);
        mount("--bind", host.toString(), etc.resolve("passwd").toString());
        try {
            for (Kernel each : List.of(kernel, new Watched().hidingMountRoots().kernel())) {
                AccountPlan done = files(each).write(PING);
                assertThat(done.warnings())
                        .containsExactly(etc + "/passwd is a mount point and is not written: no row for uid 9031");
            }
        } finally {
            assertThat(run("umount", etc.resolve("passwd").toString())).isZero();
        }
        assertThat(Files.readString(host, ISO_8859_1)).isEqualTo(PASSWD);
        assertThat(get("passwd")).isEqualTo(PASSWD);
        assertThat(get("group")).isEqualTo(GROUP_AFTER);
        assertThat(files(new Watched().hidingMountRoots().kernel()).write(PING).warnings())
                .isEmpty();
    }

    @Test
    void a_file_that_is_mounted_elsewhere_as_well_is_no_mount_point() throws Exception {
        put("copy", "");
        String copy = etc.resolve("copy").toString();
        mount("--bind", etc.resolve("passwd").toString(), copy);
        try {
            Kernel old = new Watched().hidingMountRoots().kernel();
            assertThat(files(old).write(PING).warnings()).isEmpty();
        } finally {
            assertThat(run("umount", copy)).isZero();
        }
        assertThat(get("passwd")).isEqualTo(PASSWD_AFTER);
    }

    @Test
    void a_read_only_folder_is_said_once_and_the_start_goes_on() throws Exception {
        mount("--bind", etc.toString(), etc.toString());
        try {
            mount("-o", "remount,bind,ro", etc.toString());
            AccountPlan done = files().write(PING);
            assertThat(done.changesNothing()).isTrue();
            assertThat(done.user().origin()).isEqualTo(Origin.NONE);
            assertThat(done.warnings())
                    .containsExactly(etc + " is on a read-only file system and is not written: "
                            + "no row for uid 9031, no row for gid 9999");
        } finally {
            assertThat(run("umount", etc.toString())).isZero();
        }
        assertThat(names()).containsExactly("group", "passwd");
    }

    @Test
    void a_symbolic_link_is_read_and_not_written() throws Exception {
        Files.move(etc.resolve("passwd"), etc.resolve("elsewhere"));
        Files.createSymbolicLink(etc.resolve("passwd"), Path.of("elsewhere"));
        assertThat(files().read().user(1).name()).isEqualTo("last");
        assertThat(files().write(PING).warnings())
                .containsExactly(etc + "/passwd is a symbolic link and is not written: no row for uid 9031");
        assertThat(get("elsewhere")).isEqualTo(PASSWD);
        assertThat(Files.isSymbolicLink(etc.resolve("passwd"))).isTrue();
    }

    @Test
    void a_dangling_link_is_an_empty_file_that_is_not_written() throws Exception {
        Files.delete(etc.resolve("group"));
        Files.createSymbolicLink(etc.resolve("group"), Path.of("nowhere"));
        assertThat(files().read().groupsListing("root")).isEmpty();
        assertThat(files().write(PING).warnings())
                .containsExactly(etc + "/group is a symbolic link and is not written: no row for gid 9999");
        assertThat(names()).doesNotContain("nowhere");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mkfifo", "mkdir"})
    void what_is_no_regular_file_neither_hangs_nor_is_replaced(String maker) throws Exception {
        Files.delete(etc.resolve("passwd"));
        assertThat(run(maker, etc.resolve("passwd").toString())).isZero();
        assertThat(files().write(PING).warnings())
                .containsExactly(etc + "/passwd is no regular file and is not written: no row for uid 9031");
        assertThat(Files.isRegularFile(etc.resolve("passwd"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
    }

    @Test
    void a_missing_folder_is_a_warning() throws Exception {
        AccountPlan done = new AccountFiles(kernel, etc + "/none").write(PING);
        assertThat(done.changesNothing()).isTrue();
        assertThat(done.warnings())
                .containsExactly(
                        etc + "/none does not exist and is not written: " + "no row for uid 9031, no row for gid 9999");
        assertThat(names()).containsExactly("group", "passwd");
    }

    @Test
    void a_folder_that_is_a_file_is_a_warning() throws Exception {
        assertThat(new AccountFiles(kernel, etc + "/passwd").write(PING).warnings())
                .containsExactly(etc + "/passwd cannot be opened (ENOTDIR (not a directory)) and is not written: "
                        + "no row for uid 9031, no row for gid 9999");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwxrwx", "rwxr-x-w-"})
    void a_folder_that_others_can_write_is_refused(String mode) throws Exception {
        Files.setPosixFilePermissions(etc, PosixFilePermissions.fromString(mode));
        assertThatThrownBy(() -> files().write(PING))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith(
                        etc + " can be written by others than root, so " + etc + "/passwd is not written");
        assertThat(names()).containsExactly("group", "passwd");
    }

    @Test
    void a_folder_of_another_user_or_group_is_refused_but_not_one_that_roots_group_can_write() throws Exception {
        Need.root();
        Files.setPosixFilePermissions(etc, PosixFilePermissions.fromString("rwxrwxr-x"));
        Files.setAttribute(etc, "unix:gid", 5);
        assertThatThrownBy(() -> files().write(PING)).hasMessageContaining("can be written by others");
        Files.setAttribute(etc, "unix:gid", 0);
        Files.setAttribute(etc, "unix:uid", 5);
        assertThatThrownBy(() -> files().write(PING))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith(etc + " belongs to uid 5, so ");
        Files.setAttribute(etc, "unix:uid", 0);
        assertThat(files().write(PING).warnings()).isEmpty();
    }

    // ---- failures

    @Test
    void a_full_disk_is_a_refusal_and_changes_nothing() throws Exception {
        mount("-t", "tmpfs", "-o", "size=16k,mode=755", "tmpfs", etc.toString());
        try {
            fill();
            Files.write(etc.resolve("ballast"), new byte[8192]);
            assertThatThrownBy(() -> files().write(PING))
                    .isInstanceOf(Refusal.class)
                    .hasMessage("cannot write " + etc
                            + "/passwd (write .passwd.stepdown: ENOSPC (no space left on device)): "
                            + "it is whole, old or new; make room, or have the rows written when the image is built");
            assertThat(get("passwd")).isEqualTo(PASSWD);
            assertThat(get("group")).isEqualTo(GROUP);
            assertThat(names()).containsExactly(".pwd.lock", "ballast", "group", "passwd");
        } finally {
            assertThat(run("umount", etc.toString())).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.ENOSPC, Errno.EIO, Errno.EDQUOT, Errno.EROFS, Errno.EACCES, Errno.EPERM})
    void whatever_call_fails_the_files_are_the_old_or_the_new_ones_and_nothing_is_left(int errno) throws Exception {
        Watched plain = new Watched();
        files(plain.kernel()).write(PING);
        assertThat(plain.calls).hasSizeGreaterThan(50);
        for (int call = 0; call < plain.calls.size(); call++) {
            fill();
            Watched failing = new Watched().failing(call, errno);
            AccountPlan done = writeOrNull(failing.kernel());
            assertThat(get("passwd")).as(failing.toString()).isIn(PASSWD, PASSWD_AFTER);
            assertThat(get("group")).as(failing.toString()).isIn(GROUP, GROUP_AFTER);
            assertThat(names()).as(failing.toString()).containsExactly(".pwd.lock", "group", "passwd");
            if (done != null && done.warnings().isEmpty()) {
                assertThat(get("passwd")).as(failing.toString()).isEqualTo(PASSWD_AFTER);
                assertThat(get("group")).as(failing.toString()).isEqualTo(GROUP_AFTER);
            }
        }
    }

    private AccountPlan writeOrNull(Kernel failing) {
        try {
            return files(failing).write(PING);
        } catch (Refusal | KernelException e) {
            assertThat(e.getMessage()).isNotEmpty();
            return null;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EROFS, Errno.EACCES, Errno.EPERM, Errno.EBUSY})
    void a_file_that_the_kernel_does_not_let_us_replace_is_a_warning(int errno) throws Exception {
        AccountPlan done = files(new Watched().kernelWhere("renameat", errno)).write(PING);
        assertThat(done.warnings())
                .containsExactly(
                        etc + "/passwd cannot be replaced (rename passwd: " + Errno.text(errno)
                                + ") and is not written: no row for uid 9031",
                        etc + "/group cannot be replaced (rename group: " + Errno.text(errno)
                                + ") and is not written: no row for gid 9999");
        assertThat(done.steps()).isEmpty();
        assertThat(get("group")).isEqualTo(GROUP);
        assertThat(names()).containsExactly(".pwd.lock", "group", "passwd");
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.ENOSPC, Errno.EIO, Errno.EDQUOT})
    void a_disk_that_does_not_keep_what_is_written_is_a_refusal(int errno) throws Exception {
        for (String call : List.of("write", "fsync")) {
            assertThatThrownBy(
                            () -> files(new Watched().kernelWhere(call, errno)).write(PING))
                    .isInstanceOf(Refusal.class)
                    .hasMessageContaining(call + " .passwd.stepdown: " + Errno.text(errno));
            assertThat(get("group")).isEqualTo(GROUP);
        }
    }

    @Test
    void a_lock_that_this_file_system_does_not_have_is_a_refusal() {
        assertThatThrownBy(() ->
                        files(new Watched().kernelWhere("fcntl", Errno.EINVAL)).write(PING))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith("cannot lock " + etc + "/.pwd.lock (lock " + etc);
    }

    /** Another JVM that holds the lock. */
    private static final class LockHolder implements AutoCloseable {
        private final Process process;

        LockHolder(Path etc) throws IOException {
            process = Accountant.start("hold", etc);
            assertThat(process.getInputStream().read()).isEqualTo('.');
        }

        boolean isAlive() {
            return process.isAlive();
        }

        void releaseWhen(BooleanSupplier lockWasFoundTaken, Action before) {
            try {
                Patience.until("somebody who finds the lock taken", lockWasFoundTaken);
                before.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            } finally {
                process.destroyForcibly();
            }
        }

        @Override
        public void close() throws InterruptedException {
            process.destroyForcibly();
            assertThat(process.waitFor(5, TimeUnit.MINUTES))
                    .as("the killed process that held the lock has ended")
                    .isTrue();
        }

        private interface Action {
            void run() throws Exception;
        }
    }
}
