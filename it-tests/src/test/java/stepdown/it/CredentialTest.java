package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code --credential}: what reaches the product's user, what does not, and what that user can do about it. */
@EachFlavour
class CredentialTest {
    /** Without SYS_ADMIN, which the container has to mount something, and of which a start would warn. */
    private static final String STEPDOWN = "setpriv --bounding-set -sys_admin /opt/stepdown/bin/stepdown";

    private static final String ALL = "cd $CREDENTIALS_DIRECTORY && pwd && stat -c '%u:%g %a %n' . * && cat *";
    private static final Map<Flavour, String> OPEN = new ConcurrentHashMap<>();

    /** What every case finds: mounts of its own, a memory of its own, secrets of root's, and a pod's. */
    private static final String GIVEN = """
            set -e
            umask 022
            mount -t tmpfs -o mode=1777,size=4m shm /dev/shm
            mount -t tmpfs -o mode=755 run /run
            mkdir /run/secrets /run/pod /run/user
            chown 9031 /run/user
            install -m 400 /dev/null /run/secrets/db; printf s3cret >/run/secrets/db
            install -m 400 /dev/null /run/secrets/tls; printf k3y >/run/secrets/tls
            mount -t tmpfs -o mode=1777 pod /run/pod
            mkdir /run/pod/..1 /run/pod/sub; printf p0d >/run/pod/..1/db; ln -s ..1 /run/pod/..data; ln -s ..data/db /run/pod/db
            seal() { mount -o remount,ro,bind /run/pod; }
            """;

    @Parameter
    Flavour flavour;

    private static String open(Flavour flavour) {
        List<String> command = new ArrayList<>(List.of("run", "-d", "--rm", "--network=none", "--label", Docker.LABEL));
        command.addAll(
                List.of("--cap-add=SYS_ADMIN", "--security-opt", "apparmor=unconfined", "--entrypoint", "sleep"));
        command.addAll(List.of(Images.probe(flavour), "3600"));
        String id = Docker.must(command.toArray(String[]::new));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Docker.docker("rm", "-f", id)));
        return id;
    }

    /** In mounts of its own: {@code code} first, and then the start that {@code words} ask for. */
    private Finished after(String code, String... words) {
        String id = OPEN.computeIfAbsent(flavour, CredentialTest::open);
        String start = GIVEN + code + "\nexec " + STEPDOWN + " \"$@\"";
        Stream<String> command =
                Stream.of("exec", id, "unshare", "-m", "--propagation", "private", "sh", "-c", start, "sh");
        return Docker.docker(Stream.concat(command, Stream.of(words)).toList());
    }

    private Finished credential(String code, String credential, String product) {
        return after(code, "--log", "warn", "--credential", credential, "--", "sh", "-c", product);
    }

    /** By who has lost SYS_ADMIN already. */
    private static String own(String credential, String product) {
        return start(credential, product).replace("setpriv --bounding-set -sys_admin ", "");
    }

    private static String start(String credential, String product) {
        return STEPDOWN + " --log warn --credential " + credential + " -- " + product;
    }

    // ---- what the user gets

    @Test
    void a_file_of_roots_is_copied_for_the_user_alone_and_nothing_else_of_it_is_left() {
        Finished finished = after(
                "",
                "--credential",
                "db=/run/secrets/db",
                "--credential",
                "key=/run/secrets/tls",
                "--",
                "sh",
                "-c",
                ALL);
        assertThat(finished.succeeded().lines())
                .containsExactly(
                        "/dev/shm/credentials-9031", "0:0 755 .", "9031:9999 400 db", "9031:9999 400 key", "s3cretk3y");
        assertThat(finished.errors()).contains("credentials: 2 of 2 copied").doesNotContain("s3cret");
    }

    @Test
    void the_bytes_are_in_no_environment_command_line_layer_or_volume() {
        String secret = UUID.randomUUID().toString();
        Launch launch = Launch.of(flavour)
                .flags("--read-only -v /data --tmpfs /etc/given:mode=755")
                .shell("printf %s \"$0\" >/dev/null; printf '" + secret.substring(0, 18) + "%s' '"
                        + secret.substring(18) + "' >/etc/given/db; chmod 400 /etc/given/db")
                .option("--log", "debug", "--writable", "/data", "--credential", "db=/etc/given/db");
        String search =
                "cat $CREDENTIALS_DIRECTORY/db; echo; grep -rl -s \"$(cat $CREDENTIALS_DIRECTORY/db)\" / --exclude-dir=proc"
                        + " --exclude-dir=sys; grep -l \"$(cat $CREDENTIALS_DIRECTORY/db)\" /proc/1/environ /proc/1/cmdline; true";
        Finished finished = launch.runAndCompare("sh", "-c", search);
        assertThat(finished.succeeded().lines()).containsExactly(secret, "/dev/shm/credentials-9031/db");
        assertThat(finished.errors())
                .contains("copy /etc/given/db to /dev/shm/credentials-9031/db")
                .doesNotContain(secret);
        assertThat(finished.changes()).noneMatch(line -> line.contains("credential"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # before                                                          | credential                 | content
            seal                                                              | db=/run/pod/db             | p0d
            ln -s ../db /run/pod/sub/x; seal                                  | db=/run/pod/sub/x          | p0d
            chown 7 /run/pod/sub; ln -s ../..1/db /run/pod/sub/x; seal        | db=/run/pod/sub/x          | p0d
            ln /run/pod/..1/db /run/pod/..1/same; seal                        | db=/run/pod/..1/same       | p0d
            seal                                                              | db=/run/pod/../secrets/db  | s3cret
            ln -s /run/secrets/db /run/link                                   | db=/run/link               | s3cret
            ln -s /run/secrets /run/link                                      | db=/run/link/tls           | k3y
            chown 5000 /run/secrets/db                                        | db=/run/secrets/db         | s3cret
            truncate -s 1048576 /run/secrets/db                               | db=/run/secrets/db         | 1048576
            : >/run/secrets/db                                                | db=/run/secrets/db         | none
            umask 777                                                         | db=/run/secrets/db         | s3cret
            mkdir -m 700 /dev/shm/credentials-9031                            | db=/run/secrets/db         | s3cret
            mkdir /dev/shm/credentials-9031; printf x >/dev/shm/credentials-9031/.1-2 | db=/run/secrets/db | s3cret
            mkdir /dev/shm/credentials-9031; install -o 9031 -m 400 /dev/null /dev/shm/credentials-9031/old | old=/run/secrets/db | s3cret
            mkdir /dev/shm/credentials-9031; install -o 9031 -m 644 /run/secrets/db /dev/shm/credentials-9031/db | db=/run/secrets/db | s3cret
            """)
    void what_root_alone_can_have_chosen_is_copied(String before, String credential, String content) {
        Finished finished = credential(
                before,
                credential,
                "cd $CREDENTIALS_DIRECTORY; test -z \"$(ls -A | grep ^[.])\" && stat -c '%u %a' . * && if [ $(cat * | wc -c) -lt 99 ]; then cat *; else cat * | wc -c; fi");
        List<String> expected = new ArrayList<>(List.of("0 755", "9031 400"));
        expected.addAll(content == null ? List.of() : List.of(content));
        assertThat(finished.succeeded().lines()).containsExactlyElementsOf(expected);
    }

    // ---- what is refused

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # before                                                          | credential                 | part
            none                                                              | db=/run/secrets/none       | cannot be read from /run/secrets/none: ENOENT
            none                                                              | db=/run/secrets/db/x       | cannot be read from /run/secrets/db/x: ENOTDIR
            none                                                              | db=/run/secrets            | it is no regular file
            none                                                              | db=/dev/null               | it is no regular file
            mkfifo /run/secrets/x                                             | db=/run/secrets/x          | it is no regular file
            truncate -s 1048577 /run/secrets/x                                | db=/run/secrets/x          | it has more than 1048576 bytes
            truncate -s 1T /run/secrets/x                                     | db=/run/secrets/x          | it has more than 1048576 bytes
            ln /run/secrets/db /run/secrets/x                                 | db=/run/secrets/x          | it has another name
            ln /run/secrets/db /run/user/x                                    | db=/run/user/x             | leads through /run/user,
            none                                                              | db=/proc/self/environ      | it changes while it is read
            # Not read-only: whoever writes there chooses.
            none                                                              | db=/run/pod/db             | leads through /run/pod,
            cp /run/secrets/db /run/user                                      | db=/run/user/db            | leads through /run/user,
            ln -s ../secrets/db /run/user/x                                   | db=/run/user/x             | leads through /run/user,
            ln -s secrets/db /run/x; chown -h 9031 /run/x                     | db=/run/x                  | leads through the link /run/x,
            cp /run/secrets/db /tmp                                           | db=/tmp/db                 | leads through /tmp,
            # Read-only here, and writable elsewhere.
            ln -s /etc/shadow /run/pod/x; seal                                | db=/run/pod/x              | leaves the read-only mount
            ln -s ../secrets/db /run/pod/x; seal                              | db=/run/pod/x              | leaves the read-only mount
            ln -s .. /run/pod/x; seal                                         | db=/run/pod/x/secrets/db   | leaves the read-only mount
            ln -s ../pod/db /run/pod/x; seal                                  | db=/run/pod/x              | leaves the read-only mount
            ln -s /run/pod/db /run/pod/x; seal                                | db=/run/pod/x              | leaves the read-only mount
            ln -s .. /run/pod/sub/x; ln -s sub/x/../secrets/db /run/pod/x; seal     | db=/run/pod/x        | leaves the read-only mount
            mount --bind /run/secrets /run/pod/sub; seal                      | db=/run/pod/sub/db         | leaves the read-only mount
            : >/run/pod/x; mount --bind /run/secrets/db /run/pod/x; seal      | db=/run/pod/x              | leaves the read-only mount
            # The place.
            umount /dev/shm; mount -t tmpfs -o mode=755 x /dev/shm            | db=/run/secrets/db         | /dev/shm is no tmpfs that is root's and sticky
            chown 9031 /dev/shm                                               | db=/run/secrets/db         | /dev/shm is no tmpfs that is root's and sticky
            mkdir -m 1777 /srv/s; mount --bind /srv/s /dev/shm                | db=/run/secrets/db         | /dev/shm is no tmpfs that is root's and sticky
            mount -t tmpfs -o mode=755 dev /dev                                        | db=/run/secrets/db         | /dev/shm is no tmpfs that is root's and sticky
            head -c 4194304 /dev/zero >/dev/shm/x; printf %0999d 7 >/run/secrets/db | db=/run/secrets/db | ENOSPC
            install -d -o 9031 /dev/shm/credentials-9031                      | db=/run/secrets/db         | is not what a start for uid 9031 makes
            mkdir -m 777 /dev/shm/credentials-9031                            | db=/run/secrets/db         | is not what a start for uid 9031 makes
            ln -s /run/user /dev/shm/credentials-9031                         | db=/run/secrets/db         | is not what a start for uid 9031 makes
            : >/dev/shm/credentials-9031                                      | db=/run/secrets/db         | is not what a start for uid 9031 makes
            install -D -o 5000 /dev/null /dev/shm/credentials-9031/other      | db=/run/secrets/db         | /dev/shm/credentials-9031/other (owner 5000,
            install -D /dev/null /dev/shm/credentials-9031/db                 | db=/run/secrets/db         | is not what a start for uid 9031 makes
            mkdir /dev/shm/credentials-9031; ln -s /etc/shadow /dev/shm/credentials-9031/db | db=/run/secrets/db | is not what a start for uid 9031 makes
            """)
    void what_others_could_have_chosen_is_refused_and_nothing_is_left_of_it(
            String before, String credential, String part) {
        String code = (before == null ? "" : before)
                + "\nrefused=$(" + STEPDOWN + " \"$@\" 2>&1) || echo $? $refused >&2"
                + "\n! [ -d /dev/shm ] || find /dev/shm -name 'credentials*' -newer /run/secrets/tls -type f -size +0 >&2; exit 125";
        Finished finished =
                credential(code, credential, "cat $CREDENTIALS_DIRECTORY/*").exited(125);
        assertThat(finished.errorLines()).as("%s", finished).hasSize(1);
        assertThat(finished.errors()).startsWith("125 ERROR stepdown - ").contains(part);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            --credential ..=/x                                   | --credential=..=/x is not NAME=PATH
            --credential .x=/x                                   | --credential=.x=/x is not NAME=PATH
            --credential =/x                                     | --credential==/x is not NAME=PATH
            --credential a/b=/x                                  | --credential=a/b=/x is not NAME=PATH
            --credential a=x                                     | --credential=a=x is not NAME=PATH
            --credential a                                       | --credential=a is not NAME=PATH
            --credential a123456789b123456789c123456789d123456789e123456789f123456789g1234=/x | is not NAME=PATH
            --credential a=/x --credential a=/y                  | credential a has two paths, /x and /y
            --writable /dev/shm/credentials-9031                 | writable path /dev/shm/credentials-9031 is refused
            --umask 22                                           | --umask=22 is not three or four octal digits
            --umask 00022                                        | --umask=00022 is not three or four octal digits
            --umask 028                                          | --umask=028 is not three or four octal digits
            """)
    void what_is_malformed_is_refused(String words, String part) {
        after("", (words + " -- id").split(" ")).refused(part);
    }

    /** One that stands half written while it is read is not told from a whole one. */
    @Test
    void one_that_is_seen_to_change_is_refused() {
        String code = """
                head -c 1000000 /dev/zero | tr '\\0' a >/run/a; tr a b </run/a >/run/b; cp /run/a /run/secrets/db
                while :; do dd if=/run/a of=/run/secrets/db conv=notrunc bs=64k; dd if=/run/b of=/run/secrets/db conv=notrunc bs=64k; done 2>/dev/null &
                for i in 1 2 3 4 5 6; do
                """
                + start(
                        "db=/run/secrets/db",
                        "sh -c 'fold -w 1 $CREDENTIALS_DIRECTORY/db | sort -u | tr -d \"\\n\"; echo' 2>&1 || :")
                + "\ndone; kill $!; exit 0";
        assertThat(after(code).succeeded().lines())
                .hasSize(6)
                .allMatch(line -> line.matches("a|b|ab") || line.contains("changes while it is read"))
                .anyMatch(line -> line.contains("changes while it is read"));
    }

    // ---- between two starts

    @Test
    void what_the_user_has_made_of_its_copy_is_replaced_and_of_the_folder_it_can_make_nothing() {
        String code = """
                start() { %s -- "$@"; }
                start sh -c 'cd $CREDENTIALS_DIRECTORY
                    ln -s /etc/shadow planted; mv db moved; rm db; mkdir folder; chmod 777 .; mv ../credentials-9031 ../mine
                    ln db ../kept; chmod 600 db; printf evil >db; ln -s /etc/shadow .1-1' 2>/dev/null || true
                (cd /dev/shm; find . | sort; cat credentials-9031/db kept)
                echo
                start sh -c 'ls -A $CREDENTIALS_DIRECTORY; cat $CREDENTIALS_DIRECTORY/db; stat -c %%a $CREDENTIALS_DIRECTORY/db; echo later >>/dev/shm/kept'
                printf rotated >/run/secrets/db
                start sh -c 'cat $CREDENTIALS_DIRECTORY/db; ls -A $CREDENTIALS_DIRECTORY'
                stat -c %%i /dev/shm/credentials-9031/db >/run/before
                start true; stat -c %%i /dev/shm/credentials-9031/db | cmp - /run/before && echo left alone
                exit 0""".formatted(start("db=/run/secrets/db", "").replace(" -- ", ""));
        assertThat(after(code).succeeded().lines())
                .containsExactly(
                        ".",
                        "./credentials-9031",
                        "./credentials-9031/db",
                        "./kept",
                        "evilevil",
                        "db",
                        "s3cret400",
                        "rotateddb",
                        "left alone");
    }

    @Test
    void starts_at_once_do_not_disturb_each_other_while_the_content_changes() {
        String code = """
                for round in 1 2 3 4; do
                    printf "content $round" >/run/secrets/db
                    for start in 1 2 3 4; do
                        %s >>/run/out 2>&1 || echo failed >>/run/out &
                    done
                    wait
                done
                sort /run/out | uniq -c | sed 's/^ *//'; ls -A /dev/shm/credentials-9031; exit 0""".formatted(start("db=/run/secrets/db", "sh -c 'echo \"$(cat $CREDENTIALS_DIRECTORY/db)\"'"));
        assertThat(after(code).succeeded().lines())
                .containsExactly("4 content 1", "4 content 2", "4 content 3", "4 content 4", "db");
    }

    @Test
    void a_start_that_ends_before_the_ids_change_takes_away_what_it_made_and_what_was_there_stays() {
        String code = """
                end() { %s; } 2>/dev/null
                # The rows of libraries that setgroups needs are not asked: what fails is the set of groups, by its limit.
                perl -e 'use POSIX; sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM)); kill TERM => $$; exec @ARGV' %s || echo $?
                ls -A /dev/shm
                (ulimit -f 0; %s) || echo $?
                ls -A /dev/shm
                exit 0""".formatted(
                        start("db=/run/secrets/db", "true"),
                        start("db=/run/secrets/db", "true"),
                        start("db=/run/secrets/db", "true"));
        Finished finished = after(code).succeeded();
        assertThat(finished.lines()).containsExactly("143", "125");
        assertThat(finished.errors()).contains("larger than the limit of file sizes: raise --ulimit fsize");
    }

    // ---- as another user, as root, and the other modes

    @Test
    void a_user_uses_what_root_has_put_there_or_copies_what_it_can_read() {
        String user = "setpriv --bounding-set -sys_admin --reuid 9031 --regid 9999 --clear-groups ";
        String code = "chmod 444 /run/secrets/tls\n" + user
                + own("key=/run/secrets/tls", "sh -c \"$0\"").replace("$0", ALL.replace("$", "\\$"))
                + "\n" + user + own("db=/run/secrets/db", "true") + "\n! " + user
                + own("db=/run/secrets/db", "true").replace("--log", "--strict --log")
                + "\nrm -r /dev/shm/*\n" + start("db=/run/secrets/db", "true") + "\n" + user
                + own("db=/run/secrets/db", "sh -c 'cat $CREDENTIALS_DIRECTORY/db; echo'") + "\n" + user
                + own("key=/run/secrets/tls", "true") + "\nexit 0";
        Finished finished = after(code).succeeded();
        assertThat(finished.lines())
                .containsExactly("/dev/shm/credentials-9031", "9031:9999 700 .", "9031:9999 400 key", "k3ys3cret");
        String unreadable =
                "credential db cannot be read from /run/secrets/db: EACCES (permission denied); mend that, or leave it out";
        assertThat(finished.errorLines())
                .containsExactly(
                        "WARN stepdown - " + unreadable,
                        "ERROR stepdown - " + unreadable + " (--strict)",
                        "WARN stepdown - /dev/shm/credentials-9031/key does not exist, and root alone can put it there");
    }

    @Test
    void staying_root_has_its_own_and_preparing_has_none() {
        String credential = " --credential db=/run/secrets/db";
        String code = "PING_CONTAINER_PRIVILEGED=true " + STEPDOWN + " --log error" + credential + " -- sh -c \""
                + ALL.replace("$", "\\$") + "\"; echo\n" + STEPDOWN + " --log warn --prepare-only" + credential
                + "; ls /dev/shm; exit 0";
        Finished finished = after(code).succeeded();
        assertThat(finished.lines())
                .containsExactly("/dev/shm/credentials-0", "0:0 755 .", "0:0 400 db", "s3cret", "credentials-0");
        assertThat(finished.errorLines())
                .containsExactly(
                        "WARN stepdown - --credential is not followed: with --prepare-only there is no product to hand it to");
    }

    @Test
    void a_dry_run_shows_the_copy_and_makes_none_and_verify_finds_the_one_that_was_made() {
        String code = "export STEPDOWN_CREDENTIAL=db=/run/secrets/db STEPDOWN_UMASK=027\n" + STEPDOWN
                + " --dry-run -- true | sed -n '/copy/,/bounding/p'; " + STEPDOWN
                + " --dry-run --json -- true | grep -o '\"copy [^,]*'; ls /dev/shm\n"
                + STEPDOWN + " --log error -- sleep 60 & until grep -qx sleep /proc/$!/comm; do :; done\n"
                + STEPDOWN + " --verify $! | grep -e umask -e credential; chmod 600 /dev/shm/credentials-9031/db\n"
                + STEPDOWN + " --verify $! | grep credential; rm /dev/shm/credentials-9031/db; " + STEPDOWN
                + " --verify --umask 077 $! | grep -e umask -e credential; kill $!; exit 0";
        assertThat(after(code).succeeded().lines())
                .filteredOn(line -> !line.startsWith("append") && !line.startsWith("create"))
                .containsExactly(
                        "copy /run/secrets/db to /dev/shm/credentials-9031/db",
                        "set the umask 0027",
                        "empty the bounding set (keep: none)",
                        "\"copy /run/secrets/db to /dev/shm/credentials-9031/db\"",
                        "  yes  umask is 0027",
                        "  yes  credential db is of 9031 400",
                        "  NO   credential db is of 9031 600, not of 9031 400",
                        "  --   umask is 0027 (not judged: 0077 was asked for, and a process may set its own)",
                        "  NO   credential db is missing, or in a folder that this user may not enter, not of 9031 400");
    }

    @Test
    void without_chown_it_is_refused_before_anything_is_made() {
        Launch.of(flavour)
                .flags("--cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add SETPCAP")
                .options("--credential db=/etc/hostname")
                .run("id")
                .refused("missing CAP_CHOWN", "or leave out --credential");
        Launch.of(flavour)
                .flags("--cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add SETPCAP --cap-add CHOWN --read-only")
                .options("--log error --credential db=/etc/shadow --ownership off")
                .run("sh", "-c", "head -c 5 $CREDENTIALS_DIRECTORY/db")
                .succeeded();
    }

    // ---- products

    /** A server with a password from a credential, and whoever logs in from another container. */
    private void logsIn(Path folder, String server, String secret, String[] product, String client) throws Exception {
        Path file = Files.writeString(folder.resolve("secret"), secret);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
        String network = "stepdown-it-" + UUID.randomUUID();
        Docker.must("network", "create", network);
        Launch launch = Launch.in(Images.example(flavour, server)).flags("--network " + network);
        // The entrypoint of an example ends with the dashes.
        try (Running running = launch.flags("--network-alias server -v " + file + ":/run/secrets/password:ro")
                .env("STEPDOWN_CREDENTIAL", "password=/run/secrets/password")
                .option(product)
                .start()) {
            Launch other = launch.flag("--entrypoint", "sh").option("-c", client);
            running.await(
                    "the server lets whoever knows the password in",
                    () -> other.run().lines().contains("in"));
            assertThat(other.run().lines()).contains("in", "out");
            assertThat(running.exec("sh", "-c", "tr '\\0' ' ' </proc/1/cmdline; cat /proc/1/environ")
                            .text())
                    .doesNotContain("s3cret");
            assertThat(running.exec("/opt/stepdown/bin/stepdown", "--verify")
                            .succeeded()
                            .text())
                    .contains("yes  credential password is of 9031 400");
        } finally {
            Docker.docker("network", "rm", network);
        }
    }

    @Test
    void redis_takes_its_password_from_one(@TempDir Path folder) throws Exception {
        String[] product = {
            "sh",
            "-c",
            "exec redis-server --include $CREDENTIALS_DIRECTORY/password --dir /data --bind '*' --protected-mode no"
        };
        String client = "REDISCLI_AUTH=s3cret redis-cli -h server ping | grep -q PONG && echo in;"
                + " redis-cli -h server ping | grep -q NOAUTH && echo out";
        logsIn(folder, "redis", "requirepass s3cret\n", product, client);
    }

    @Test
    void postgresql_takes_its_password_from_one(@TempDir Path folder) throws Exception {
        String client = "PGPASSWORD=s3cret psql -h server -U postgres -Atc \"select 'in'\";"
                + " PGPASSWORD=wrong psql -h server -U postgres -c 'select 1' 2>&1 | grep -q 'authentication failed' && echo out";
        logsIn(folder, "postgresql", "s3cret\n", new String[] {"start"}, client);
    }
}
