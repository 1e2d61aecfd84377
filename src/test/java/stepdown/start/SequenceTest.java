package stepdown.start;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.kernel.Linux;
import stepdown.kernel.SimulatedLinux;

/**
 * The calls of a whole start, in their order; what happens when one of them fails; and what happens when one of them is
 * not there.
 */
class SequenceTest {
    @TempDir
    private Path root;

    @BeforeEach
    void makeRoot() throws IOException {
        for (String folder : List.of(
                "proc/self/fd",
                "proc/self/fdinfo",
                "proc/thread-self",
                "etc",
                "bin",
                "home",
                "dev",
                "opt/stepdown/bin",
                "opt/stepdown/lib")) {
            Files.createDirectories(root.resolve(folder));
        }
        Files.createSymbolicLink(root.resolve("proc/self/exe"), Path.of("/opt/stepdown/bin/stepdown"));
        write("proc/self/environ", "PATH=/bin\0HOME=/root\0odd.name=x\0noequals\0");
        write("proc/self/uid_map", "         0          0 4294967295\n");
        write("proc/self/gid_map", "         0          0 4294967295\n");
        write("proc/self/setgroups", "allow\n");
        write("proc/self/mountinfo", "");
        write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
        write("etc/group", "root:x:0:\n");
        write("bin/product", "");
        write("dev/null", "");
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(root.resolve(name), text);
    }

    private static final String[] PLAIN = {"--", "product"};

    // ---- the confinement

    private static final String[] CONFINING = {"--confine", "--", "product"};

    private static final String CREATE = "syscall " + Linux.SYS_LANDLOCK_CREATE_RULESET;
    private static final String ENTER = "syscall " + Linux.SYS_LANDLOCK_RESTRICT_SELF;
    private static final String PROBE = "syscall " + Linux.SYS_MKNODAT;

    private SimulatedLinux confining(Path folder) throws IOException {
        return made(folder, "dev/shm", "dev/pts", "tmp");
    }

    @Test
    void a_product_is_confined_between_no_new_privs_and_the_proof_that_asks_again() throws IOException {
        SimulatedLinux linux = confining(root.resolve("one"));
        startIn(CONFINING, linux, root.resolve("one"));
        assertThat(linux.product).isNotNull();
        assertThat(linux.calls.stream()
                        .filter(call -> List.of(
                                        CREATE,
                                        ENTER,
                                        PROBE,
                                        "prctl 38 1 0",
                                        "prctl 24 0 0",
                                        "setuid 9031",
                                        "syscall 116")
                                .contains(call)))
                .containsExactly(
                        CREATE,
                        CREATE,
                        "prctl 24 0 0",
                        "setuid 9031",
                        "prctl 38 1 0",
                        PROBE,
                        ENTER,
                        "syscall 116",
                        PROBE);
        assertThat(linux.calls)
                .filteredOn(call -> call.startsWith("openat /proc/self/fd/"))
                .hasSize(2);
    }

    @Test
    void whichever_call_of_the_confining_fails_the_product_is_confined_or_never_runs() throws IOException {
        SimulatedLinux complete = confining(root.resolve("complete"));
        startIn(CONFINING, complete, root.resolve("complete"));
        int begin = first(complete.calls, CREATE);
        int end = first(complete.calls, "close_range");
        assertThat(end - begin).isGreaterThan(100);
        for (int i = begin; i < end; i++) {
            Path folder = root.resolve("failing" + i);
            SimulatedLinux linux = confining(folder);
            linux.failing = i;
            int status = startIn(CONFINING, linux, folder);
            assertThat(linux.product == null ? status >= 125 : linux.confined)
                    .as(complete.calls.get(i))
                    .isTrue();
        }
    }

    /** Only what is not there is left out. */
    @Test
    void a_folder_that_cannot_be_permitted_is_not_left_out() throws IOException {
        SimulatedLinux linux = confining(root.resolve("one"));
        startIn(CONFINING, linux, root.resolve("one"));
        String call = linux.calls.stream()
                .filter(each -> each.startsWith("openat /tmp"))
                .findFirst()
                .orElseThrow();
        SimulatedLinux failing = confining(root.resolve("two"));
        failing.failingCall = call;
        assertThat(startIn(CONFINING, failing, root.resolve("two"))).isEqualTo(125);
        assertThat(failing.product).isNull();
    }

    @Test
    void a_ruleset_that_is_entered_without_effect_is_no_confinement() throws IOException {
        SimulatedLinux linux = confining(root.resolve("one"));
        linux.lost = ENTER::equals;
        assertThat(startIn(CONFINING, linux, root.resolve("one"))).isEqualTo(125);
        assertThat(linux.product).isNull();
    }

    @Test
    void a_kernel_whose_landlock_lets_through_too_much_is_refused_before_anything_is_changed() throws IOException {
        SimulatedLinux linux = confining(root.resolve("one"));
        linux.landlock = 2;
        assertThat(startIn(CONFINING, linux, root.resolve("one"))).isEqualTo(125);
        assertThat(linux.calls).doesNotContain("prctl 24 0 0").noneMatch(call -> call.startsWith("renameat"));
    }

    // ---- credentials and the umask

    private static final String[] HANDING = {"--credential", "db=/run/secrets/db", "--umask", "027", "--", "product"};

    private SimulatedLinux handing(Path folder) throws IOException {
        SimulatedLinux linux = made(folder, "run/secrets", "dev/shm");
        Files.setAttribute(folder.resolve("dev/shm"), "unix:mode", 01777);
        Files.writeString(folder.resolve("run/secrets/db"), "s3cret");
        return linux;
    }

    private static List<String> copies(Path folder) throws IOException {
        Path copies = folder.resolve("dev/shm/credentials-9031");
        if (!Files.exists(copies)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(copies)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Test
    void a_credential_is_copied_and_the_umask_set_right_before_the_drop() throws IOException {
        SimulatedLinux linux = handing(root.resolve("one"));
        startIn(HANDING, linux, root.resolve("one"));
        assertThat(linux.product.environment()).contains("CREDENTIALS_DIRECTORY=/dev/shm/credentials-9031");
        assertThat(linux.umask).isEqualTo(027);
        int renamed = first(linux.calls, "renameat /dev/shm/credentials-9031/.");
        List<String> rest = linux.calls.subList(renamed, linux.calls.size());
        assertThat(rest.stream().filter(call -> !call.equals("close") && !call.equals("sigpending")))
                .startsWith(linux.calls.get(renamed), "syscall 95", "prctl 24 0 0");
    }

    @Test
    void whichever_call_of_the_copying_fails_the_product_has_all_of_it_or_nothing_is_left() throws IOException {
        SimulatedLinux complete = handing(root.resolve("complete"));
        startIn(HANDING, complete, root.resolve("complete"));
        int begin = first(complete.calls, "openat run");
        int end = first(complete.calls, "prctl 24");
        assertThat(end - begin).isGreaterThan(40);
        for (int i = begin; i < end; i++) {
            Path folder = root.resolve("failing" + i);
            SimulatedLinux linux = handing(folder);
            linux.failing = i;
            int status = startIn(HANDING, linux, folder);
            if (linux.product != null) {
                assertThat(Files.readString(folder.resolve("dev/shm/credentials-9031/db")))
                        .isEqualTo("s3cret");
            } else {
                assertThat(status).as(complete.calls.get(i)).isEqualTo(125);
            }
        }
    }

    @Test
    void whenever_a_start_was_killed_the_next_one_finishes_its_work_and_leaves_nothing_else() throws IOException {
        SimulatedLinux complete = handing(root.resolve("complete"));
        startIn(HANDING, complete, root.resolve("complete"));
        for (int i = first(complete.calls, "mkdirat /dev/shm"); i < first(complete.calls, "prctl 24"); i++) {
            Path folder = root.resolve("killed" + i);
            SimulatedLinux killed = handing(folder);
            killed.killedAt = i;
            startIn(HANDING, killed, folder);
            assertThat(killed.product).isNull();
            SimulatedLinux next = new SimulatedLinux(folder);
            next.owners = killed.owners;
            startIn(HANDING, next, folder);
            assertThat(next.product).as(complete.calls.get(i)).isNotNull();
            assertThat(copies(folder)).containsExactly("db");
            assertThat(Files.readString(folder.resolve("dev/shm/credentials-9031/db")))
                    .isEqualTo("s3cret");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"setgroups", "setgid 9999", "setuid 9031", "prctl 24 0 0"})
    void a_drop_that_fails_takes_the_copy_away_and_leaves_what_was_there(String call) throws IOException {
        for (boolean before : new boolean[] {false, true}) {
            Path folder = root.resolve(call.replace(' ', '-') + before);
            SimulatedLinux linux = handing(folder);
            if (before) {
                startIn(HANDING, linux, folder);
                Files.writeString(folder.resolve("run/secrets/db"), "rotated");
                Map<Long, Long> owners = linux.owners;
                linux = new SimulatedLinux(folder);
                linux.owners = owners;
            }
            linux.failingCall = call;
            assertThat(startIn(HANDING, linux, folder)).isEqualTo(125);
            assertThat(copies(folder)).isEqualTo(before ? List.of("db") : List.of());
            assertThat(Files.exists(folder.resolve("dev/shm/credentials-9031"))).isEqualTo(before);
        }
    }

    /** A root folder of its own, with these folders besides. */
    private SimulatedLinux made(Path folder, String... besides) throws IOException {
        Path before = root;
        root = folder;
        makeRoot();
        for (String name : besides) {
            Files.createDirectories(root.resolve(name));
        }
        root = before;
        return new SimulatedLinux(folder);
    }

    private int startIn(String[] arguments, SimulatedLinux linux, Path folder) throws IOException {
        Path before = root;
        root = folder;
        try {
            return start(linux, arguments);
        } finally {
            root = before;
        }
    }

    private int start(SimulatedLinux linux, String... arguments) throws IOException {
        write("proc/self/cmdline", "stepdown\0" + String.join("\0", arguments) + "\0");
        return Launcher.launch(linux::kernel, arguments.length, false);
    }

    private static List<String> privileged(SimulatedLinux linux) {
        List<String> calls = new ArrayList<>();
        boolean changing = false;
        for (String call : linux.calls) {
            changing |= call.startsWith("prctl 24");
            boolean told = call.startsWith("set")
                    || call.startsWith("capset")
                    || call.startsWith("prctl 24")
                    || call.startsWith("prctl 8 ")
                    || call.startsWith("prctl 47 2")
                    || call.startsWith("prctl 47 4")
                    || call.startsWith("prctl 38")
                    || call.startsWith("syscall")
                    || call.startsWith("openat /proc/thread-self")
                    || call.startsWith("close_range")
                    || call.startsWith("sigprocmask")
                    || call.startsWith("execve");
            if (changing && told) {
                calls.add(call);
            }
        }
        return calls;
    }

    @Test
    void a_start_makes_exactly_these_calls_in_this_order() throws IOException {
        SimulatedLinux linux = new SimulatedLinux(root);
        start(linux, "--", "product", "-x");

        List<String> expected = new ArrayList<>();
        for (int capability = 0; capability <= 41; capability++) {
            expected.add("prctl 24 " + capability + " 0");
        }
        expected.addAll(List.of(
                "setgroups",
                "setgid 9999",
                "setuid 9031",
                "prctl 8 0 0",
                "prctl 47 4 0",
                "capset",
                "prctl 38 1 0",
                "openat /proc/thread-self/status",
                "syscall 105",
                "syscall 117",
                "syscall 106",
                "syscall 119",
                "syscall 116",
                "close_range",
                "sigprocmask",
                "execve /bin/product"));
        assertThat(privileged(linux)).isEqualTo(expected);
        assertThat(linux.product)
                .isEqualTo(new SimulatedLinux.Product(
                        "/bin/product",
                        List.of("product", "-x"),
                        List.of(
                                "PATH=/bin",
                                "HOME=/home/ping",
                                "odd.name=x",
                                "noequals",
                                "USER=ping",
                                "LOGNAME=ping")));
    }

    @Test
    void a_kept_capability_adds_keep_caps_before_and_ambient_after() throws IOException {
        SimulatedLinux linux = new SimulatedLinux(root);
        start(linux, "--keep-cap", "net_bind_service", "product");

        assertThat(privileged(linux))
                .doesNotContain("prctl 24 10 0")
                .containsSubsequence(
                        "prctl 8 1 0",
                        "setgroups",
                        "setgid 9999",
                        "setuid 9031",
                        "prctl 8 0 0",
                        "prctl 47 4 0",
                        "capset",
                        "prctl 47 2 10",
                        "prctl 38 1 0");
        assertThat(List.of(linux.bounding, linux.permitted, linux.effective, linux.inheritable, linux.ambient))
                .containsOnly(1L << 10);
    }

    @ParameterizedTest
    @CsvSource({"15,143", "2,130", "1,129", "3,131"})
    void a_signal_that_comes_at_any_step_ends_the_start(int signal, int status) throws IOException {
        SimulatedLinux complete = new SimulatedLinux(root);
        start(complete, "--", "product");
        assertThat(complete.looks).isGreaterThan(10);
        for (int step = 0; step < complete.looks; step++) {
            makeRoot(step);
            SimulatedLinux linux = new SimulatedLinux(root.resolve("run" + step));
            linux.pending = 1L << (signal - 1);
            linux.pendingAfter = step;
            assertThat(startIn(PLAIN, linux, root.resolve("run" + step))).isEqualTo(status);
            assertThat(linux.product).isNull();
        }
    }

    @Test
    void a_signal_that_is_ignored_and_pending_ends_nothing() throws IOException {
        SimulatedLinux linux = new SimulatedLinux(root);
        linux.pending = 1L;
        linux.ignored = 1L;
        start(linux, "--", "product");
        assertThat(linux.product).isNotNull();
    }

    @Test
    void nothing_comes_between_the_last_look_for_signals_and_the_emptied_mask_and_the_exec() throws IOException {
        SimulatedLinux linux = new SimulatedLinux(root);
        start(linux, "--", "product");
        assertThat(linux.calls.subList(linux.calls.lastIndexOf("sigpending"), linux.calls.size()))
                .startsWith("sigpending", "sigprocmask", "execve /bin/product");
    }

    /** As one that was built without CONFIG_USER_NS has it; setgroups came later than the other two. */
    @ParameterizedTest
    @ValueSource(strings = {"uid_map gid_map setgroups", "setgroups", "uid_map", "gid_map"})
    void a_kernel_without_user_namespaces_maps_all_ids(String missing) throws IOException {
        for (String file : missing.split(" ")) {
            Files.delete(root.resolve("proc/self").resolve(file));
        }
        SimulatedLinux linux = new SimulatedLinux(root);
        linux.groups.add(5000L);
        start(linux, "--", "product");
        assertThat(linux.product).isNotNull();
        assertThat(List.of(linux.uid, linux.gid)).containsExactly(9031L, 9999L);
        assertThat(linux.groups).containsExactly(5000L, 9999L);
    }

    /** As one that was built without CONFIG_SECCOMP has it. */
    @Test
    void a_kernel_without_seccomp_has_no_filter_on() throws IOException {
        SimulatedLinux linux = new SimulatedLinux(root);
        // With SYS_ADMIN another warning stands in its place.
        linux.bounding = 0xff;
        linux.seccomp = "";
        assertThat(errorsOf(linux)).contains("WARN stepdown - no seccomp filter is on");
        assertThat(linux.product).isNotNull();
    }

    /** As those before Linux 4.10 are, and gVisor's. */
    @ParameterizedTest
    @ValueSource(strings = {"CapAmb", "NoNewPrivs"})
    void a_kernel_that_does_not_show_what_is_to_be_proven_starts_no_product(String line) throws IOException {
        SimulatedLinux linux = new SimulatedLinux(root);
        linux.unknown = line;
        assertThat(start(linux, "--", "product")).isEqualTo(125);
        assertThat(linux.product).isNull();
        assertThat(linux.calls).noneMatch(call -> call.matches("(renameat|mkdirat|setuid|prctl 24) .*"));
    }

    private String errorsOf(SimulatedLinux linux) throws IOException {
        PrintStream usual = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.ISO_8859_1));
        try {
            start(linux, "--", "product");
        } finally {
            System.setErr(usual);
        }
        return said.toString(StandardCharsets.ISO_8859_1);
    }

    private static final Set<String> LIKE = Set.of("prctl 23", "prctl 24", "prctl 47 1", "sigaction");

    /** Calls whose failure is answered otherwise than by a refusal, each with its reason. */
    private static final Set<String> FORGIVEN = Set.of(
            "getpid", // it cannot
            "fcntl", // descriptor 0 to 2 looks closed, and /dev/null takes its place or is refused
            "fchown", // the standard streams may be another's
            "isatty", // not a terminal
            "close_range", // each descriptor is marked by itself then
            "faccessat .", // a working directory that cannot be entered is a warning
            "faccessat /bin/product", // EPERM may be a seccomp profile's: it is asked for in another way
            "syscall 105", // these must fail
            "syscall 117",
            "syscall 106",
            "syscall 119",
            "syscall 116");

    @Test
    void whichever_call_fails_the_product_does_not_run_unless_that_call_may_fail() throws IOException {
        SimulatedLinux complete = new SimulatedLinux(root);
        start(complete, "--", "product");
        // The drop does not depend on the rows: what happens where they cannot be read or written is the account room's
        // own test.
        int accounts = first(complete.calls, "/etc");
        int drop = first(complete.calls, "prctl 24");
        List<String> survived = new ArrayList<>();
        for (int i = 0; i < complete.calls.size(); i++) {
            if ((i >= accounts && i < drop) || isInsideOfARun(complete.calls, i)) {
                continue;
            }
            makeRoot(i);
            SimulatedLinux linux = new SimulatedLinux(root.resolve("run" + i));
            survived.addAll(outcome(linux, complete.calls.get(i), i));
        }
        assertThat(survived).isEmpty();
    }

    /** Of like calls, made for each of 41 capabilities or 64 signals, the first and the last will do. */
    private static boolean isInsideOfARun(List<String> calls, int i) {
        String kind = kind(calls.get(i));
        return calls.subList(0, i).stream().anyMatch(call -> kind(call).equals(kind))
                && calls.subList(i + 1, calls.size()).stream()
                        .anyMatch(call -> kind(call).equals(kind))
                && LIKE.stream().anyMatch(kind::startsWith);
    }

    private static String kind(String call) {
        return call.replaceAll("^(prctl 2[34]) [0-9]+ 0$", "$1").replaceAll("^(prctl 47 1) [0-9]+$", "$1");
    }

    private static int first(List<String> calls, String part) {
        int index = 0;
        while (!calls.get(index).contains(part)) {
            index++;
        }
        return index;
    }

    private void makeRoot(int i) throws IOException {
        Path original = root;
        root = original.resolve("run" + i);
        try {
            makeRoot();
        } finally {
            root = original;
        }
    }

    private List<String> outcome(SimulatedLinux linux, String call, int index) throws IOException {
        linux.failing = index;
        int status = startIn(PLAIN, linux, root.resolve("run" + index));
        boolean forgiven = FORGIVEN.contains(call);
        if (linux.product != null) {
            return forgiven ? List.of() : List.of(call + " failed and the product ran");
        }
        boolean right = status == 125 || status == 126 && (call.startsWith("execve") || call.endsWith(" /bin/product"));
        return right || forgiven ? List.of() : List.of(call + " gave " + status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"prctl 24 21 0", "setgroups", "setgid 9999", "setuid 9031", "capset", "prctl 38 1 0"})
    void a_step_that_says_yes_and_does_nothing_is_found_by_the_proof(String call) throws IOException {
        SimulatedLinux linux = new SimulatedLinux(root);
        linux.inheritable = 1L << 13;
        linux.lost = call::equals;
        assertThat(start(linux, "--", "product")).isEqualTo(125);
        assertThat(linux.product).isNull();
    }

    @Test
    void an_ambient_capability_that_is_left_is_found_by_the_proof() throws IOException {
        SimulatedLinux linux = new SimulatedLinux(root);
        linux.uid = 5000;
        linux.gid = 5000;
        linux.groups.clear();
        linux.ambient = 1L << 7;
        linux.lost = "prctl 47 4 0"::equals;
        assertThat(start(linux, "--", "product")).isEqualTo(125);
        assertThat(linux.product).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "/opt/stepdown/runtime/bin/java, /opt/stepdown",
        "/opt/stepdown/bin/stepdown, /opt/stepdown/bin/stepdown",
        "/java, /java"
    })
    void the_own_folder_is_told_by_what_runs(String exe, String own) throws Exception {
        Files.delete(root.resolve("proc/self/exe"));
        Files.createSymbolicLink(root.resolve("proc/self/exe"), Path.of(exe));
        assertThat(Found.ownFolder(new SimulatedLinux(root).kernel())).isEqualTo(own);
    }
}
