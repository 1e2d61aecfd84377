package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --confine}: what the kernel lets the product write, whatever owners and modes say. */
@EachFlavour
class ConfineTest {
    private static final String STEPDOWN = "/opt/stepdown/bin/stepdown";
    private static final Path PATTERNS = Path.of("..", "docker", "PATTERNS.md");

    /** Two folders that the user owns, only one of which is a writable path. */
    private static final String TREE = "RUN mkdir -p /data /beside /opt/x && touch /srv/file /srv/other"
            + " && chown 9031:9999 /data /beside /opt/x /srv /srv/file /srv/other";

    /** Says of each place whether it can be written: rw, or the errno. */
    private static final String TRY = """
            use Errno;
            sub name { my ($no) = @_; for (keys %!) { local $! = $no; return $_ if $!{$_} } }
            print join ' ', map { my $path = $_; (-d $path ? open my $f, '>', "$path/made" : open my $g, '>>', $path) ? 'rw' : name($! + 0) } @ARGV;
            print "\\n";
            """;

    @Parameter
    Flavour flavour;

    private Launch launch() {
        return Launch.in(Images.probeWith(flavour, TREE));
    }

    private static String[] tries(String... places) {
        return Stream.concat(Stream.of("perl", "-e", TRY), Stream.of(places)).toArray(String[]::new);
    }

    // ---- what is permitted

    @ParameterizedTest(name = "{0} | {1} | {2}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                             | before                                 | options                                | places                                                     | what came of them            | part of the warnings
            none                                | none                                   | --writable /data                       | /data /beside /tmp /var/tmp /dev/shm /home/ping /etc /opt/x | rw EACCES rw rw rw rw EACCES EACCES | none
            none                                | none                                   | --writable /srv/file                   | /srv/file /srv/other /srv                                  | rw EACCES EACCES             | others than root can write /srv, above the writable path
            none                                | none                                   | --writable /data --exclude /data       | /data /beside                                              | rw EACCES                    | none
            none                                | none                                   | none                                   | /dev/null /dev/full /proc/self/oom_score_adj /proc/self/coredump_filter /proc/1/comm | rw rw rw rw rw | none
            -e HOME=/beside                     | none                                   | none                                   | /beside /opt/x                                             | rw EACCES                    | none
            -e HOME=/opt                        | none                                   | none                                   | /opt/x                                                     | EACCES                       | --confine leaves HOME read-only: writable path /opt is refused: stepdown itself is in /opt/stepdown
            -e HOME=/none                       | none                                   | none                                   | /beside                                                    | EACCES                       | --confine permits nothing below /none, which does not exist: create it
            -e HOME=beside                      | none                                   | none                                   | /beside                                                    | EACCES                       | --confine permits nothing below beside, which does not exist: create it
            -e HOME=/data/../beside             | none                                   | none                                   | /beside /data                                              | rw EACCES                    | none
            -e HOME=/tmp                        | none                                   | --writable /none --ownership off       | /beside                                                    | EACCES                       | --confine permits nothing below /none, which does not exist: create it
            --user 9031:9999                    | none                                   | --writable /data                       | /data /beside /tmp /dev/null                               | rw EACCES rw rw              | --confine leaves HOME read-only: writable path / is refused
            --user 9031:9999 -e HOME=/data      | none                                   | none                                   | /data /beside /tmp                                         | rw EACCES rw                 | none
            --read-only -v /data -e HOME=/data  | none                                   | --writable /data                       | /data /beside /tmp /dev/shm                                | rw EROFS EROFS rw            | /etc cannot be changed (EROFS
            --read-only --tmpfs /tmp -e HOME=/tmp | none                                 | none                                   | /tmp /dev/shm /dev/null                                    | rw rw rw                     | /etc cannot be changed (EROFS
            -e HOME=/dev/shm                    | none                                   | none                                   | /dev/shm /beside                                           | rw EACCES                    | none
            none                                | rm -r /var/tmp; ln -s /dev/shm /var/tmp | none                                  | /var/tmp/ /dev/shm                                         | rw rw                        | none
            -e HOME=/tmp                        | cd /dev; touch shm/.stepdown-proof mqueue/.stepdown-proof /tmp/.stepdown-proof /var/tmp/.stepdown-proof | none | /tmp /beside | rw EACCES | none
            --device /dev/fuse                  | chmod 666 /dev/fuse                    | none                                   | /dev/fuse /dev/zero                                        | rw rw                        | none
            --device /dev/zero:/dev/sub/zero    | chmod 666 /dev/sub/zero                | none                                   | /dev/sub/zero                                              | rw                           | none
            none                                | mkdir -m 777 /dev/open; : >/dev/file; chmod 666 /dev/file | none                 | /dev/open /dev/file /dev/mqueue                            | EACCES EACCES rw             | none
            # Standard streams: what was given to be written, and never what is below a folder.
            none                                | exec 3>&1 0</beside                    | none                                   | /beside /proc/self/fd/0                                    | EACCES EACCES                | none
            none                                | exec 0</srv/file                       | none                                   | /srv/file /dev/stdin                                       | EACCES EACCES                | none
            none                                | exec 0<>/srv/file                      | none                                   | /srv/file /dev/stdin /srv/other                            | rw rw EACCES                 | none
            none                                | exec 0>>/srv/file                      | none                                   | /srv/file /srv                                             | rw EACCES                    | none
            none                                | exec 0</dev/tcp                        | none                                   | /beside                                                    | EACCES                       | none
            """)
    void the_product_writes_below_its_paths_only(
            @Nullable String flags,
            @Nullable String before,
            @Nullable String options,
            String places,
            String expected,
            @Nullable String warning) {
        Launch launch = launch().flags(flags).option("--confine").options(options);
        if (before != null) {
            launch = before.equals("exec 0</dev/tcp")
                    ? launch.perl("socketpair my $a, my $b, 1, 1, 0; open STDIN, '<&', $a; open STDIN, '+<&', $a")
                    : launch.shell(before);
        }
        Finished finished = launch.run(tries(places.split(" ")));
        assertThat(finished.succeeded().text()).as("%s", finished).isEqualTo(expected);
        boolean asUser = flags != null && flags.startsWith("--user");
        assertThat(finished.errors())
                .contains("; writes confined, proven by " + (asUser ? "one attempt" : "two attempts"));
        List<String> warnings = finished.errorLines().stream()
                .filter(line -> line.startsWith("WARN"))
                .toList();
        assertThat(warnings)
                .as("%s", finished)
                .hasSize(warning == null ? 0 : 1)
                .allMatch(line -> line.contains(String.valueOf(warning)));
    }

    @Test
    void renames_and_links_from_one_folder_to_another_work_inside() {
        String code = "mkdir /data/a /data/b; echo x >/data/a/f; mv /data/a/f /data/b/f; ln /data/b/f /tmp/../data/a/g;"
                + " mv /data/b /data/a/b; rm -r /data/a; truncate -s 0 /data/h; mkfifo /data/p; rm /data/p; ls -A /data";
        assertThat(launch().options("--confine --writable /data --log error")
                        .run("sh", "-ec", code)
                        .succeeded()
                        .text())
                .isEqualTo("h");
    }

    @Test
    void a_path_that_is_missing_is_an_error_with_strict() {
        launch().env("HOME", "/tmp")
                .options("--confine --strict --writable /none --ownership off")
                .run("true")
                .refused("--confine permits nothing below /none, which does not exist: create it (--strict)");
    }

    /** Rules hang on inodes, and those of a volume, an overlay and /proc come back when the kernel wants memory. */
    @Test
    void what_is_permitted_stays_so_when_the_kernel_drops_what_it_remembers() {
        String code =
                "mkdir /data/sub /home/ping/sub; until [ -e /data/go ]; do sleep 0.1; done; exec perl -e \"$0\" \"$@\"";
        List<String> product = new ArrayList<>(List.of("sh", "-c", code, TRY));
        product.addAll(List.of("/data/sub", "/home/ping/sub", "/tmp", "/proc/self/oom_score_adj", "/beside", "/srv"));
        try (Running running = launch().flags("--memory 64m -v /data")
                .options("--confine --writable /data --log error")
                .start(product.toArray(String[]::new))) {
            running.await(
                    "the folders are there",
                    () -> running.exec("test", "-d", "/home/ping/sub").exit() == 0);
            String drop = "echo 2 >/drop_caches; echo 3 >/drop_caches";
            Docker.must(
                    "run",
                    "--rm",
                    "-v",
                    "/proc/sys/vm/drop_caches:/drop_caches",
                    "--entrypoint",
                    "sh",
                    Images.probe(flavour),
                    "-c",
                    drop);
            running.exec("touch", "/data/go").succeeded();
            assertThat(running.awaitEnd()).isZero();
            assertThat(running.logs().text()).isEqualTo("rw rw rw rw EACCES EACCES");
        }
    }

    @Test
    void a_shell_on_a_terminal_has_its_jobs() {
        Finished finished = launch().flags("-t")
                .options("--confine --log error")
                .run("bash", "-ic", "sleep 0.2 & jobs; fg; echo typed >/dev/tty; echo again >/dev/stdout; exit");
        assertThat(finished.succeeded().text().replace("\r", ""))
                .contains("[1]+  Running                 sleep 0.2 &", "sleep 0.2\n", "typed\nagain")
                .doesNotContain("no job control", "cannot set terminal process group", "denied");
    }

    // ---- what is refused

    @ParameterizedTest(name = "{0}: errno {1}")
    @CsvSource(delimiter = '|', textBlock = """
            landlock_create_ruleset | 38 | --confine cannot be had: this kernel has no Landlock, or the container's seccomp profile is older than it; it takes ABI 3 (Linux 6.2)
            landlock_create_ruleset | 95 | --confine cannot be had: this kernel was booted without Landlock (lsm=)
            landlock_create_ruleset | 1  | --confine cannot be had: the container's seccomp profile forbids Landlock
            landlock_create_ruleset | 0  | --confine cannot be had: this kernel's Landlock is of ABI 0, which lets truncate(2) through
            landlock_add_rule       | 1  | landlock_add_rule: EPERM (operation not permitted): the product was not started
            landlock_restrict_self  | 1  | landlock_restrict_self: EPERM (operation not permitted): the product was not started
            landlock_restrict_self  | 0  | the drop could not be proven: --confine let through a block device in a writable folder (EPERM (operation not permitted) in place of EACCES)
            mknodat                 | 1  | the drop could not be proven: --confine let through a block device in a writable folder (EPERM (operation not permitted) in place of EACCES)
            mknodat                 | 13 | the drop could not be proven: --confine can be tried nowhere: the product may write to no folder, or is confined already
            mknodat                 | 0  | the drop could not be proven: --confine can be tried nowhere: the product may write to no folder, or is confined already
            """)
    void a_profile_that_denies_or_fakes_it_is_a_refusal(String call, int errno, String why, @TempDir Path folder)
            throws IOException {
        Launch launch = launch().flag("--security-opt", "seccomp=" + profile(folder, call, errno));
        launch.options("--confine").run("true").refused(why);
        launch.flags("--user 9031:9999 -e HOME=/data")
                .options("--confine")
                .run("true")
                .refused(why);
        launch.options("--log error").run("true").succeeded();
    }

    /** What denies everything is no danger. */
    @Test
    void a_profile_that_fakes_the_rules_denies_all(@TempDir Path folder) throws IOException {
        Finished finished = launch().flag("--security-opt", "seccomp=" + profile(folder, "landlock_add_rule", 0))
                .options("--confine --writable /data --log error")
                .run(tries("/data", "/beside"));
        assertThat(finished.succeeded().text()).isEqualTo("EACCES EACCES");
    }

    private static String profile(Path folder, String call, int errno) throws IOException {
        Path profile = folder.resolve("profile.json");
        Files.writeString(profile, """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["%s"], "action": "SCMP_ACT_ERRNO", "errnoRet": %d}]}
                """.formatted(call, errno));
        return profile.toString();
    }

    @Test
    void within_sixteen_others_there_is_no_room_for_one_more() {
        layered("15").succeeded();
        layered("16")
                .refused("--confine cannot be had: the container is within as many Landlock rulesets already"
                        + " as there may be (16); leave it out");
    }

    private Finished layered(String count) {
        return Docker.docker(
                "run",
                "--rm",
                "--network=none",
                "--label",
                Docker.LABEL,
                "--user=9031:9999",
                "-e",
                "HOME=/tmp",
                "--entrypoint",
                "/attack/attack",
                image(),
                "layers",
                count,
                STEPDOWN,
                "--confine",
                "--log",
                "error",
                "--",
                "true");
    }

    @Test
    void within_another_it_cannot_be_proven() {
        launch().options("--confine --log error")
                .run(STEPDOWN, "--confine", "--log", "error", "--", "true")
                .refused(
                        "the drop could not be proven: --confine can be tried nowhere: the product may write to no folder, or is confined already");
    }

    @Test
    void nothing_is_confined_that_keeps_its_privileges() {
        launch().options("--confine --allow-new-privileges")
                .run("true")
                .refused("--confine needs a drop and no_new_privs: leave out --allow-new-privileges");
        launch().flags("-e PING_CONTAINER_PRIVILEGED=true -e STEPDOWN_CONFINE=true")
                .run("true")
                .refused("--confine needs a drop and no_new_privs: leave out PING_CONTAINER_PRIVILEGED=true");
    }

    @Test
    void verify_says_that_nobody_outside_can_tell() {
        try (Running running = launch().env("STEPDOWN_CONFINE", "true").start("sleep", "60")) {
            running.awaitProduct("sleep");
            assertThat(running.exec(STEPDOWN, "--verify").succeeded().lines())
                    .contains(
                            "  --   confinement is unknown (not judged: whether a process is confined, nobody can tell from outside)");
        }
    }

    /** So long nobody of the same user can look into it, or reach its descriptors. */
    @Test
    void the_process_is_undumpable_from_the_user_id_to_the_product() {
        String delayed = "setuid,prctl,capset,landlock_restrict_self,close_range";
        // The owner first: what has become the product meanwhile is seen as that.
        String code = """
                strace -f -qq -o /dev/null -e trace=%1$s -e inject=%1$s:delay_exit=30000 %2$s --confine --log error -- sleep 1 & tracer=$!
                until read -r pid rest </proc/$tracer/task/$tracer/children; readlink /proc/$pid/exe | grep -q ^/opt/stepdown; do :; done 2>/dev/null
                while owner=$(stat -c %%u /proc/$pid/status); do
                    uid=$(sed -n 's/^Uid:\\t\\([0-9]*\\).*/\\1/p' /proc/$pid/status) && read -r name </proc/$pid/comm || break
                    test "$name" = sleep || name=stepdown
                    echo "$uid $name $owner"
                done 2>/dev/null | grep ^9031 | uniq -c
                """.formatted(delayed, STEPDOWN);
        Finished finished = Docker.docker(
                "run",
                "--rm",
                "--network=none",
                "--label",
                Docker.LABEL,
                "--cap-add=SYS_PTRACE",
                "--entrypoint",
                "sh",
                image(),
                "-c",
                code);
        List<String> lines = finished.succeeded().lines();
        assertThat(lines).as("%s", finished).anyMatch(line -> line.endsWith(" 9031 sleep 9031"));
        assertThat(lines.stream().filter(line -> line.contains(" stepdown ")))
                .as("%s", finished)
                .singleElement()
                .asString()
                .matches(" *[0-9]{2,} 9031 stepdown 0");
    }

    private String image() {
        return Images.folder(flavour, "confine", Path.of("images", "confine"));
    }

    // ---- the attack

    /** Every attempt succeeds where nothing is confined: what is denied is denied by that. */
    @Test
    void what_is_denied_and_what_the_kernel_does_not_govern_is_as_the_documents_say() throws IOException {
        Map<String, String> unconfined = attacked();
        Map<String, String> confined = attacked("--confine");
        assertThat(unconfined)
                .hasSizeGreaterThan(60)
                .allSatisfy((attempt, result) -> assertThat(result).as(attempt).isEqualTo("done"));
        assertThat(confined.keySet()).isEqualTo(unconfined.keySet());
        assertThat(confined.values().stream().filter(result -> !result.equals("done")))
                .hasSizeGreaterThanOrEqualTo(40)
                .isSubsetOf("EACCES", "EPERM", "EXDEV");

        Map<String, List<String>> groups = new LinkedHashMap<>();
        confined.forEach((attempt, result) -> {
            String[] parts = attempt.split("\\|");
            String row = "| " + parts[0] + " | " + (result.equals("done") ? "not governed" : "denied") + " |";
            groups.computeIfAbsent(row, none -> new ArrayList<>()).add(parts[1]);
        });
        List<String> rows = groups.entrySet().stream()
                .map(row -> row.getKey() + " " + String.join(", ", row.getValue()) + " |")
                .toList();
        assertThat(Files.readAllLines(PATTERNS)).containsSequence(rows);
    }

    /** What came of each attempt, by group and name. */
    private Map<String, String> attacked(String... options) {
        List<String> command = new ArrayList<>(List.of("run", "--rm", "--network=none", "--label", Docker.LABEL));
        // Some of it an engine's own profiles deny already.
        command.addAll(
                List.of("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "-v", "/srv"));
        command.addAll(List.of("--entrypoint", "/attack/attacked", image()));
        command.addAll(Arrays.asList(options));
        return Docker.docker(command).succeeded().lines().stream()
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.lastIndexOf('|')),
                        line -> line.substring(line.lastIndexOf('|') + 1),
                        (a, b) -> b,
                        LinkedHashMap::new));
    }

    // ---- products

    private static Launch confined(String image) {
        return Launch.in(image).env("STEPDOWN_CONFINE", "true");
    }

    private static void ends(Running running, String signal) {
        running.kill(signal);
        assertThat(running.awaitEnd()).as("%s", running.logs()).isZero();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "--tmpfs /tmp",
        "--read-only --tmpfs /var/lib/nginx -v /srv/www",
        "'--user 9031:9999 --tmpfs /var/lib/nginx:uid=9031,gid=9999 -v /srv/www'"
    })
    void nginx_serves_a_page(String flags) {
        try (Running nginx =
                confined(Images.example(flavour, "nginx")).flags(flags).start()) {
            nginx.awaitProduct("nginx");
            String get = "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3";
            nginx.await(
                    "nginx answers", () -> nginx.exec("bash", "-c", get).text().equals("HTTP/1.1 200 OK"));
            ends(nginx, "QUIT");
            assertThat(nginx.logs().text()).contains("GET / HTTP/1.0"); // by name, through /dev/stdout
        }
    }

    @Test
    void redis_saves_its_data() {
        try (Running redis =
                confined(Images.example(flavour, "redis")).flags("-v /data").start()) {
            redis.awaitProduct("redis-server");
            redis.await(
                    "redis answers",
                    () -> redis.exec("redis-cli", "set", "k", "v").text().equals("OK"));
            assertThat(redis.exec("redis-cli", "save").text()).isEqualTo("OK");
            redis.exec("redis-cli", "bgrewriteaof").succeeded();
            ends(redis, "TERM");
        }
    }

    @Test
    void postgresql_makes_its_database_and_rewrites_it() {
        try (Running postgresql = confined(Images.example(flavour, "postgresql"))
                .flags("-v /var/lib/postgresql/data")
                .start()) {
            String sql =
                    "create table t as select generate_series(1, 1000) i; vacuum full t; checkpoint; select count(*) from t";
            postgresql.await("it answers", () -> postgresql.exec("pg_isready").exit() == 0);
            List<String> psql = new ArrayList<>(List.of("psql", "-U", "postgres", "-Atq"));
            for (String statement : sql.split("; ")) {
                psql.addAll(List.of("-c", statement));
            }
            assertThat(postgresql.exec(psql.toArray(String[]::new)).succeeded().text())
                    .isEqualTo("1000");
            ends(postgresql, "INT");
        }
    }

    @Test
    void openldap_keeps_its_directory() {
        try (Running ldap = confined(Images.example(flavour, "ldap"))
                .flags("-v /var/lib/directory")
                .start()) {
            String[] search = {
                "ldapsearch", "-x", "-LLL", "-H", "ldap://127.0.0.1:1389", "-b", "dc=example,dc=com", "(uid=ada)", "sn"
            };
            ldap.await("slapd answers", () -> ldap.exec(search).text().endsWith("sn: Lovelace"));
            ends(ldap, "TERM");
        }
    }

    @Test
    void a_java_service_has_its_volume_and_its_token(@TempDir Path folder) throws IOException {
        Path token = folder.resolve("token");
        Files.writeString(token, "s3cret");
        try (Running service = confined(Images.example(flavour, "java-service"))
                .flags("-v /var/lib/service -v " + token + ":/run/secrets/token:ro")
                .start()) {
            service.awaitProduct("java");
            String post =
                    "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'POST /notes HTTP/1.0\\r\\nAuthorization: Bearer s3cret\\r\\n"
                            + "Content-Length: 6\\r\\n\\r\\na note' >&3 && head -n 1 <&3";
            service.await(
                    "it answers", () -> service.exec("bash", "-c", post).text().startsWith("HTTP/1.1 201 "));
            service.kill("TERM");
            assertThat(service.awaitEnd()).as("%s", service.logs()).isEqualTo(143);
        }
    }
}
