package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a dry run prints is what the start does: the system calls of the start that follows it are those of the printed
 * steps, with the printed arguments, in the printed order, and no change is made besides.
 */
@EachFlavour
class DryRunTest {
    private static final String STEPDOWN = "/opt/stepdown/bin/stepdown";
    private static final String PRODUCT = "/usr/bin/true";
    private static final String TEMPORARY = "/etc/.account.stepdown";

    private static final String STRACE = "RUN apt-get update && apt-get install -y --no-install-recommends strace";
    private static final String TREE = "RUN mkdir -p -m 755 /srv/tree/sub && cd /srv/tree && touch sub/g"
            + " && install -m 666 /dev/null f && install -m 600 -o 9031 -g 9999 /dev/null right && ln -s f link";

    /** Tells the facts, and what was traced, in parts that begin with a form feed and their name. */
    private static final String TRACED = """
            part() { printf '\\f%s\\n' "$1"; }
            trace() { file=$1; shift; strace -f -y -qq -s 8192 -o "$file" /opt/stepdown/bin/stepdown "$@"; }
            exec 5</dev/null
            trap '' USR1
            part dry-run; trace /tmp/dry-run --dry-run "$@"
            part capabilities; setpriv --list-caps
            part streams; stat -L -c '%F %u' /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2
            part /etc/passwd; cat /etc/passwd
            part /etc/group; cat /etc/group
            part devices; find /dev -maxdepth 1 -type c
            part files; find /srv /home -printf '%p %U:%G %m %y\\n'
            trace /tmp/start "$@"
            part calls-of-dry-run; cat /tmp/dry-run
            part calls-of-start; cat /tmp/start
            """;

    @Parameter
    Flavour flavour;

    /** The facts and traces of one container, by the names of their parts. */
    private final Map<String, String> parts = new HashMap<>();

    private final Map<String, Function<MatchResult, List<String>>> known = new HashMap<>();
    private boolean confined;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # start        | flags                                                | before | options
            plain          | none                                                 | none   | none
            everything     | none                                                 | none   | --keep-cap NET_BIND_SERVICE,KILL --groups 7 --keep-fd 5 --writable /srv/tree --writable /srv/new/deep
            nothing lost   | -e STEPDOWN_STRIP=none                               | none   | --writable /srv/tree --keep-bounding-set
            nothing owned  | none                                                 | none   | --writable /srv/tree --ownership off --allow-new-privileges
            a second time  | none                                                 | a start| --writable /srv/tree
            renumbered     | -e PING_CONTAINER_UID=2000 -e PING_CONTAINER_GID=3000 | a start| --writable /srv/tree --strip go
            as a user      | --user 5000:6000                                     | none   | --writable /srv/tree
            handed over    | none                                                 | none   | --umask 027
            confined       | none                                                 | none   | --writable /srv/tree --confine
            """)
    void a_start_makes_the_calls_of_the_printed_steps_in_their_order_and_no_others(
            String name, @Nullable String flags, @Nullable String before, @Nullable String options) {
        trace(flags, before != null, options);
        // What the dry run does, a start does before its first step.
        List<String> beginning = calls("calls-of-dry-run").stream()
                .map(call -> call.replace(" \"--dry-run\",", ""))
                .toList();
        assertThat(beginning).as("of a dry run").isNotEmpty().allMatch(this::isBeginning);
        List<String> start = calls("calls-of-start");
        assertThat(start).startsWith(beginning.toArray(String[]::new)).contains(became());
        List<String> done = start.subList(beginning.size(), start.indexOf(became()) + 1);

        // Where a class or a file is looked for that the cache does not have, Java opens the jar, and indexes it.
        assertThat(part("calls-of-start").lines()).noneMatch(call -> call.matches(".* openat\\(.*[.]jar\".*"));

        List<String> steps = part("dry-run").lines().toList();
        assertThat(settled(done)).as("%s", steps).isEqualTo(settled(expected(steps)));
    }

    private void trace(@Nullable String flags, boolean started, @Nullable String options) {
        List<String> command = new ArrayList<>(List.of("run", "--rm", "--network=none", "--label", Docker.LABEL));
        // Without SYS_PTRACE, root's strace could not go on with a process that has become another user's.
        command.addAll(List.of("--cap-add", "SYS_PTRACE", "--ulimit", "nofile=1000:2000", "-w", "/"));
        command.addAll(words(flags));
        command.addAll(List.of("--entrypoint", "sh", Images.probeWith(flavour, STRACE, TREE)));
        String first = "env -i " + STEPDOWN + " --log error --writable /srv/tree -- true\n";
        command.addAll(List.of("-ec", (started ? first : "") + TRACED, "sh"));
        command.addAll(words(options));
        command.addAll(List.of("--", "true"));
        for (String part : Docker.docker(command).succeeded().text().split("\f")) {
            int end = part.indexOf('\n');
            parts.put(part.substring(0, Math.max(0, end)), part.substring(end + 1));
        }
    }

    private static List<String> words(@Nullable String text) {
        return text == null ? List.of() : List.of(text.split(" +"));
    }

    private String part(String name) {
        assertThat(parts).containsKey(name);
        return parts.get(name);
    }

    private List<String> calls(String part) {
        return Trace.changes(part(part), Set.of("/", "/srv/tree", PRODUCT));
    }

    /** The programs of stepdown begin, and look at themselves; the native one's runtime raises a limit. */
    private boolean isBeginning(String call) {
        return call.startsWith("execve /opt/stepdown/")
                || call.equals("read /proc/thread-self/status")
                || (flavour == Flavour.NATIVE && call.startsWith("limit RLIMIT_NOFILE "));
    }

    /** In one order: what is below a tree, two threads change in any; its top comes last in each. */
    private static List<String> settled(List<String> calls) {
        List<String> settled = new ArrayList<>();
        List<String> below = new ArrayList<>();
        for (String call : Stream.concat(calls.stream(), Stream.of("")).toList()) {
            if (call.matches("(ch(own|mod) /srv/tree/|permit ).*")) {
                below.add(call);
            } else {
                below.sort(Comparator.comparing(change -> change.split(" ")[1]));
                settled.addAll(below);
                below.clear();
                settled.add(call);
            }
        }
        return settled;
    }

    // ---- from each printed line to its calls

    private static boolean isOfAccounts(String line) {
        return line.startsWith("append ") || line.startsWith("renumber ");
    }

    /** Whether a tree is walked. */
    private static boolean isOfPaths(String line) {
        return line.startsWith("give /") || line.startsWith("create /");
    }

    private static boolean isOfHome(String line) {
        return line.startsWith("give /home/");
    }

    private List<String> expected(List<String> lines) {
        List<String> calls = new ArrayList<>();
        String before = "";
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            String after = i + 1 < lines.size() ? lines.get(i + 1) : "";
            if (isOfAccounts(line) && !isOfAccounts(before)) {
                calls.add("open /etc/.pwd.lock O_WRONLY|O_CREAT|O_NONBLOCK|O_NOFOLLOW|O_CLOEXEC, 0600");
                calls.add("unlink " + TEMPORARY + " ENOENT");
            }
            boolean walks = isOfPaths(line) && !isOfHome(line); // the home is empty: nothing is asked for that
            if (walks && (!isOfPaths(before) || isOfHome(before))) {
                calls.add("limit RLIMIT_NOFILE 2000 2000");
            }
            calls.addAll(expected(line));
            if (walks && !isOfPaths(after)) {
                calls.add("limit RLIMIT_NOFILE 1000 2000");
            }
            before = line;
        }
        return calls;
    }

    private List<String> expected(String line) {
        List<List<String>> found = new ArrayList<>();
        known.forEach((step, calls) -> {
            Matcher words = Pattern.compile(step).matcher(line);
            if (words.matches()) {
                found.add(calls.apply(words));
            }
        });
        assertThat(found).as("what is known of the step \"%s\"", line).hasSize(1);
        return found.getFirst();
    }

    /** What each printed line says, and the calls that do it. */
    @BeforeEach
    void know() {
        step("append (\\S+) to (\\S+)", w -> written(w.group(2), part(w.group(2)) + w.group(1) + "\n"));
        step("renumber ping in (\\S+) from (\\S+) to (\\S+)", w -> renumbered(w.group(1), w.group(2), w.group(3)));
        step("create the home (\\S+) \\((0700)\\) where it is missing", w -> made(w.group(1), w.group(2), "9031:9999"));
        step("create (/\\S+) for (\\S+)", w -> created(w.group(1), w.group(2)));
        String without = "(?:, without (\\w+)-rwx)? \\(now .*\\)";
        step("give (/\\S+) and all below it to ([0-9:]+)" + without, w -> given(w.group(1), w.group(2), w.group(3)));
        String denied = "access /srv/tree W_OK|X_OK EACCES"; // asked for again by the older system call
        step("report the writable paths that uid 5000 cannot write", w -> List.of(denied, denied));
        step("empty the bounding set \\(keep: (\\S+)\\)", w -> dropped(w.group(1)));
        step("give descriptors 0 to 2 to (\\d+) where they are pipes or terminals", w -> streams(w.group(1)));
        step("keep the permitted set over the change of the user id", w -> List.of("prctl(PR_SET_KEEPCAPS, 1)"));
        step(
                "set the supplementary groups (\\[.*\\])",
                w -> List.of("setgroups(" + count(w.group(1)) + w.group(1) + ")"));
        step("set the group id (\\d+)", w -> List.of("setgid(" + w.group(1) + ")"));
        step("set the user id (\\d+)", w -> List.of("setuid(" + w.group(1) + ")"));
        step("clear keep-caps", w -> List.of("prctl(PR_SET_KEEPCAPS, 0)"));
        String sets = "set the effective, permitted and inheritable set ";
        step(sets + "\\((\\S+)\\), and empty the ambient set", w -> emptied(w.group(1)));
        step("raise the ambient set \\((\\S+)\\)", w -> raised(w.group(1)));
        step("set no_new_privs", w -> List.of("prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)"));
        step("set the umask 0(\\d+)", w -> List.of("umask(" + w.group(1) + ")"));
        step("permit writing below (.*) \\(HOME\\) and what any product may write", w -> permitted(w.group(1)));
        step("confine writing to what is permitted \\(Landlock\\)", w -> confined());
        step("prove it: read everything back, and fail to become root again", w -> proven());
        step("look true up in PATH as the user", w -> List.of("access / X_OK", "access " + PRODUCT + " X_OK"));
        step("mark every descriptor from 3 on close-on-exec \\(keep: \\[(\\d*)\\]\\)", w -> marked(w.group(1)));
        String signals = "set ignored signals to their default and empty the signal mask";
        step(signals, w -> List.of("empty the signal mask", "SIGUSR1, {sa_handler=SIG_DFL}"));
        step("become true", w -> List.of(became()));
    }

    private void step(String words, Function<MatchResult, List<String>> calls) {
        known.put(words, calls);
    }

    private static String became() {
        return "execve " + PRODUCT + " [\"true\"]";
    }

    private static List<String> written(String file, String text) {
        return List.of(
                "open " + TEMPORARY + " O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600",
                "write " + TEMPORARY + " " + text.replace("\n", "\\n"),
                "chown " + TEMPORARY + " 0:0",
                "chmod " + TEMPORARY + " 0644",
                "rename " + TEMPORARY + " to " + file);
    }

    private List<String> renumbered(String file, String before, String after) {
        return written(file, part(file).replace("\nping:x:" + before + ":", "\nping:x:" + after + ":"));
    }

    private static List<String> made(String folder, String mode, String owner) {
        return List.of("mkdir " + folder + " " + mode, "chmod " + folder + " " + mode, "chown " + folder + " " + owner);
    }

    private List<String> created(String path, String owner) {
        List<String> calls = new ArrayList<>();
        for (int end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) {
            String above = path.substring(0, end);
            calls.addAll(files().anyMatch(file -> file[0].equals(above)) ? List.of() : made(above, "0755", "0:0"));
        }
        calls.addAll(made(path, "0750", owner));
        return calls;
    }

    /** Path, owner, octal mode and type of each, as they were before the start. */
    private Stream<String[]> files() {
        return part("files").lines().map(line -> line.split(" "));
    }

    private List<String> given(String path, String owner, @Nullable String strip) {
        List<String> calls = new ArrayList<>();
        int lost = strip == null ? 0 : strip.equals("o") ? 07 : 077;
        files().filter(file -> file[0].startsWith(path + "/")).forEach(file -> calls.addAll(given(file, owner, lost)));
        files().filter(file -> file[0].equals(path)).forEach(file -> calls.addAll(given(file, owner, lost)));
        return calls;
    }

    private static List<String> given(String[] file, String owner, int lost) {
        int mode = Integer.parseInt(file[2], 8);
        List<String> calls = new ArrayList<>();
        if (!file[1].equals(owner)) {
            calls.add("chown " + file[0] + " " + owner);
        }
        if (!file[3].equals("l") && (mode & lost) != 0) {
            calls.add("chmod " + file[0] + " 0" + Integer.toOctalString(mode & ~lost));
        }
        return calls;
    }

    /**
     * All that the kernel knows but the kept ones, and the first that it does not know: this is how the end is told.
     */
    private List<String> dropped(String kept) {
        List<String> known =
                part("capabilities").toUpperCase(Locale.ROOT).lines().toList();
        String end = "prctl(PR_CAPBSET_DROP, 0x%x /* CAP_??? */) EINVAL".formatted(known.size());
        return Stream.concat(
                        known.stream()
                                .filter(capability -> !List.of(kept.split(",")).contains(capability))
                                .map("prctl(PR_CAPBSET_DROP, CAP_%s)"::formatted),
                        Stream.of(end))
                .toList();
    }

    private List<String> streams(String uid) {
        List<String> calls = new ArrayList<>();
        List<String> streams = part("streams").lines().toList();
        for (int fd = 0; fd < streams.size(); fd++) {
            if (streams.get(fd).startsWith("fifo ") && !streams.get(fd).equals("fifo " + uid)) {
                calls.add("chown descriptor " + fd + " " + uid + ":-1");
            }
        }
        return calls;
    }

    /** As strace shows how many are in a list, before the list. */
    private static String count(String list) {
        return list.split(",").length + ", ";
    }

    private static List<String> emptied(String kept) {
        String set = kept.equals("none") ? "0" : "1<<CAP_" + kept.replace(",", "|1<<CAP_");
        return List.of(
                "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)",
                "capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=%s, permitted=%s, inheritable=%s})"
                        .formatted(set, set, set));
    }

    private static List<String> raised(String kept) {
        return Stream.of(kept.split(","))
                .map("prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_%s, 0, 0)"::formatted)
                .toList();
    }

    private List<String> permitted(String paths) {
        List<String> calls = new ArrayList<>();
        for (String folder : List.of("/dev/shm", "/tmp", "/var/tmp", "/dev/mqueue")) {
            calls.add("permit " + folder + " and below");
        }
        Stream.concat(part("devices").lines(), Stream.of("/proc", "/dev/pts"))
                .forEach(path -> calls.add("permit " + path));
        List<String> streams = part("streams").lines().toList();
        for (int fd = 0; fd < streams.size(); fd++) {
            boolean pipe = streams.get(fd).startsWith("fifo ");
            calls.add("permit " + (pipe ? "descriptor " + fd + " EBADFD" : "/dev/null"));
        }
        calls.add("open /dev O_RDWR|O_EXCL|O_CLOEXEC|O_TMPFILE, 000");
        calls.add("chmod /dev/# 0666");
        for (String path : paths.split(", ")) {
            calls.add("permit " + path + " and below");
        }
        return calls;
    }

    private static final String DEVICE = "mknod /dev/shm/.stepdown-proof S_IFBLK|000, makedev(0, 0) ";
    private static final String AGAIN = "open /dev/# O_WRONLY|O_CLOEXEC";

    private List<String> confined() {
        confined = true;
        return List.of(DEVICE + "EPERM", AGAIN, "confine");
    }

    private List<String> proven() {
        List<String> proof = new ArrayList<>(List.of(
                "read /proc/thread-self/status",
                "setuid(0) EPERM",
                "setresuid(0, 0, 0) EPERM",
                "setgid(0) EPERM",
                "setresgid(0, 0, 0) EPERM",
                "setgroups(1, [0]) EPERM"));
        proof.addAll(confined ? List.of(DEVICE + "EACCES", AGAIN + " EACCES") : List.of());
        return proof;
    }

    private static List<String> marked(String kept) {
        String rest = "close_range(%d, 4294967295, CLOSE_RANGE_CLOEXEC)";
        int fd = kept.isEmpty() ? 2 : Integer.parseInt(kept);
        String below = "close_range(3, " + (fd - 1) + ", CLOSE_RANGE_CLOEXEC)";
        return kept.isEmpty() ? List.of(rest.formatted(3)) : List.of(below, rest.formatted(fd + 1));
    }
}
