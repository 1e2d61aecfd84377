package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stepdown.Refusal;
import stepdown.kernel.Binding;
import stepdown.kernel.Kernel;
import stepdown.kernel.Libc;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;
import stepdown.ownership.Paths.Policy;
import stepdown.ownership.Paths.Strip;
import stepdown.ownership.Scene.Ask;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;
import stepdown.ownership.Summary.Outcome;
import stepdown.start.Said;

class OwnershipTest {
    @TempDir
    Path temp;

    private Scene scene;
    private Path tree;
    private Path outside;

    @BeforeEach
    void setUp() throws IOException {
        Scene.needsRoot();
        scene = new Scene(temp.toRealPath());
        tree = scene.folder("tree");
        outside = scene.file("outside", 0644);
    }

    @AfterEach
    void tearDown() {
        scene.close();
    }

    // ---- owner and mode

    @ParameterizedTest
    @CsvSource({"O,750,640,770", "GO,700,600,700", "NONE,755,644,777"})
    void all_of_a_tree_becomes_the_users_and_loses_the_bits(Strip strip, String folder, String file, String open)
            throws IOException {
        Path below = scene.file("tree/a/b/file", 0644);
        Path wide = scene.file("tree/a/wide", 0777);
        Counts counts = Scene.apply(new Ask().writable(tree).strip(strip)).total();
        assertThat(Scene.state(tree)).isEqualTo("2000:3000 " + folder);
        assertThat(Scene.state(below.getParent())).isEqualTo("2000:3000 " + folder);
        assertThat(Scene.state(below)).isEqualTo("2000:3000 " + file);
        assertThat(Scene.state(wide)).isEqualTo("2000:3000 " + open);
        assertThat(counts.of(Kind.SEEN)).isEqualTo(5);
        assertThat(counts.of(Kind.CHANGED)).isEqualTo(5);
        assertThat(counts.of(Kind.ERRORS)).isZero();
    }

    @Test
    void ids_above_two_to_the_thirty_first_are_real_ones() throws IOException {
        Path file = scene.file("tree/file", 0640);
        assertThat(Scene.apply(new Ask().writable(tree).ids(4294967294L, 4294967294L))
                        .total()
                        .of(Kind.CHANGED))
                .isEqualTo(2);
        assertThat(Scene.state(file)).isEqualTo("4294967294:4294967294 640");
        assertThat(Scene.apply(new Ask().writable(tree).ids(4294967294L, 4294967294L))
                        .total()
                        .of(Kind.CHANGED))
                .isZero();
    }

    @Test
    void what_is_right_already_is_not_touched() throws IOException {
        Path right = scene.file("tree/right", 0640);
        Path wrong = scene.file("tree/wrong", 0640);
        Scene.owner(right, Scene.UID, Scene.GID);
        String before = Scene.run("stat", "-c", "%Z %z", right.toString());
        Counts counts = Scene.handOver(tree);
        assertThat(Scene.run("stat", "-c", "%Z %z", right.toString())).isEqualTo(before);
        assertThat(Scene.state(wrong)).isEqualTo("2000:3000 640");
        assertThat(counts.of(Kind.CHANGED)).isEqualTo(2);
        assertThat(Scene.handOver(tree).of(Kind.CHANGED)).isZero();
    }

    @Test
    void a_wrong_mode_alone_is_corrected_and_set_id_bits_of_the_users_own_files_stay() throws IOException {
        Path file = scene.file("tree/file", 0640);
        Scene.owner(file, Scene.UID, Scene.GID);
        Scene.mode(file, 04757);
        Scene.handOver(tree);
        assertThat(Scene.state(file)).isEqualTo("2000:3000 4750");
    }

    @Test
    void set_id_bits_and_capabilities_are_cleared_with_the_owner_and_counted() throws IOException {
        Path setuid = scene.file("tree/setuid", 04755);
        Path setgid = scene.file("tree/setgid", 02755);
        Path unexecutable = scene.file("tree/unexecutable", 06644);
        Path capable = scene.file("tree/capable", 0755);
        scene.file("tree/plain", 0755);
        Scene.run("setcap", "cap_net_bind_service=ep", capable.toString());
        Counts counts = Scene.handOver(tree);
        assertThat(Scene.state(setuid)).isEqualTo("2000:3000 750");
        assertThat(Scene.state(setgid)).isEqualTo("2000:3000 750");
        assertThat(Scene.state(unexecutable)).isEqualTo("2000:3000 640");
        assertThat(Scene.run("getcap", capable.toString())).isEmpty();
        assertThat(counts.of(Kind.CLEARED)).isEqualTo(4);
    }

    @Test
    void capabilities_are_counted_where_others_can_write_too() throws IOException {
        Path capable = scene.file("tree/capable", 0755);
        Scene.run("setcap", "cap_net_bind_service=ep", capable.toString());
        Scene.mode(tree, 0777);
        assertThat(Scene.handOver(tree).of(Kind.CLEARED)).isEqualTo(1);
    }

    @Test
    void a_folder_keeps_its_setgid_bit() throws IOException {
        Path folder = scene.folder("tree/group");
        Scene.owner(folder, 0, 4000);
        Scene.mode(folder, 02775);
        Scene.handOver(tree);
        assertThat(Scene.state(folder)).isEqualTo("2000:3000 2770");
    }

    @Test
    void a_sticky_folder_for_all_is_left_but_not_what_is_in_it() throws IOException {
        Path sticky = scene.folder("tree/tmp");
        Path file = scene.file("tree/tmp/file", 0640);
        Scene.mode(sticky, 01777);
        Counts counts = Scene.handOver(tree);
        assertThat(Scene.state(sticky)).isEqualTo("0:0 1777");
        assertThat(Scene.state(file)).isEqualTo("2000:3000 640");
        assertThat(counts.of(Kind.STICKY_FOLDERS)).isEqualTo(1);
    }

    @Test
    void where_the_system_call_for_the_mode_is_forbidden_the_link_in_proc_serves() throws IOException {
        Path pipe = scene.root.resolve("tree/pipe");
        Scene.run("mkfifo", "-m", "666", pipe.toString());
        Path file = scene.file("tree/file", 0646);
        Scene.mode(tree, 0777);
        Binding binding = new JffiBinding();
        Kernel kernel = Jnr.kernel(binding);
        AtomicInteger asked = new AtomicInteger();
        Libc old = (Libc) Proxy.newProxyInstance(
                Libc.class.getClassLoader(), new Class<?>[] {Libc.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("fchmodat2")) {
                        asked.incrementAndGet();
                        return -1;
                    }
                    return method.invoke(kernel.libc(), arguments);
                });
        Scene.apply(new Kernel(binding, old, null), new Ask().writable(tree));
        assertThat(asked.get()).isPositive();
        assertThat(Scene.state(pipe)).isEqualTo("2000:3000 660");
        assertThat(Scene.state(file)).isEqualTo("2000:3000 640");
    }

    /** But for what the mode's bits stand for: the last entry is what others have, the one before it the mask. */
    @ParameterizedTest
    @CsvSource({
        "NONE,10000500ffffffff20000500ffffffff",
        "O,10000500ffffffff20000000ffffffff",
        "GO,10000000ffffffff20000000ffffffff"
    })
    void an_access_control_list_stays(Strip strip, String mask) throws Exception {
        for (String kind : List.of("access", "default")) {
            Scene.accessList(tree, kind);
        }
        String access = Scene.accessListOf(tree, "access");
        String inherited = Scene.accessListOf(tree, "default");
        Scene.apply(new Ask().writable(tree).strip(strip));
        assertThat(Scene.state(tree)).startsWith("2000:3000 ");
        assertThat(access).contains("02000500d2040000").endsWith("10000500ffffffff20000500ffffffff");
        assertThat(Scene.accessListOf(tree, "access"))
                .isEqualTo(access.substring(0, access.length() - mask.length()) + mask);
        assertThat(Scene.accessListOf(tree, "default")).isEqualTo(inherited);
    }

    // ---- links and other kinds

    @ParameterizedTest
    @CsvSource({"755", "777"})
    void a_link_itself_is_handed_over_and_never_followed(String mode) throws IOException {
        Path link = Files.createSymbolicLink(tree.resolve("link"), outside);
        Path folder = Files.createSymbolicLink(tree.resolve("folder"), scene.folder("elsewhere"));
        scene.file("elsewhere/file", 0644);
        Scene.mode(tree, Integer.parseInt(mode, 8));
        Scene.handOver(tree);
        assertThat(Scene.state(link)).isEqualTo("2000:3000 777");
        assertThat(Scene.state(folder)).isEqualTo("2000:3000 777");
        assertThat(Scene.state(outside)).isEqualTo("0:0 644");
        assertThat(Scene.state(scene.root.resolve("elsewhere"))).isEqualTo("0:0 755");
        assertThat(Scene.state(scene.root.resolve("elsewhere/file"))).isEqualTo("0:0 644");
    }

    @ParameterizedTest
    @CsvSource({"755", "777"})
    void a_file_with_another_name_is_left_and_counted(String mode) throws IOException {
        Files.createLink(tree.resolve("link"), outside);
        Scene.mode(tree, Integer.parseInt(mode, 8));
        Counts counts = Scene.handOver(tree);
        assertThat(Scene.state(outside)).isEqualTo("0:0 644");
        assertThat(counts.of(Kind.HARD_LINKS)).isEqualTo(1);
        Scene.apply(new Ask().writable(tree).hardlinks());
        assertThat(Scene.state(outside)).isEqualTo("2000:3000 640");
    }

    /**
     * A folder that is met under two names, by a rename or a second mount, may be given away while a thread is in it.
     */
    @Test
    void in_a_folder_that_became_the_users_meanwhile_a_name_that_went_brings_in_nothing() throws IOException {
        scene.folder("tree/roots");
        Path name = scene.file("tree/roots/name", 0644);
        Scene.owner(tree, 1234, 1234);
        Kernel kernel = Jnr.kernel(new JffiBinding());
        Libc attacked = (Libc) Proxy.newProxyInstance(
                Libc.class.getClassLoader(), new Class<?>[] {Libc.class}, (proxy, method, arguments) -> {
                    boolean held = method.getName().equals("openat")
                            && kernel.stringAt((long) arguments[1]).equals("name");
                    if (!held) {
                        return method.invoke(kernel.libc(), arguments);
                    }
                    Files.deleteIfExists(name);
                    Files.createLink(name, outside);
                    Object fd = method.invoke(kernel.libc(), arguments);
                    Files.delete(name);
                    Scene.owner(name.getParent(), 1234, 1234);
                    return fd;
                });
        Scene.apply(new Kernel(new JffiBinding(), attacked, null), new Ask().writable(tree));
        assertThat(Scene.state(outside)).isEqualTo("0:0 644");
    }

    @ParameterizedTest
    @CsvSource({"755", "777"})
    void pipes_and_sockets_are_changed_and_devices_left(String mode) throws IOException {
        Path pipe = tree.resolve("pipe");
        Path device = tree.resolve("device");
        Path socket = tree.resolve("socket");
        Scene.run("mkfifo", "-m", "666", pipe.toString());
        Scene.run("mknod", "-m", "666", device.toString(), "c", "1", "3");
        Scene.run(
                "perl",
                "-MSocket",
                "-e",
                "socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[0])) or die $!; chmod 0777, $ARGV[0]",
                socket.toString());
        Scene.mode(tree, Integer.parseInt(mode, 8));
        Counts counts = Scene.handOver(tree);
        assertThat(Scene.state(pipe)).isEqualTo("2000:3000 660");
        assertThat(Scene.state(socket)).isEqualTo("2000:3000 770");
        assertThat(Scene.state(device)).isEqualTo("0:0 666");
        assertThat(counts.of(Kind.DEVICES)).isEqualTo(1);
        assertThat(counts.of(Kind.ERRORS)).isZero();
    }

    @Test
    void every_byte_that_a_name_can_have_is_fine() throws IOException {
        for (String folder : List.of("tree", "tree/wide")) {
            scene.folder(folder);
            Scene.run(
                    "perl",
                    "-e",
                    "chdir $ARGV[0]; for (1..255) { next if $_ == 47 || $_ == 46; open(F, '>', 'x' . chr) or die;"
                            + " mkdir 'd' . chr or die }open(F, '>', 'n' x 255) or die; mkdir '...' or die; open(F, '>',"
                            + " '.../..f') or die",
                    scene.root.resolve(folder).toString());
        }
        Scene.mode(tree.resolve("wide"), 0777);
        Counts counts = Scene.handOver(tree);
        assertThat(counts.of(Kind.CHANGED)).isEqualTo(2 + 2 * (2 * 253 + 3));
        assertThat(Scene.run("find", tree.toString(), "!", "-user", "2000")).isEmpty();
    }

    @Test
    void a_file_can_be_the_path_given() throws IOException {
        Path file = scene.file("file", 0666);
        Summary summary = Scene.apply(new Ask().writable(file));
        assertThat(Scene.state(file)).isEqualTo("2000:3000 660");
        assertThat(summary.trees()).extracting(Summary.Tree::path).containsExactly(file.toString());
    }

    private static List<String> warnings(Ask paths) {
        try (Ownership found = paths.find(Scene.KERNEL)) {
            return Said.warnings(Scene.KERNEL, found);
        }
    }

    // ---- policies and refusals

    @Test
    void root_skips_a_tree_whose_top_is_right() throws IOException {
        Path file = scene.file("tree/file", 0640);
        Ask request = new Ask().writable(tree).policy(Policy.ROOT);
        assertThat(Scene.apply(request).trees().getFirst().outcome()).isEqualTo(Outcome.WALKED);
        Scene.owner(file, 0, 0);
        Summary second = Scene.apply(request);
        assertThat(second.trees().getFirst().outcome()).isEqualTo(Outcome.SKIPPED);
        assertThat(second.total().of(Kind.SEEN)).isZero();
        Scene.mode(tree, 0751);
        assertThat(Scene.apply(request).total().of(Kind.CHANGED)).isEqualTo(2);
    }

    @Test
    void off_changes_nothing_but_refuses_what_is_refused() throws IOException {
        assertThat(Scene.apply(new Ask().writable(tree).policy(Policy.OFF)).trees())
                .isEmpty();
        assertThat(Scene.state(tree)).isEqualTo("0:0 755");
        assertThatThrownBy(() -> Scene.apply(new Ask().writable("/usr/bin").policy(Policy.OFF)))
                .isInstanceOf(Refusal.class);
    }

    @Test
    void a_link_to_a_refused_folder_is_refused_for_what_it_is() throws IOException {
        Files.createSymbolicLink(scene.root.resolve("innocent"), Path.of("/usr/share/../bin"));
        Scene.mode(scene.root, 0755);
        assertThatThrownBy(() -> Scene.handOver(scene.root.resolve("innocent/x")))
                .isInstanceOf(Refusal.class)
                .hasMessage("writable path " + scene.root
                        + "/innocent/x (that is /usr/bin/x) is refused: everything at or below /usr/bin must stay"
                        + " root's; let the product write elsewhere");
    }

    @Test
    void a_refused_path_is_refused_before_any_other_is_changed() {
        assertThatThrownBy(() -> Scene.handOver(tree, Path.of("/usr"))).isInstanceOf(Refusal.class);
        assertThat(Scene.state(tree)).isEqualTo("0:0 755");
    }

    @ParameterizedTest
    @CsvSource({"O,750", "GO,700", "NONE,750"})
    void a_missing_path_is_made(Strip strip, String mode) {
        Path missing = scene.root.resolve("new/sub/leaf");
        Summary summary = Scene.apply(new Ask().writable(missing).strip(strip));
        assertThat(summary.trees().getFirst().outcome()).isEqualTo(Outcome.CREATED);
        assertThat(Scene.state(missing)).isEqualTo("2000:3000 " + mode);
        assertThat(Scene.state(missing.getParent())).isEqualTo("0:0 755");
    }

    // ---- excludes

    @Test
    void an_excluded_path_is_left_with_all_below_it() throws IOException {
        Path folder = scene.folder("tree/a/keep");
        Path below = scene.file("tree/a/keep/file", 0644);
        Path file = scene.file("tree/a/single", 0644);
        Counts counts = Scene.apply(new Ask().writable(tree).excludes(folder, file, tree + "/none"))
                .total();
        assertThat(Scene.state(folder)).isEqualTo("0:0 755");
        assertThat(Scene.state(below)).isEqualTo("0:0 644");
        assertThat(Scene.state(file)).isEqualTo("0:0 644");
        assertThat(Scene.state(folder.getParent())).isEqualTo("2000:3000 750");
        assertThat(counts.of(Kind.EXCLUDED)).isEqualTo(2);
    }

    @Test
    void a_tree_below_an_excluded_path_is_not_walked() {
        Summary summary = Scene.apply(new Ask().writable(tree).excludes(scene.root));
        assertThat(summary.trees().getFirst().outcome()).isEqualTo(Outcome.EXCLUDED);
        assertThat(Scene.state(tree)).isEqualTo("0:0 755");
    }

    @Test
    void an_exclude_says_that_it_does_not_hold_unless_it_is_a_mount() throws IOException {
        Path plain = scene.folder("tree/plain");
        Path mounted = scene.folder("tree/mounted");
        scene.mount(mounted, "-t", "tmpfs", "none");
        Ask request = new Ask().writable(tree).excludes(plain, mounted);
        assertThat(warnings(request))
                .containsExactly("exclude " + plain
                        + " holds for this start only: the folder above it becomes the user's, who can then rename it;"
                        + " make it a mount, or move it out of " + tree);
        assertThat(Scene.apply(request).total().of(Kind.EXCLUDED)).isEqualTo(2);
    }

    // ---- mounts

    @Test
    void a_mount_is_entered_unless_one_file_system_is_asked_for() throws IOException {
        Path mount = scene.folder("tree/mount");
        scene.mount(mount, "-t", "tmpfs", "-o", "mode=755", "none");
        Path file = scene.file("tree/mount/file", 0644);
        assertThat(Scene.apply(new Ask().writable(tree).oneFileSystem()).total().of(Kind.MOUNTS))
                .isEqualTo(1);
        assertThat(Scene.state(mount)).isEqualTo("0:0 755");
        assertThat(Scene.state(file)).isEqualTo("0:0 644");
        Scene.handOver(tree);
        assertThat(Scene.state(mount)).isEqualTo("2000:3000 750");
        assertThat(Scene.state(file)).isEqualTo("2000:3000 640");
    }

    @Test
    void a_read_only_mount_and_the_kernels_own_are_not_entered() throws IOException {
        scene.folder("elsewhere");
        Path inside = scene.file("elsewhere/file", 0644);
        Path readOnly = scene.folder("tree/ro");
        Path proc = scene.folder("tree/proc");
        Path last = scene.file("tree/z", 0640);
        scene.mount(
                readOnly, "--bind", "-o", "ro", scene.root.resolve("elsewhere").toString());
        scene.mount(proc, "-t", "proc", "none");
        Counts counts = Scene.handOver(tree);
        assertThat(counts.of(Kind.MOUNTS)).isEqualTo(2);
        assertThat(counts.of(Kind.ERRORS)).isZero();
        assertThat(counts.of(Kind.SEEN)).isEqualTo(4);
        assertThat(Scene.state(inside)).isEqualTo("0:0 644");
        assertThat(Scene.state(last)).isEqualTo("2000:3000 640");
    }

    @ParameterizedTest
    @CsvSource({"755", "777"})
    void a_single_mounted_file_is_left_unless_it_is_the_path_given(String mode) throws IOException {
        Path point = scene.file("tree/file", 0640);
        scene.mount(point, "--bind", outside.toString());
        Scene.mode(tree, Integer.parseInt(mode, 8));
        Counts counts = Scene.handOver(tree);
        assertThat(counts.of(Kind.MOUNTED_FILES)).isEqualTo(1);
        assertThat(Scene.state(outside)).isEqualTo("0:0 644");
        Scene.handOver(point);
        assertThat(Scene.state(outside)).isEqualTo("2000:3000 640");
    }

    // ---- errors

    @Test
    void errors_are_counted_and_the_first_few_named() throws IOException {
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            files.add(scene.file("tree/file" + i, 0640));
        }
        Path view = scene.folder("view");
        scene.mount(view, "--bind", "-o", "ro", tree.toString());
        Counts counts = Scene.handOver(view);
        assertThat(counts.of(Kind.ERRORS)).isEqualTo(8);
        assertThat(counts.of(Kind.CHANGED)).isZero();
        assertThat(counts.errors())
                .hasSize(5)
                .allMatch(line -> line.matches(view + "/file\\d: chown: EROFS \\(read-only file system\\)"));
    }

    @Test
    void what_cannot_be_made_is_an_error_and_not_the_end() throws IOException {
        Path view = scene.folder("view");
        scene.mount(view, "--bind", "-o", "ro", tree.toString());
        Summary summary = Scene.apply(new Ask().writable(view.resolve("x"), tree));
        assertThat(summary.trees()).extracting(Summary.Tree::outcome).containsExactly(Outcome.FAILED, Outcome.WALKED);
        assertThat(summary.total().errors()).containsExactly(view + "/x: mkdir x: EROFS (read-only file system)");
    }

    // ---- size

    @Test
    void wide_and_deep_trees_are_walked_whole_and_leave_no_descriptor_and_no_thread() throws IOException {
        Scene.run(
                "perl",
                "-e",
                "chdir $ARGV[0]; for $d (1..60) { mkdir \"d$d\"; for (1..40) { open(F, '>', \"d$d/$_\") or die } }for"
                        + " (1..6000) { open(F, '>', \"some-longer-name-$_\") or die } for (1..256) { mkdir 'deep'; chdir"
                        + " 'deep'; open(F, '>', 'f') or die; $_ < 256 and mkdir 'side' }",
                tree.toString());
        Counts counts = Scene.handOver(tree);
        assertThat(counts.errors()).isEmpty();
        assertThat(counts.of(Kind.CHANGED)).isEqualTo(1 + 60 + 60 * 40 + 6000 + 3 * 256 - 1);
        assertThat(counts.of(Kind.SEEN)).isEqualTo(counts.of(Kind.CHANGED));
        assertThat(Scene.run("find", tree.toString(), "!", "-user", "2000", "-o", "-perm", "/7"))
                .isEmpty();
        assertThat(scene.descriptors()).isZero();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("stepdown-walk");
    }

    @Test
    void what_lies_deeper_than_256_folders_is_an_error_that_is_named() throws IOException {
        Scene.run(
                "perl",
                "-e",
                "chdir $ARGV[0]; for (1..300) { mkdir 'd'; chdir 'd'; open(F, '>', 'f') or die }",
                tree.toString());
        Counts counts = Scene.handOver(tree);
        assertThat(counts.of(Kind.ERRORS)).isEqualTo(1);
        assertThat(counts.errors().getFirst()).endsWith(": deeper than 256 folders");
        assertThat(counts.of(Kind.SEEN)).isEqualTo(1 + 2 * 256 + 1);
        assertThat(counts.of(Kind.CHANGED)).isEqualTo(1 + 2 * 256);
    }

    // ---- what is said

    @Test
    void owners_that_were_neither_roots_nor_the_users_are_counted_by_id() throws IOException {
        for (int i = 0; i < 3; i++) {
            Scene.owner(scene.file("tree/other" + i, 0640), 1234, 0);
        }
        Scene.owner(scene.file("tree/large", 0640), 4294967294L, 0);
        Scene.owner(scene.file("tree/own", 0644), Scene.UID, Scene.GID);
        Path linked = scene.file("tree/linked", 0644);
        Files.createLink(scene.root.resolve("name"), linked);
        Scene.owner(linked, 77, 77);
        Counts counts = Scene.handOver(tree);
        assertThat(counts.owners()).containsOnly(Map.entry(1234L, 3L), Map.entry(4294967294L, 1L));
    }

    @Test
    void stepdowns_own_folder_met_under_another_name_is_left_and_named() throws IOException {
        Path file = scene.file("opt/own/lib/jar", 0644);
        Path alias = scene.folder("tree/a/alias");
        scene.mount(alias, "--bind", scene.root.resolve("opt/own").toString());
        Ask ask = new Ask().writable(tree).ownFolder(scene.root.resolve("opt/own"));
        Counts counts = Scene.apply(ask).total();
        assertThat(counts.of(Kind.OWN)).isEqualTo(1);
        assertThat(counts.own()).containsExactly(alias.toString());
        assertThat(Scene.state(alias)).isEqualTo("0:0 755");
        assertThat(Scene.state(file)).isEqualTo("0:0 644");
        assertThat(Scene.state(tree)).isEqualTo("2000:3000 750");
    }

    @ParameterizedTest
    @CsvSource({"MISMATCH, 2000:3000 750, WALKED", "ROOT, 0:0 755, UNFINISHED"})
    void a_tree_with_an_error_is_not_marked_as_finished(Policy policy, String top, Outcome outcome) throws IOException {
        scene.file("tree/file", 0640);
        Path fixed = scene.file("tree/fixed", 0640);
        Scene.run("chattr", "+i", fixed.toString());
        try {
            for (int start = 0; start < 2; start++) {
                Summary summary = Scene.apply(new Ask().writable(tree).policy(policy));
                assertThat(summary.total().errors())
                        .containsExactly(fixed + ": chown: EPERM (operation not permitted)");
                assertThat(summary.trees().getFirst().outcome()).isEqualTo(outcome);
                assertThat(Scene.state(tree)).isEqualTo(top);
                assertThat(Scene.state(scene.root.resolve("tree/file"))).isEqualTo("2000:3000 640");
            }
        } finally {
            Scene.run("chattr", "-i", fixed.toString());
        }
    }

    @Test
    void raw_names_are_found_byte_for_byte() throws IOException {
        String name = "caf\u00e9\u00ff";
        Scene.run("perl", "-e", "mkdir \"$ARGV[0]/caf\\xe9\\xff\" or die", tree.toString());
        Summary summary = Scene.apply(new Ask().writable(tree + "/" + name));
        assertThat(summary.trees().getFirst().outcome()).isEqualTo(Outcome.WALKED);
        assertThat(Scene.run("find", tree.toString(), "-user", "2000").getBytes(StandardCharsets.ISO_8859_1))
                .isNotEmpty();
    }
}
