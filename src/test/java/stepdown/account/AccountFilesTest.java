package stepdown.account;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Need;
import stepdown.Patience;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;

class AccountFilesTest {
    static final Identity PING = new Identity(9031, 9999, "ping", "identity", "/home/ping", "/sbin/nologin");
    static final String PASSWD = "# \u00ff\nroot:x:0:0:r\u00e9:/root:/bin/sh\n+\nlast:x:1:1:::";
    static final String GROUP = "root:x:0:\n\nlast:x:1:\u00fe";
    static final String PASSWD_AFTER = PASSWD + "\nping:x:9031:9999:stepdown:/home/ping:/sbin/nologin\n";
    static final String GROUP_AFTER = GROUP + "\nidentity:x:9999:\n";

    private final Kernel kernel = Jnr.kernel(new JffiBinding());

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
        return new AccountFiles(with, etc.toString(), Etc.OWNER, 200);
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
        AccountPlan done = Etc.start(files(), PING);
        assertThat(get("passwd")).isEqualTo(PASSWD_AFTER);
        assertThat(get("group")).isEqualTo(GROUP_AFTER);
        assertThat(done.steps()).hasSize(2).last().asString().endsWith(" to " + etc + "/group");
        assertThat(done.warnings()).isEmpty();
        assertThat(names()).containsExactly(".pwd.lock", "group", "passwd");
    }

    @Test
    void a_row_that_is_renumbered_keeps_what_stands_before_and_behind_it() throws Exception {
        put("passwd", "al:x:1:1:::\nping:x:5:6:stepdown:/h:/s\n" + PASSWD);
        Etc.start(files(), PING);
        assertThat(get("passwd")).isEqualTo("al:x:1:1:::\nping:x:9031:9999:stepdown:/h:/s\n" + PASSWD);
    }

    @Test
    void a_second_start_writes_nothing_and_takes_no_lock() throws Exception {
        Etc.start(files(), PING);
        Object inode = Files.getAttribute(etc.resolve("passwd"), "unix:ino");
        Files.delete(etc.resolve(".pwd.lock"));
        Watched watched = new Watched();
        AccountPlan second = Etc.start(files(watched.kernel()), PING);
        assertThat(second.steps()).isEmpty();
        assertThat(second.user().ours()).isTrue();
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
        Etc.start(files(watched.kernel()), PING);
        List<String> order = List.of("fchown", "fchmod", "fsync", "renameat");
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
        Etc.start(files(), PING);
        assertThat(get("group")).isEqualTo("identity:x:9999:\n");
        assertThat(Files.getPosixFilePermissions(etc.resolve("passwd")))
                .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(Files.getAttribute(etc.resolve("passwd"), "unix:uid"))
                .isEqualTo(Files.getAttribute(etc, "unix:uid"));
    }

    @Test
    void what_a_killed_start_left_is_replaced_and_a_planted_link_is_not_followed() throws Exception {
        Path outside = Files.writeString(etc.resolve("outside"), "mine");
        Files.createSymbolicLink(etc.resolve(".account.stepdown"), outside);
        Etc.start(files(), PING);
        assertThat(get("passwd")).isEqualTo(PASSWD_AFTER);
        assertThat(Files.readString(outside)).isEqualTo("mine");
        assertThat(Files.isSymbolicLink(etc.resolve("group"))).isFalse();
        assertThat(names()).containsExactly(".pwd.lock", "group", "outside", "passwd");
    }

    @Test
    void what_a_killed_start_left_is_removed_by_one_that_has_nothing_to_write() throws Exception {
        Etc.start(files(), PING);
        put(".account.stepdown", "half a fi");
        assertThat(Etc.start(files(), PING).steps()).singleElement().asString().startsWith("remove the temporary file");
        assertThat(names()).containsExactly(".pwd.lock", "group", "passwd");
        assertThat(get("passwd")).isEqualTo(PASSWD_AFTER);
    }

    @Test
    void a_leftover_that_cannot_be_removed_is_said() throws Exception {
        Files.createDirectory(etc.resolve(".account.stepdown"));
        assertThat(Etc.start(files(), PING).warnings()).hasSize(2).allMatch(line -> line.contains("EEXIST"));
        assertThat(get("group")).isEqualTo(GROUP);
    }

    /** As each of a hundred starts at once does it to the others. */
    @ParameterizedTest(name = "exchanged {0} times")
    @CsvSource({"1,true", "8,true", "1000,false"})
    void a_file_that_is_exchanged_while_it_is_read_is_read_anew(int times, boolean read) throws IOException {
        put("passwd", PASSWD);
        Kernel exchanging = new Watched().kernelWithin(times, () -> {
            try {
                put("fresh", PASSWD);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            assertThat(etc.resolve("fresh")
                            .toFile()
                            .renameTo(etc.resolve("passwd").toFile()))
                    .isTrue();
        });
        AccountFile passwd = files(exchanging).read().passwd();
        assertThat(passwd.text()).isEqualTo(read ? PASSWD : null);
        assertThat(passwd.obstacle() == null).isEqualTo(read);
    }

    @Test
    void what_another_process_wrote_while_we_waited_is_kept() throws Exception {
        try (LockHolder other = new LockHolder(etc)) {
            Watched waiting = new Watched();
            Thread.ofPlatform()
                    .start(() -> other.releaseWhen(
                            () -> waiting.count("fcntl") > 1, () -> put("passwd", "al:x:9031:9999::/al:/s\n")));
            AccountFiles files = new AccountFiles(waiting.kernel(), etc.toString(), Etc.OWNER, 600_000);
            AccountPlan done = Etc.start(files, PING);
            assertThat(done.user().name()).isEqualTo("al");
        }
        assertThat(get("passwd")).isEqualTo("al:x:9031:9999::/al:/s\n");
        assertThat(get("group")).isEqualTo(GROUP_AFTER);
    }

    @Test
    void a_lock_that_is_not_given_up_is_said_and_the_start_goes_on() throws Exception {
        try (LockHolder other = new LockHolder(etc)) {
            assertThat(other.isAlive()).isTrue();
            assertThat(Etc.start(files(), PING).warnings())
                    .containsExactly(etc + " is not written (lock " + etc
                            + "/.pwd.lock, which another process has held for 200 ms: EAGAIN (resource temporarily"
                            + " unavailable)): no row for uid 9031, no row for gid 9999");
        }
        assertThat(get("passwd")).isEqualTo(PASSWD);
        assertThat(get("group")).isEqualTo(GROUP);
    }

    @Test
    void the_lock_is_given_up_afterwards() throws Exception {
        Etc.start(files(), PING);
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
            assertThat(Etc.start(files(), PING).warnings())
                    .containsExactly(etc + "/passwd is a mount point, so it is not written: no row for uid 9031");
            // A kernel that does not tell beforehand does so when it is too late for it.
            Kernel old = new Watched().hidingMountRoots().kernel();
            assertThat(Etc.start(files(old), PING).warnings())
                    .containsExactly(etc + "/passwd is not written (rename " + etc
                            + "/passwd: EBUSY (in use)): no row for uid 9031");
            put("passwd", PASSWD + "\nping:x:5:5:::\n");
            assertThat(Etc.start(files(), PING).warnings())
                    .singleElement()
                    .asString()
                    .endsWith(": no row for uid 9031, as the user name ping belongs to uid 5");
            put("passwd", PASSWD);
        } finally {
            assertThat(run("umount", etc.resolve("passwd").toString())).isZero();
        }
        assertThat(Files.readString(host, ISO_8859_1)).isEqualTo(PASSWD);
        assertThat(get("passwd")).isEqualTo(PASSWD);
        assertThat(get("group")).isEqualTo(GROUP_AFTER);
        assertThat(names()).containsExactly(".pwd.lock", "group", "host", "passwd");
    }

    @Test
    void a_read_only_folder_is_said_once_and_the_start_goes_on() throws Exception {
        mount("--bind", etc.toString(), etc.toString());
        try {
            mount("-o", "remount,bind,ro", etc.toString());
            AccountPlan done = Etc.start(files(), PING);
            assertThat(done.steps()).isEmpty();
            assertThat(done.warnings())
                    .containsExactly(etc + " cannot be changed (EROFS (read-only file system)), so it is not written: "
                            + "no row for uid 9031, no row for gid 9999");
            // Where access(2) does not tell, the lock does.
            Kernel hiding = new Watched().pretending("faccessat").kernel();
            assertThat(Etc.start(files(hiding), PING).warnings())
                    .containsExactly(
                            etc + " is not written (open " + etc + "/.pwd.lock: EROFS (read-only file system)): "
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
        assertThat(Etc.start(files(), PING).warnings())
                .containsExactly(etc + "/passwd is a symbolic link, so it is not written: no row for uid 9031");
        assertThat(get("elsewhere")).isEqualTo(PASSWD);
        assertThat(Files.isSymbolicLink(etc.resolve("passwd"))).isTrue();
    }

    @Test
    void a_dangling_link_is_an_empty_file_that_is_not_written() throws Exception {
        Files.delete(etc.resolve("group"));
        Files.createSymbolicLink(etc.resolve("group"), Path.of("nowhere"));
        assertThat(files().read().groupsOfRoot()).containsExactly(0L);
        assertThat(Etc.start(files(), PING).warnings())
                .containsExactly(etc + "/group cannot be read (open " + etc
                        + "/group: ENOENT (no such file or directory)), so it is not written: no row for gid 9999");
        assertThat(names()).doesNotContain("nowhere");
    }

    @ParameterizedTest
    @CsvSource({"mkfifo %s", "mkdir %s", "ln -s /dev/zero %s", "mknod %s c 1 5", "ln -s . %s"})
    void what_is_no_regular_file_neither_hangs_nor_is_replaced(String maker) throws Exception {
        Need.root();
        Files.delete(etc.resolve("passwd"));
        assertThat(run(String.format(Locale.ROOT, maker, etc.resolve("passwd")).split(" ")))
                .isZero();
        assertThat(Etc.start(files(), PING).warnings())
                .containsExactly(etc + "/passwd cannot be read (read " + etc + "/passwd as a plain file of at most "
                        + "6291456 bytes: EINVAL (invalid argument)), so it is not written: no row for uid 9031");
        assertThat(Files.isRegularFile(etc.resolve("passwd"), LinkOption.NOFOLLOW_LINKS))
                .isFalse();
        assertThat(get("group")).isEqualTo(GROUP_AFTER);
    }

    @Test
    void a_file_that_cannot_be_opened_is_said_and_not_replaced() throws Exception {
        Kernel denied = new Watched().kernelWhere("openat", etc + "/passwd", Errno.EACCES);
        assertThat(Etc.start(files(denied), PING).warnings())
                .containsExactly(etc + "/passwd cannot be read (open " + etc
                        + "/passwd: EACCES (permission denied)), so it is not written: no row for uid 9031");
        assertThat(get("passwd")).isEqualTo(PASSWD);
        assertThat(get("group")).isEqualTo(GROUP_AFTER);
    }

    @Test
    void a_file_that_is_too_large_is_named_with_what_is_read_at_most() throws Exception {
        put("passwd", "x".repeat(AccountFiles.LARGEST + 1));
        assertThat(Etc.start(files(), PING).warnings())
                .containsExactly(etc + "/passwd cannot be read (read " + etc + "/passwd as a plain file of at most "
                        + "6291456 bytes: EFBIG (file too large)), so it is not written: no row for uid 9031");
    }

    @ParameterizedTest
    @CsvSource({"0644, 0755, true", "0600, 0700, true", "0664, 0755, false", "0646, 0755, false", "0644, 0775, false"})
    void a_row_is_trusted_where_root_alone_can_write_it(String mode, String folder, boolean trusted) throws Exception {
        Files.setAttribute(etc.resolve("passwd"), "unix:mode", Integer.parseInt(mode, 8));
        Files.setAttribute(etc, "unix:mode", Integer.parseInt(folder, 8));
        assertThat(files().read().passwd().trusted()).isEqualTo(trusted);
    }

    @Test
    void a_row_is_not_trusted_in_a_file_of_another_user_or_behind_a_link() throws Exception {
        Need.root();
        Files.setAttribute(etc.resolve("passwd"), "unix:uid", 1234);
        assertThat(files().read().passwd().trusted()).isFalse();
        Files.setAttribute(etc.resolve("passwd"), "unix:uid", 0);
        Files.move(etc.resolve("passwd"), etc.resolve("other"));
        Files.createSymbolicLink(etc.resolve("passwd"), Path.of("other"));
        assertThat(files().read().passwd().trusted()).isFalse();
    }

    @Test
    void a_missing_folder_is_a_warning() throws Exception {
        AccountPlan done = Etc.start(new AccountFiles(kernel, etc + "/none", Etc.OWNER, 15_000), PING);
        assertThat(done.edits()).isEmpty();
        assertThat(done.warnings())
                .containsExactly(etc + "/none cannot be changed (ENOENT (no such file or directory)), so it is not"
                        + " written: no row for uid 9031, no row for gid 9999");
        assertThat(names()).containsExactly("group", "passwd");
    }

    @Test
    void a_folder_that_is_a_file_is_a_warning() throws Exception {
        assertThat(Etc.start(new AccountFiles(kernel, etc + "/passwd", Etc.OWNER, 15_000), PING)
                        .warnings())
                .hasSize(2)
                .allMatch(line -> line.contains("ENOTDIR (not a directory)), so it is not written: no row for "));
    }

    private void assertNotWritten() throws IOException {
        assertThat(Etc.start(files(), PING).warnings())
                .containsExactly(etc + " can be written by others than root, so it is not written: "
                        + "no row for uid 9031, no row for gid 9999");
        assertThat(names()).containsExactly("group", "passwd");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwxrwx", "rwxr-x-w-"})
    void nothing_is_written_in_a_folder_that_others_can_write(String mode) throws Exception {
        Files.setPosixFilePermissions(etc, PosixFilePermissions.fromString(mode));
        assertNotWritten();
    }

    @Test
    void nor_in_one_of_another_user_or_group_but_in_one_that_roots_group_can_write() throws Exception {
        Need.root();
        Files.setPosixFilePermissions(etc, PosixFilePermissions.fromString("rwxrwxr-x"));
        Files.setAttribute(etc, "unix:gid", 5);
        assertNotWritten();
        Files.setAttribute(etc, "unix:gid", 0);
        Files.setAttribute(etc, "unix:uid", 5);
        assertNotWritten();
        Files.setAttribute(etc, "unix:uid", 0);
        assertThat(Etc.start(files(), PING).warnings()).isEmpty();
        assertThat(get("passwd")).isEqualTo(PASSWD_AFTER);
    }

    // ---- failures

    @Test
    void a_full_disk_is_said_and_changes_nothing() throws Exception {
        mount("-t", "tmpfs", "-o", "size=16k,mode=755", "tmpfs", etc.toString());
        try {
            fill();
            Files.write(etc.resolve("ballast"), new byte[8192]);
            assertThat(Etc.start(files(), PING).warnings())
                    .containsExactly(
                            etc + "/passwd is not written (write " + etc
                                    + "/.account.stepdown: ENOSPC (no space left on device)): no row for uid 9031",
                            etc + "/group is not written (write " + etc
                                    + "/.account.stepdown: ENOSPC (no space left on device)): no row for gid 9999");
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
        Etc.start(files(plain.kernel()), PING);
        assertThat(plain.calls).hasSizeGreaterThan(40);
        for (int call = 0; call < plain.calls.size(); call++) {
            fill();
            Watched failing = new Watched().failing(call, errno);
            AccountPlan done = Etc.start(files(failing.kernel()), PING);
            assertThat(get("passwd")).as(failing.toString()).isIn(PASSWD, PASSWD_AFTER);
            assertThat(get("group")).as(failing.toString()).isIn(GROUP, GROUP_AFTER);
            assertThat(names())
                    .as(failing.toString())
                    .containsAll(List.of("group", "passwd"))
                    .hasSizeLessThan(4);
            if (done.warnings().isEmpty()) {
                assertThat(get("passwd")).as(failing.toString()).isEqualTo(PASSWD_AFTER);
                assertThat(get("group")).as(failing.toString()).isEqualTo(GROUP_AFTER);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EROFS, Errno.EACCES, Errno.EPERM, Errno.EBUSY, Errno.ENOSPC, Errno.EIO, Errno.EDQUOT})
    void whatever_the_kernel_does_not_let_us_is_a_warning_with_its_errno(int errno) throws Exception {
        for (String call : List.of("renameat", "write", "fsync")) {
            AccountPlan done = Etc.start(files(new Watched().kernelWhere(call, "", errno)), PING);
            assertThat(done.warnings())
                    .hasSize(2)
                    .allMatch(line -> line.contains(Errno.text(errno) + "): no row for "));
            assertThat(done.user()).isEqualTo(new UserRow("ping", "/home/ping", true));
            assertThat(get("passwd")).isEqualTo(PASSWD);
            assertThat(get("group")).isEqualTo(GROUP);
            assertThat(names()).containsExactly(".pwd.lock", "group", "passwd");
        }
    }

    @Test
    void a_lock_that_this_file_system_does_not_have_is_a_warning() throws Exception {
        assertThat(Etc.start(files(new Watched().kernelWhere("fcntl", "", Errno.EINVAL)), PING)
                        .warnings())
                .singleElement()
                .asString()
                .startsWith(etc + " is not written (lock " + etc + "/.pwd.lock: EINVAL");
        assertThat(get("passwd")).isEqualTo(PASSWD);
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
