package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --verify} says of real containers, and that it says the same whoever asks. */
@EachFlavour
class VerifyTest {
    private static final String STEPDOWN = "/opt/stepdown/bin/stepdown";
    private static final String ALL =
            "CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,NET_BIND_SERVICE,NET_RAW,SYS_CHROOT,MKNOD,AUDIT_WRITE,SETFCAP";
    private static final String UNJUDGED = " (not judged: a start as root empties it, one as a user cannot)";
    private static final String PRIVILEGED = " (PING_CONTAINER_PRIVILEGED=true: as it was started)";
    private static final String BARE =
            "setpriv --reuid 9031 --regid 9999 --inh-caps -all --bounding-set -all --groups ";

    private static final Map<Flavour, String> DEFAULT = new ConcurrentHashMap<>();

    @Parameter
    Flavour flavour;

    /**
     * Asked by root and by the user in the container, and, where the row says so, by root with SYS_PTRACE in one that
     * shares its process ids.
     *
     * <p>The last column has the lines that are not those of a default start; a line that begins with a minus is not
     * there.
     */
    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                                   | process 1 before it is sleep           | asked                        | user      | sees descriptors   | what is not as by default
            # Root at the start.
            -e PING_CONTAINER_UID=2001 -e PING_CONTAINER_GID=3001     | stepdown                               | none                         | 2001:3001 | root user sidecar  | yes user id is 2001; yes group id is 3001; yes supplementary groups is 3001
            -e PING_CONTAINER_UID=2001                                | stepdown                               | none                         | 2001:9999 | root user          | yes user id is 2001
            -e PING_CONTAINER_GID=3001                                | stepdown                               | none                         | 9031:3001 | root user          | yes group id is 3001; yes supplementary groups is 3001
            -e PING_CONTAINER_GID=0                                   | stepdown                               | none                         | 9031:0    | root user          | yes group id is 0; yes supplementary groups is 0
            -e PING_CONTAINER_PRIVILEGED=true                         | stepdown                               | none                         | 9031:9999 | root sidecar       | -- user id is 0{privileged}; -- group id is 0{privileged}; -judged
            none                                                      | stepdown --keep-cap KILL               | --keep-cap KILL              | 9031:9999 | root sidecar       | yes inheritable set is KILL; yes permitted set is KILL; yes effective set is KILL; yes ambient set is KILL; yes bounding set is KILL
            none                                                      | stepdown --keep-cap KILL               | none                         | 9031:9999 | root sidecar       | NO inheritable set is KILL, not none; NO permitted set is KILL, not none; NO effective set is KILL, not none; NO ambient set is KILL, not none; -- bounding set is KILL{unjudged}
            none                                                      | stepdown --groups 4,20                 | --groups 4                   | 9031:9999 | root user          | yes supplementary groups is 4,20,9999
            --group-add 20 --group-add 7000                           | stepdown                               | none                         | 9031:9999 | root user          | yes supplementary groups is 20,9999
            -e PING_CONTAINER_UID=2000                                | stepdown --init-groups                 | --init-groups                | 2000:9999 | root user          | yes user id is 2000; yes supplementary groups is 3001,9999
            -e PING_CONTAINER_UID=2000                                | stepdown                               | --init-groups                | 2000:9999 | root user          | yes user id is 2000; NO supplementary groups is 9999, not 3001,9999
            none                                                      | stepdown --allow-new-privileges        | none                         | 9031:9999 | root user          | NO no_new_privs is off, not on
            none                                                      | stepdown --allow-new-privileges        | --allow-new-privileges       | 9031:9999 | root user          | -no_new_privs
            none                                                      | stepdown --keep-bounding-set           | none                         | 9031:9999 | root user          | -- bounding set is {all}{unjudged}
            none                                                      | stepdown --keep-bounding-set           | --keep-bounding-set          | 9031:9999 | root user          | -- bounding set is {all} (--keep-bounding-set)
            none                                                      | stepdown --default-user app            | --default-user app           | 2000:3000 | root user          | yes user id is 2000; yes group id is 3000; yes supplementary groups is 3000
            none                                                      | stepdown --default-user app            | none                         | 2000:3000 | root user          | yes user id is 2000 (none was asked for); yes group id is 3000 (none was asked for); yes supplementary groups is 3000
            -e PING_CONTAINER_UID=2001                                | stepdown --default-user app            | --default-user app           | 2001:3000 | root user          | yes user id is 2001; yes group id is 3000; yes supplementary groups is 3000
            -e ACME_UID=2001                                          | stepdown --env-prefix ACME             | --env-prefix ACME            | 2001:9999 | root user          | yes user id is 2001
            -e STEPDOWN_KEEP_CAP=KILL -e STEPDOWN_GROUPS=4            | stepdown                               | none                         | 9031:9999 | root sidecar       | yes supplementary groups is 4,9999; yes inheritable set is KILL; yes permitted set is KILL; yes effective set is KILL; yes ambient set is KILL; yes bounding set is KILL
            -e STEPDOWN_ALLOW_NEW_PRIVILEGES=true                     | stepdown                               | none                         | 9031:9999 | root user          | -no_new_privs
            -e STEPDOWN_KEEP_BOUNDING_SET=true                        | stepdown                               | none                         | 9031:9999 | root user          | -- bounding set is {all} (--keep-bounding-set)
            # A user at the start.
            --user 9031:9999                                          | stepdown                               | none                         | 9031:9999 | root user          | -- bounding set is {all}{unjudged}
            --user 5000:1000                                          | stepdown                               | none                         | 5000:1000 | root user sidecar  | yes user id is 5000 (none was asked for); yes group id is 1000 (none was asked for); yes supplementary groups is 1000; -- bounding set is {all}{unjudged}
            --user 5000:1000 -e PING_CONTAINER_UID=2001               | stepdown                               | none                         | 5000:1000 | root user          | NO user id is 5000, not 2001; yes group id is 1000 (none was asked for); yes supplementary groups is 1000; -- bounding set is {all}{unjudged}
            --user 5000:1000 -e PING_CONTAINER_PRIVILEGED=true        | stepdown                               | none                         | 5000:1000 | root user          | -- user id is 5000{privileged}; -- group id is 1000{privileged}; -judged
            --user 5000:1000                                          | stepdown --allow-new-privileges        | none                         | 5000:1000 | root user          | yes user id is 5000 (none was asked for); yes group id is 1000 (none was asked for); yes supplementary groups is 1000; NO bounding set is {all}, not none; NO no_new_privs is off, not on
            --user 5000                                               | stepdown                               | none                         | 5000:0    | root user          | yes user id is 5000 (none was asked for); NO group id is 0, not 9999; NO supplementary groups is 0, not none; -- bounding set is {all}{unjudged}
            --user 5000:1000 --group-add 0                            | stepdown                               | none                         | 5000:1000 | root user          | yes user id is 5000 (none was asked for); yes group id is 1000 (none was asked for); NO supplementary groups is 0,1000, not 1000; -- bounding set is {all}{unjudged}
            # Root that the engine gives no capabilities cannot become that user.
            --user 5000:1000 --security-opt no-new-privileges -e PING_CONTAINER_UID=5000 -e PING_CONTAINER_GID=1000 | stepdown | none              | 5000:1000 | user sidecar       | yes user id is 5000; yes group id is 1000; yes supplementary groups is 1000; -- bounding set is {all}{unjudged}
            --user 5000:1000 --cap-drop ALL                           | stepdown                               | none                         | 5000:1000 | user sidecar       | yes user id is 5000 (none was asked for); yes group id is 1000 (none was asked for); yes supplementary groups is 1000
            --user 9031:9999 --cap-drop ALL --security-opt no-new-privileges | stepdown                        | none                         | 9031:9999 | user sidecar       | none
            # Not through stepdown.
            none                                                      | none                                   | none                         | 9031:9999 | root sidecar       | NO user id is 0, not 9031; NO group id is 0, not 9999; NO supplementary groups is 0,7000, not none; NO permitted set is {all}, not none; NO effective set is {all}, not none; NO bounding set is {all}, not none; NO no_new_privs is off, not on
            --cap-drop ALL --security-opt no-new-privileges           | none                                   | none                         | 9031:9999 | root sidecar       | NO user id is 0, not 9031; NO group id is 0, not 9999; NO supplementary groups is 0,7000, not none
            --user 9031:9999                                          | none                                   | none                         | 9031:9999 | root user          | NO bounding set is {all}, not none; NO no_new_privs is off, not on
            --user 9031:9999 --cap-drop ALL                           | none                                   | none                         | 9031:9999 | user sidecar       | NO no_new_privs is off, not on
            --security-opt no-new-privileges                          | {bare} 9999                            | none                         | 9031:9999 | root user          | none
            --security-opt no-new-privileges                          | {bare} 4,9999                          | none                         | 9031:9999 | root user          | yes supplementary groups is 4,9999
            --security-opt no-new-privileges                          | {bare} 0,9999                          | none                         | 9031:9999 | root user          | NO supplementary groups is 0,9999, not 9999
            --security-opt no-new-privileges                          | {bare} 7000,9999                       | none                         | 9031:9999 | root user          | NO supplementary groups is 7000,9999, not 9999
            --security-opt no-new-privileges                          | {bare} 7000,9999                       | --groups 7000                | 9031:9999 | root user          | yes supplementary groups is 7000,9999
            --security-opt no-new-privileges                          | {mixed} 9999                           | none                         | 9032:9999 | sidecar            | NO user id is 9031,9032, not 9031
            """)
    void verify_says_the_same_whoever_asks(
            @Nullable String flags,
            @Nullable String before,
            @Nullable String asked,
            String user,
            String sees,
            @Nullable String differences) {
        try (Running container = started(flags, command(before) + "sleep 1000", "sleep")) {
            allSay(container, flags, asked, user, sees, expected("process 1 (sleep):", differences));
        }
    }

    /** It asks for what its own variables and options say, whatever those of the start were. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # asked                                           | what is not as by default
            none                                              | none
            -e PING_CONTAINER_UID=9031 --log warn             | yes user id is 9031
            -e PING_CONTAINER_UID=7 -e PING_CONTAINER_GID=8   | NO user id is 9031, not 7; NO group id is 9999, not 8
            -e ACME_UID=7                                     | none
            -e ACME_UID=7 --env-prefix ACME                   | NO user id is 9031, not 7
            --default-user app                                | NO user id is 9031, not 2000; NO group id is 9999, not 3000
            -e PING_CONTAINER_PRIVILEGED=true                 | -- user id is 9031{privileged}; -- group id is 9999{privileged}; -judged
            --groups 4,20                                     | NO supplementary groups is 9999, not 4,20,9999
            -e STEPDOWN_GROUPS=4 --groups 20                  | NO supplementary groups is 9999, not 4,20,9999
            --init-groups                                     | none
            --allow-new-privileges                            | -no_new_privs
            --keep-bounding-set                               | none
            --keep-cap KILL                                   | NO inheritable set is none, not KILL; NO permitted set is none, not KILL; NO effective set is none, not KILL; NO ambient set is none, not KILL; NO bounding set is none, not KILL
            -e STEPDOWN_KEEP_CAP=KILL                         | NO inheritable set is none, not KILL; NO permitted set is none, not KILL; NO effective set is none, not KILL; NO ambient set is none, not KILL; NO bounding set is none, not KILL
            """)
    void the_options_of_the_call_decide_what_is_asked(@Nullable String asked, @Nullable String differences) {
        List<String> expected = expected("process 1 (sleep):", differences);
        allSay(normal(), null, asked, "9031:9999", "root user", expected);
    }

    /** Each thread has credentials of its own, and a program that changes them by raw calls changes those of one. */
    @ParameterizedTest(name = "through stepdown: {0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # before                     | user sees          | what is not as by default
            none                         | sidecar            | NO user id of thread N is 0; NO group id of thread N is 0; NO supplementary groups of thread N is 0,7000; NO permitted set of thread N is {all}; NO effective set of thread N is {all}; NO bounding set of thread N is {all}; NO no_new_privs of thread N is off
            stepdown --keep-cap KILL     | root user sidecar  | -- bounding set is KILL{unjudged}; NO inheritable set of thread N is KILL; NO permitted set of thread N is KILL; NO effective set of thread N is KILL; NO ambient set of thread N is KILL
            """)
    void a_thread_that_is_not_as_the_others_is_named(
            @Nullable String before, String sees, String differences, @TempDir Path folder) {
        Path program = folder.resolve("threads");
        String source = "images/verify/threads.c";
        Docker.run("", List.of("gcc", "-O1", "-Wall", "-Werror", "-static", "-pthread", "-o", program + "", source))
                .succeeded();
        String flags = "-v " + program + ":/threads:ro";
        String lines = differences.replaceAll("(of thread N is [^;]+)", "$1, not that of the others");
        try (Running container = started(flags, command(before) + "/threads", "ready")) {
            allSay(container, null, null, "9031:9999", sees, expected("process 1 (ready):", lines));
        }
    }

    /** Behind an engine's init, which stays root, its child is judged; an init of the image's own is the product's. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags  | product                                                                                         | ready       | title                                                    | what is not as by default
            --init   | sleep 1000                                                                                      | sleep       | process N (sleep), the child of process 1 (docker-init): | -- process 1 is docker-init (not judged: it is the engine's)
            none     | perl -e 'pipe R, W; if (!fork) { exec qw(sleep 1000) } close W; <R>; $0 = q(tini); sleep 1000'  | tini        | process 1 (tini):                                        | none
            none     | perl -e '$0 = q(docker-init); sleep 1000'                                                       | docker-init | process 1 (docker-init):                                 | none
            none     | perl -e '$0 = q(pause); sleep 1000'                                                             | pause       | process 1 (pause):                                       | NO process 1 is the pause of a pod, not the product: --verify PID of that
            """)
    void behind_an_init_of_the_engines_its_child_is_judged(
            @Nullable String flags, String product, String ready, String title, @Nullable String differences) {
        try (Running container = started(flags, command("stepdown") + product, ready)) {
            allSay(container, null, null, "9031:9999", "root user sidecar", expected(title, differences));
        }
    }

    @Test
    void a_product_that_shares_process_ids_is_named_by_its_own() {
        String pause = "perl -e '$0 = q(pause); sleep 1000'";
        try (Running pod = started(null, pause, "pause");
                Running product = started("--pid container:" + pod.id(), command("stepdown") + "sleep 1000", "sleep")) {
            Finished unnamed = product.exec(STEPDOWN, "--verify").exited(1);
            assertThat(unnamed.lines())
                    .contains("  NO   process 1 is the pause of a pod, not the product: --verify PID of that");
            String pid = product.exec("sh", "-c", "grep -lx sleep /proc/[0-9]*/comm | cut -d/ -f3")
                    .text();
            allSay(product, null, pid, "9031:9999", "root user sidecar", expected("process N (sleep):", null));
            allSay(pod, null, pid, "9031:9999", "root user sidecar", expected("process N (sleep):", null));
        }
    }

    /** An init of the image's own that starts stepdown would stay root. */
    @Test
    void an_init_before_stepdown_is_judged_and_not_its_child() {
        String init = "perl -e 'pipe R, W; if (!fork) { exec @ARGV } close W; <R>; $0 = q(tini); sleep 1000' ";
        try (Running container = started(null, init + command("stepdown") + "sleep 1000", "sleep")) {
            String roots =
                    "NO user id is 0, not 9031; NO group id is 0, not 9999; NO supplementary groups is 0,7000, not none;"
                            + " NO permitted set is {all}, not none; NO effective set is {all}, not none;"
                            + " NO bounding set is {all}, not none; NO no_new_privs is off, not on";
            allSay(container, null, null, "9031:9999", "root sidecar", expected("process 1 (tini):", roots));
        }
    }

    @Test
    void a_dead_process_is_a_no() {
        String parent = "perl -e 'if (!fork) { $0 = q(dead); exit } sleep 1; $0 = q(ready); sleep 1000'";
        try (Running container = started(null, command("stepdown") + parent, "ready")) {
            String pid = container
                    .exec("sh", "-c", "grep -lx dead /proc/[0-9]*/comm | cut -d/ -f3")
                    .text();
            for (String user : List.of("0", "9031:9999")) {
                assertThat(exec(container, user, pid).exited(1).lines())
                        .contains("  NO   process " + pid + " is dead, and waits for its parent, not running");
            }
        }
    }

    @Test
    void what_cannot_be_told_is_a_no() {
        for (String user : List.of("0", "9031:9999")) {
            assertThat(exec(normal(), user, "--default-user nobody2").exited(1).lines())
                    .contains(
                            "  NO   what was asked for is not clear: --default-user nobody2: /etc/passwd has 0 rows of that"
                                    + " name: name one that is there once, or set PING_CONTAINER_UID and _GID, not clear");
        }
    }

    @Test
    void another_user_is_not_shown_the_descriptors() {
        for (String user : List.of("9031:1000", "5000:9999")) {
            List<String> seen = expected("process 1 (sleep):", null);
            assertThat(normalized(exec(normal(), user, null).exited(1)))
                    .containsExactlyElementsOf(Stream.concat(
                                    seen.stream().limit(seen.size() - 1L),
                                    Stream.of(
                                            "  NO   descriptors of stepdown is unreadable by this user (EACCES), not none"))
                            .toList());
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"99999", "999999999", "0"})
    void a_process_that_does_not_exist_is_a_no(String pid) {
        for (String user : List.of("0", "9031:9999")) {
            assertThat(exec(normal(), user, pid).exited(1).lines())
                    .contains("  NO   process " + pid + " is nowhere in /proc, not running");
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"x", "-- -1", "+1", "1.0", "self", "1/task/1", "../1", "1 2", "1234567890", "-- ''"})
    void a_malformed_process_id_is_refused(String words) {
        String code = STEPDOWN + " --verify " + words;
        normal().exec("sh", "-c", code)
                .refused("--verify takes one process id, not ["
                        + words.replaceAll("-- |''", "").replace(" ", ", "));
    }

    /** Nobody takes an answer that was not written for a yes. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "--verify >/dev/full",
                "--verify --json >/dev/full",
                "--verify | true",
                "--verify --json | true",
                "--verify 99999 >/dev/full"
            })
    void an_answer_that_cannot_be_written_is_no_yes(String words) {
        String code = "{ " + STEPDOWN + " " + words.replaceFirst(" [>|]", "; echo \\$? >&2; }$0");
        assertThat(normal().exec("sh", "-c", code).errors()).isEqualTo("1\n");
    }

    @Test
    void a_malformed_variable_is_refused_and_a_doubtful_one_a_warning() {
        exec(normal(), "0", "-e PING_CONTAINER_UID=x").refused("PING_CONTAINER_UID=x");
        Finished warned = exec(normal(), "0", "-e PUID=7").succeeded();
        assertThat(warned.errorLines()).containsExactly("WARN stepdown - PUID is not read: set PING_CONTAINER_UID");
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # variables                          | options and process id   | exit | pid   | command
            none                                 | none                     | 0    | 1     | sleep
            none                                 | --groups 4               | 1    | 1     | sleep
            -e PING_CONTAINER_PRIVILEGED=true    | none                     | 0    | 1     | sleep
            -e PING_CONTAINER_UID=7              | --keep-bounding-set 1    | 1    | 1     | sleep
            none                                 | 99999                    | 1    | 99999 | unknown
            """)
    void json_says_the_same_as_the_lines(
            @Nullable String variables, @Nullable String options, int exit, int pid, String command)
            throws JsonProcessingException {
        String before = variables == null ? "" : variables;
        String behind = options == null ? "" : options;
        Finished text = exec(normal(), "0", before + " " + behind).exited(exit);
        Finished json = exec(normal(), "0", before + " --json " + behind);
        assertThat(json.exited(exit).lines()).hasSize(1);
        JsonNode answer = new ObjectMapper().readTree(json.text());
        assertThat(answer.path("version").isInt()).isTrue();
        assertThat(answer.path("version").asInt()).isEqualTo(1);
        assertThat(answer.path("pid").asInt()).isEqualTo(pid);
        assertThat(answer.path("command").asText()).isEqualTo(command);
        assertThat(answer.path("right").isBoolean()).isTrue();
        assertThat(answer.path("right").asBoolean()).isEqualTo(exit == 0);
        List<String> lines = new ArrayList<>();
        for (JsonNode finding : answer.path("findings")) {
            String words = finding.path("what").asText() + " is "
                    + finding.path("found").asText();
            String note = finding.path("note").asText();
            words += note.isEmpty() ? "" : " (" + note + ")";
            boolean right = finding.path("right").asBoolean();
            String notes = finding.path("asked").asText();
            lines.add(
                    notes.isEmpty()
                            ? "  --   " + words
                            : right ? "  yes  " + words : "  NO   " + words + ", not " + notes);
        }
        assertThat(lines)
                .isNotEmpty()
                .isEqualTo(text.lines().stream()
                        .filter(line -> line.startsWith("  "))
                        .toList());
    }

    /** The container of most questions: a default start. */
    private Running normal() {
        return new Running(DEFAULT.computeIfAbsent(flavour, unused -> {
            String id =
                    started(null, command("stepdown") + "sleep 3600", "sleep").id();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> Docker.docker("rm", "-f", id)));
            return id;
        }));
    }

    /** With a user that has a group of its own and is in another one, and a group of root's. */
    private String image() {
        return Images.probeWith(
                flavour,
                "RUN echo 'app:x:2000:3000::/:/bin/sh' >>/etc/passwd"
                        + " && printf 'team:x:3000:\\nextra:x:3001:app\\nops:x:7000:root\\n' >>/etc/group");
    }

    private Running started(@Nullable String flags, String command, String ready) {
        List<String> words = new ArrayList<>(List.of("run", "-d", "--network=none", "--label", Docker.LABEL));
        words.addAll(words(flags));
        words.addAll(List.of("--entrypoint", "sh", image(), "-c", "exec " + command));
        Running container = new Running(Docker.docker(words).succeeded().text());
        container.await(
                "there is a process " + ready,
                () -> container
                        .exec("sh", "-c", "cat /proc/[0-9]*/comm")
                        .lines()
                        .contains(ready));
        return container;
    }

    private static String command(@Nullable String before) {
        return before == null
                ? ""
                : before.replace("{bare}", BARE)
                                .replace("{mixed}", BARE.replace("reuid 9031", "ruid 9032 --euid 9031"))
                                .replaceFirst("^stepdown", STEPDOWN)
                        + (before.startsWith("stepdown") ? " -- " : " ");
    }

    /** @param asked flags of {@code docker exec}, then options of stepdown */
    private static Finished exec(Running container, String user, @Nullable String asked) {
        List<String> command = new ArrayList<>(List.of("exec", "-u", user));
        command.addAll(variables(asked));
        command.addAll(List.of(container.id(), STEPDOWN, "--verify"));
        command.addAll(options(asked));
        return Docker.docker(command);
    }

    private void allSay(
            Running container,
            @Nullable String flags,
            @Nullable String asked,
            String user,
            String sees,
            List<String> expected) {
        List<String> beside = new ArrayList<>(List.of("run", "--rm", "--network=none", "--label", Docker.LABEL));
        beside.addAll(List.of("--cap-add", "SYS_PTRACE", "--pid", "container:" + container.id()));
        beside.addAll(variables(flags));
        beside.addAll(variables(asked));
        beside.addAll(List.of(image(), "--verify"));
        beside.addAll(options(asked));
        Map<String, Finished> answers = new LinkedHashMap<>();
        answers.put("root", exec(container, "0", asked));
        answers.put("user", exec(container, user, asked));
        if (words(sees).contains("sidecar")) {
            answers.put("sidecar", Docker.docker(beside));
        }
        answers.forEach((who, answer) -> {
            List<String> lines = new ArrayList<>(expected);
            if (!words(sees).contains(who)) {
                lines.set(
                        lines.size() - 1,
                        "  NO   descriptors of stepdown is unreadable by this user (EACCES), not none");
            }
            assertThat(normalized(answer)).as("%s: %s", who, answer).isEqualTo(lines);
            boolean right = lines.stream().noneMatch(line -> line.startsWith("  NO "));
            assertThat(answer.exit()).as("%s: %s", who, answer).isEqualTo(right ? 0 : 1);
            assertThat(answer.errorLines()).as("%s: %s", who, answer).allMatch(line -> line.startsWith("WARN "));
        });
    }

    /** Without process ids but 1, and with what the kernel says where somebody may not look. */
    private static List<String> normalized(Finished answer) {
        return answer.lines().stream()
                .map(line -> line.replaceAll("^process (?!1 )\\d+ ", "process N ")
                        .replaceAll(" of thread \\d+ ", " of thread N ")
                        .replaceAll(
                                "\\((open|readlink) /proc/\\d+/fd(/\\d+)?: EACCES \\(permission denied\\)\\)",
                                "(EACCES)"))
                .toList();
    }

    private static List<String> expected(String title, @Nullable String differences) {
        List<String> lines = new ArrayList<>(List.of(
                title,
                "  yes  user id is 9031 (default)",
                "  yes  group id is 9999 (default)",
                "  yes  supplementary groups is 9999",
                "  yes  inheritable set is none",
                "  yes  permitted set is none",
                "  yes  effective set is none",
                "  yes  ambient set is none",
                "  yes  bounding set is none",
                "  yes  no_new_privs is on",
                "  yes  descriptors of stepdown is none"));
        String[] other = differences == null
                ? new String[0]
                : differences
                        .replace("{all}", ALL)
                        .replace("{unjudged}", UNJUDGED)
                        .replace("{privileged}", PRIVILEGED)
                        .split("; ");
        for (String line : other) {
            if (line.equals("-judged")) {
                lines.subList(3, lines.size() - 1).clear();
            } else if (line.startsWith("-") && !line.startsWith("--")) {
                lines.removeIf(old -> old.startsWith("  yes  " + line.substring(1) + " "));
            } else {
                String[] parts = line.split(" ", 2);
                String what = parts[1].replaceFirst(" is .*", " is ");
                int at = 0;
                while (at < lines.size() && !lines.get(at).startsWith("  yes  " + what)) {
                    at++;
                }
                String whole = "  %-5s%s".formatted(parts[0], parts[1]);
                if (at < lines.size()) {
                    lines.set(at, whole);
                } else {
                    lines.add(what.equals("process 1 is ") ? 1 : lines.size() - 1, whole);
                }
            }
        }
        return lines;
    }

    private static List<String> words(@Nullable String text) {
        return text == null || text.isBlank()
                ? List.of()
                : Arrays.asList(text.strip().split("\\s+"));
    }

    /** The {@code -e NAME=VALUE} among these words. */
    private static List<String> variables(@Nullable String text) {
        List<String> variables = new ArrayList<>();
        List<String> words = words(text);
        for (int i = 0; i < words.size(); i++) {
            if (words.get(i).equals("-e")) {
                variables.addAll(words.subList(i, i + 2));
            }
        }
        return variables;
    }

    private static List<String> options(@Nullable String asked) {
        List<String> words = words(asked);
        return words.subList(variables(asked).size(), words.size());
    }
}
