package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The other ways to call it, the options for fixed conventions, and what a start is told about where and as what it
 * stands.
 */
@EachFlavour
class ModesTest {
    private static final String STEPDOWN = "/opt/stepdown/bin/stepdown";
    private static final String MOUNTING = "--cap-add SYS_ADMIN --security-opt apparmor=unconfined";
    private static final String FULL =
            "ERROR stepdown - standard output takes nothing: is it a full disk, or was its reader closed?";

    @Parameter
    Flavour flavour;

    // ---- --prepare-only

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            # flags                               | options                     | part
            -u 5000:1000                          | --prepare-only              | started as uid 5000, not as root, it may write no row and change no owner
            -u 5000:1000                          | --prepare-only --dry-run    | started as uid 5000, not as root
            -u 5000:0                             | --prepare-only              | started as uid 5000, not as root
            -e PING_CONTAINER_PRIVILEGED=true     | --prepare-only              | PING_CONTAINER_PRIVILEGED=true changes no id, no row and no owner; leave it out
            -e ACME_PRIVILEGED=TRUE               | --prepare-only --env-prefix ACME | ACME_PRIVILEGED=true changes no id
            -u 5000 -e PING_CONTAINER_PRIVILEGED=true | --prepare-only          | started as uid 5000
            """)
    void to_prepare_nothing_is_refused(String flags, String options, String part) {
        Workshop workshop = workshop(flags);
        workshop.run((options + " --writable /made").split(" ")).refused("--prepare-only can prepare nothing: ", part);
        workshop.unchanged();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                       | options                   | part
            none                          | --prepare-only            | user id 9031 is not mapped in this user namespace, which has 0-0
            -e PING_CONTAINER_UID=2000    | --prepare-only            | PING_CONTAINER_UID=2000 is not mapped in this user namespace, which has 0-0
            none                          | --prepare-only --dry-run  | user id 9031 is not mapped
            """)
    void to_prepare_for_ids_that_are_not_mapped_is_refused(@Nullable String flags, String options, String part) {
        Finished finished = Launch.of(flavour)
                .flags(MOUNTING)
                .flags(flags)
                .shell("set -- unshare --user --map-root-user \"$@\"")
                .options(options + " --writable /made")
                .runAndCompare();
        assertThat(finished.refused(part).changes()).as("%s", finished).isEmpty();
    }

    // ---- --dry-run, and what is written to stdout

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                | options                                  | part of the plan
            none                                   | --dry-run                                | give /data and all below it to 9031:9999
            none                                   | --dry-run --json                         | "give /data and all below it to 9031:9999
            none                                   | --json --dry-run --init-groups --groups 4 | "groups":[4, 9999]
            -e PING_CONTAINER_PRIVILEGED=true      | --dry-run                                | become echo
            --user 5000:1000                       | --dry-run                                | report the writable paths that uid 5000 cannot write
            """)
    void a_dry_run_changes_nothing(@Nullable String flags, String options, String part) {
        String compared = """
                touch /data/file /data/volume/file 2>/dev/null || true
                look() {
                    find /etc /home /data /srv -printf '%p %u:%g %m %s %T@ %C@\\n' 2>/dev/null || true
                    cat /etc/passwd /etc/group
                }
                look >/tmp/before
                "$@"
                look >/tmp/after
                cmp /tmp/before /tmp/after
                exit""";
        Finished finished = Launch.of(flavour)
                .flags("-v /data/volume")
                .flags(flags)
                .shell(compared)
                .options(options + " --log error --writable /data --writable /srv/made --home /srv/home")
                .run("echo", "the product");
        assertThat(finished.succeeded().text()).contains(part).doesNotContain("the product");
    }

    @Test
    void a_plan_in_json_says_the_same_as_its_lines() throws JsonProcessingException {
        Workshop workshop = workshop("-e PING_CONTAINER_GID=0 -e PUID=7");
        String options = "--dry-run --writable /made --keep-cap KILL -- id \"\\";
        Finished text = workshop.run(options.split(" ")).succeeded();
        Finished json = workshop.run(("--json " + options).split(" ")).succeeded();
        assertThat(json.lines()).hasSize(1);
        assertThat(json.errors()).isEqualTo(text.errors());
        JsonNode plan = new ObjectMapper().readTree(json.text());
        assertThat(plan.path("version").asInt()).isEqualTo(1);
        assertThat(plan.path("uid").asLong()).isEqualTo(9031);
        assertThat(plan.path("gid").isNumber()).isTrue();
        assertThat(plan.path("gid").asLong()).isZero();
        assertThat(plan.path("groups").toString()).isEqualTo("[0]");
        assertThat(plan.path("capabilities").asText()).isEqualTo("KILL");
        assertThat(texts(plan.path("steps"))).isNotEmpty().isEqualTo(text.lines());
        assertThat(texts(plan.path("warnings")).stream().map(line -> "WARN stepdown - " + line))
                .hasSize(2)
                .containsExactlyElementsOf(text.errorLines());
        workshop.unchanged();
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /** Nobody is told that something was printed where it was not. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "--dry-run -- id >/dev/full",
                "--dry-run --json -- id >/dev/full",
                "--dry-run --prepare-only >/dev/full",
                "--help >/dev/full",
                "-h >/dev/full",
                "--version >/dev/full",
                "-V >/dev/full",
                "--dry-run -- id | true",
                "--dry-run --json -- id | true"
            })
    void what_cannot_be_printed_is_no_success(String words) {
        String code = "{ " + STEPDOWN + " " + words.replaceFirst(" [>|]", "; echo \\$? >&2; }$0");
        assertThat(Workshop.of(flavour).shell(code).errorLines()).containsExactly(FULL, "125");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            --json -- id                        | --json goes with --dry-run or --verify: leave it out of a start
            --json                              | --json goes with --dry-run or --verify: leave it out of a start
            --json --prepare-only               | --json goes with --dry-run or --verify: leave it out of a start
            --verify --dry-run                  | --verify looks at a running process: leave out --dry-run and --prepare-only
            --dry-run --json --verify 1         | --verify looks at a running process: leave out --dry-run and --prepare-only
            --verify --prepare-only             | --verify looks at a running process: leave out --dry-run and --prepare-only
            --prepare-only -- id                | --prepare-only ends without a product: leave out the command, or the option
            --prepare-only --dry-run id         | --prepare-only ends without a product: leave out the command, or the option
            --dry-run                           | no command to become: give one after the options (in a Dockerfile: CMD), or --prepare-only
            """)
    void modes_that_do_not_go_together_are_refused(String words, String message) {
        Workshop workshop = Workshop.of(flavour);
        Finished finished = workshop.run(words.split(" ")).refused(message);
        assertThat(finished.errors()).isEqualTo("ERROR stepdown - " + message + "\n");
        workshop.unchanged();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags          | words                  | as
            none             | -h                     | --help
            -u 5000:1000     | -h                     | --help
            none             | --dry-run -h -- id     | --help
            none             | -V                     | --version
            -u 5000:1000     | --writable /made -V    | --version
            """)
    void help_and_version_have_short_names(@Nullable String flags, String words, String as) {
        Finished finished = workshop(flags).run(words.split(" ")).succeeded();
        assertThat(finished.errors()).isEmpty();
        assertThat(finished.text()).isEqualTo(Workshop.of(flavour).run(as).text());
        assertThat(finished.text()).startsWith(as.equals("--help") ? "Usage: stepdown " : "stepdown ");
        Workshop.of(flavour).unchanged();
    }

    // ---- --default-command

    @ParameterizedTest(name = "docker run IMAGE {0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # words              | output
            none                 | product:
            --port 7000          | product: --port 7000
            -g x                 | product: -g x
            --version            | product: --version
            --verify             | product: --verify
            --writable /made     | product: --writable /made
            -- x                 | product: -- x
            -                    | product: -
            product --port 7     | product: --port 7
            echo --port 7        | --port 7
            sh -c env            | the environment
            """)
    void the_default_command_stands_before_options_of_the_products(@Nullable String words, String output) {
        List<String> command = new ArrayList<>(List.of("run", "--rm", "--network=none", "--label", Docker.LABEL));
        command.add(conventional());
        command.addAll(words == null ? List.of() : List.of(words.split(" ")));
        Finished finished = Docker.docker(command).succeeded();
        assertThat(finished.errors()).isEmpty();
        if (output.equals("the environment")) {
            assertThat(finished.lines()).contains("USER=ping");
        } else {
            assertThat(finished.text()).isEqualTo(output);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            # words                                            | part
            --default-command product sh                       | --default-command=product needs a command, and -- as the last word of the ENTRYPOINT
            --default-command product                          | --default-command=product needs a command, and -- as the last word of the ENTRYPOINT
            --default-command product sh -- --port 7           | --default-command=product needs a command, and --
            --default-command product --port 7000              | unknown option --port
            --default-command -x -- --port 7000                | --default-command=-x needs a command
            --default-command= -- --port 7000                  | --default-command= needs a command
            --default-command product -- {empty}               | the command is an empty word
            -- {empty}                                         | the command is an empty word: give one after the options (in a Dockerfile: CMD), or --prepare-only
            --dry-run -- {empty} x                             | the command is an empty word
            """)
    void a_command_that_cannot_be_told_is_refused(String words, String part) {
        Workshop workshop = Workshop.of(flavour);
        workshop.run(Stream.of(words.split(" "))
                        .map(word -> word.replace("{empty}", ""))
                        .toArray(String[]::new))
                .refused(part);
        workshop.unchanged();
    }

    private String conventional() {
        return Images.probeWith(
                flavour,
                "RUN printf '#!/bin/sh\\necho \"product: $*\"\\n' >/usr/bin/product && chmod 755 /usr/bin/product",
                "ENTRYPOINT [\"" + STEPDOWN + "\", \"--log\", \"warn\", \"--default-command\", \"product\", \"--\"]");
    }

    // ---- --default-user

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                              | rows of the image               | ids
            none                                                 | app:x:2000:3000::/srv:/bin/sh   | 2000:3000
            -e PING_CONTAINER_UID=7                              | app:x:2000:3000::/srv:/bin/sh   | 7:3000
            -e PING_CONTAINER_GID=8                              | app:x:2000:3000::/srv:/bin/sh   | 2000:8
            -e PING_CONTAINER_UID= -e PING_CONTAINER_UNAME=other | app:x:2000:3000::/srv:/bin/sh   | 2000:3000
            none                                                 | app:x:4294967294:0::/:          | 4294967294:0
            # Where it is not needed, or the ids stay, it is not read.
            -e PING_CONTAINER_UID=7 -e PING_CONTAINER_GID=8      | none                            | 7:8
            -e PING_CONTAINER_PRIVILEGED=true                    | none                            | 0:0
            --user 5000:1000                                     | none                            | 5000:1000
            """)
    void the_ids_of_the_default_user_hold_where_no_variable_names_one(
            @Nullable String flags, @Nullable String rows, String ids) {
        assertThat(Launch.of(flavour)
                        .flags(flags)
                        .shell("echo '" + (rows == null ? "" : rows) + "' >>/etc/passwd || true")
                        .options("--default-user app")
                        .run("sh", "-c", "echo $(id -u):$(id -g)")
                        .succeeded()
                        .text())
                .isEqualTo(ids);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                    | /etc/passwd                                                             | part
            none                       | true                                                                    | --default-user app: /etc/passwd has 0 rows of that name: name one that is there once, or set PING_CONTAINER_UID and _GID
            -e PING_CONTAINER_UID=7    | true                                                                    | has 0 rows
            -e PING_CONTAINER_GID=8    | true                                                                    | has 0 rows
            none                       | echo 'appl:x:2000:3000::/:' >>/etc/passwd                               | has 0 rows
            none                       | printf 'app:x:2000:3000::/:\\napp:x:2000:3000::/:\\n' >>/etc/passwd     | has 2 rows of that name
            none                       | echo 'app:x:0:3000::/:' >>/etc/passwd                                   | the uid of --default-user app=0 is not a number from 1 to 4294967294, without sign, blanks or leading zeros
            none                       | echo 'app:x::3000::/:' >>/etc/passwd                                    | the uid of --default-user app= is not a number
            none                       | echo 'app:x:2000::::' >>/etc/passwd                                     | the gid of --default-user app= is not a number from 0 to 4294967294
            none                       | echo 'app:x:2000' >>/etc/passwd                                         | the gid of --default-user app= is not a number
            none                       | echo 'app' >>/etc/passwd                                                | --default-user app
            none                       | echo 'app:x:2000x:3000::/:' >>/etc/passwd                               | the uid of --default-user app=2000x is not a number
            none                       | echo 'app:x:02000:3000::/:' >>/etc/passwd                               | the uid of --default-user app=02000 is not a number
            none                       | echo 'app:x: 2000:3000::/:' >>/etc/passwd                               | the uid of --default-user app= 2000 is not a number
            none                       | echo 'app:x:-5:3000::/:' >>/etc/passwd                                  | the uid of --default-user app=-5 is not a number
            none                       | echo 'app:x:4294967295:3000::/:' >>/etc/passwd                          | the uid of --default-user app=4294967295 is not a number
            none                       | echo 'app:x:2000:4294967295::/:' >>/etc/passwd                          | the gid of --default-user app=4294967295 is not a number
            none                       | echo 'app:x:4294967296:3000::/:' >>/etc/passwd                          | the uid of --default-user app=4294967296 is not a number
            none                       | echo 'app:x:2000:3000::/:' >>/etc/passwd; chmod g+w /etc/passwd         | --default-user app: others than root can write /etc/passwd, and would choose the ids: make it root's alone, or set PING_CONTAINER_UID and _GID
            none                       | echo 'app:x:2000:3000::/:' >>/etc/passwd; chmod o+w /etc/passwd         | others than root can write /etc/passwd
            none                       | echo 'app:x:2000:3000::/:' >>/etc/passwd; chown 5 /etc/passwd           | others than root can write /etc/passwd
            none                       | echo 'app:x:2000:3000::/:' >>/etc/passwd; chmod o+w /etc                | others than root can write /etc/passwd
            -e PING_CONTAINER_UID=7    | echo 'app:x:2000:3000::/:' >>/etc/passwd; chmod g+w /etc/passwd         | others than root can write /etc/passwd
            """)
    void a_default_user_that_is_not_told_for_sure_is_refused(@Nullable String flags, String code, String part) {
        Launch.of(flavour)
                .flags(flags)
                .shell(code)
                .options("--default-user app")
                .run("id")
                .refused(part);
    }

    @Test
    void a_default_user_in_roots_group_is_a_warning() {
        Finished finished = Launch.of(flavour)
                .shell("echo 'app:x:2000:0::/:' >>/etc/passwd")
                .options("--default-user app --log warn")
                .run("id", "-g")
                .succeeded();
        assertThat(finished.text()).isEqualTo("0");
        assertThat(finished.errorLines())
                .containsExactly("WARN stepdown - --default-user app has group 0: the product runs in root's group");
    }

    // ---- where and as what it was started

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            # before                                                                | message
            mkdir /srv/gone; cd /srv/gone; rmdir /srv/gone                          | the working directory has been removed: set WORKDIR or --workdir to one that is there
            set -- setpriv --euid 5000 "$@"                                         | stepdown was started set-id (real, effective and saved user ids 0, 5000, 5000, group ids 0, 0, 0): start it with one of each, from files without set-id bits
            set -- setpriv --ruid 5000 "$@"                                         | stepdown was started set-id (real, effective and saved user ids 5000, 0, 0, group ids 0, 0, 0): start it with one of each, from files without set-id bits
            set -- setpriv --rgid 5000 --clear-groups "$@"                          | stepdown was started set-id (real, effective and saved user ids 0, 0, 0, group ids 5000, 0, 0): start it with one of each, from files without set-id bits
            set -- perl -e '$) = 5000; exec @ARGV' -- "$@"                          | stepdown was started set-id (real, effective and saved user ids 0, 0, 0, group ids 0, 5000, 5000): start it with one of each, from files without set-id bits
            set -- perl -e '$> = 5000; exec @ARGV' -- "$@"                          | stepdown was started set-id (real, effective and saved user ids 0, 5000, 5000, group ids 0, 0, 0): start it with one of each, from files without set-id bits
            cp -p /usr/bin/setpriv /srv/s; chmod u+s /srv/s; set -- setpriv --reuid 5000 --clear-groups /srv/s --inh-caps -all "$@" | stepdown was started set-id (real, effective and saved user ids 5000, 0, 0, group ids 0, 0, 0): start it with one of each, from files without set-id bits
            """)
    void ground_that_is_no_ground_is_refused_in_one_line(String before, String message) {
        for (String options : List.of("--log warn", "--verify", "--version")) {
            Launch launch = Launch.of(flavour).shell(before).options(options);
            Finished finished = (options.startsWith("--log") ? launch.run("id") : launch.run()).refused(message);
            assertThat(finished.errors()).isEqualTo("ERROR stepdown - " + message + "\n");
        }
    }

    /** As it came with a leaked descriptor (CVE-2024-21626). */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # before the exec    | message
            chdir '/srv'         | none
            1                    | the working directory (unreachable)/home is outside the container's root: set WORKDIR or --workdir to one inside
            """)
    void a_working_directory_outside_the_root_is_refused(String code, @Nullable String message) {
        Launch launch =
                Launch.of(flavour).flags(MOUNTING).options("--log error").shell("""
                mkdir /jail
                mount --bind / /jail
                mount -t proc proc /jail/proc
                cd /home
                set -- perl -e "chroot '/jail' or die; %s; exec @ARGV" -- "$@\"""".formatted(code));
        Finished finished = launch.run("pwd");
        if (message == null) {
            assertThat(finished.succeeded().text()).isEqualTo("/srv");
        } else {
            assertThat(finished.refused(message).errors()).isEqualTo("ERROR stepdown - " + message + "\n");
        }
    }

    @ParameterizedTest(name = "HOME={0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # HOME       | of the product
            none         | /home/ping
            ''           | /home/ping
            /root        | /home/ping
            /root/       | /home/ping
            /root//      | /home/ping
            /root/x      | /root/x
            /rooted      | /rooted
            /            | /
            /data        | /data
            """)
    void roots_home_is_no_home_of_the_users(@Nullable String home, String expected) {
        Launch launch = Launch.of(flavour);
        assertThat((home == null ? launch.shell("unset HOME") : launch.env("HOME", home))
                        .run("printenv", "HOME")
                        .succeeded()
                        .text())
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                          | USER LOGNAME HOME   | summary
            --user 5000:1000                                 | unset unset /       | uid=5000 gid=1000 groups=1000; sh
            --user 5000:1000 -e USER=me -e LOGNAME=you       | me you /            | uid=5000 gid=1000 groups=1000; sh
            --user 5000:1000 -e USER=me -e PING_CONTAINER_UNAME=other | me unset / | uid=5000 gid=1000 groups=1000; sh
            --user 5000:33 -e USER=                          | unset unset /       | uid=5000 gid=33(www-data) groups=33; sh
            --user 33:1000 -e USER=me                        | www-data www-data /var/www | uid=33(www-data) gid=1000 groups=1000; sh
            """)
    void a_user_without_a_row_gets_no_name(String flags, String process, String summary) {
        Finished finished = Launch.of(flavour)
                .flags(flags)
                .run("sh", "-c", "echo ${USER:-unset} ${LOGNAME:-unset} $HOME")
                .succeeded();
        assertThat(finished.text()).isEqualTo(process);
        assertThat(finished.errorLines()).containsExactly("INFO stepdown - " + summary);
    }

    // ---- variables that are not read, or not right

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                        | options              | warnings
            -e PUID=7                                      | none                 | PUID is not read: set PING_CONTAINER_UID
            -e PGID=7                                      | none                 | PGID is not read: set PING_CONTAINER_GID
            -e PUID=7 -e PGID=8                            | none                 | PUID is not read: set PING_CONTAINER_UID; PGID is not read: set PING_CONTAINER_GID
            -e PUID=7 -e PGID=8                            | --env-prefix ACME    | PUID is not read: set ACME_UID; PGID is not read: set ACME_GID
            -e PUID=7 -e PING_CONTAINER_UID=7001           | none                 | none
            -e PUID=                                       | none                 | none
            -e PING_CONTAINER_UUID=7                       | none                 | PING_CONTAINER_UUID is not a variable of stepdown: did you mean PING_CONTAINER_UID?
            -e PING_CONTAINER_GROUP=7                      | none                 | PING_CONTAINER_GROUP is not a variable of stepdown: did you mean PING_CONTAINER_GID?
            -e PING_CONTAINER_UID=7                        | --env-prefix ACME    | PING_CONTAINER_UID is not read: this image reads ACME_UID
            -e PING_CONTAINER_GID=7                        | --env-prefix ACME    | PING_CONTAINER_GID is not read: this image reads ACME_GID
            -e PING_CONTAINER_UNAME=x                      | --env-prefix ACME    | none
            -e ACME_UUID=7                                 | --env-prefix ACME    | ACME_UUID is not a variable of stepdown: did you mean ACME_UID?
            -e ACME_USERNAME=x -e ACME_TOKEN=y             | --env-prefix ACME    | none
            -e ACME_UUID=7                                 | none                 | none
            -e STEPDOWN_KEEPCAP=KILL                       | none                 | STEPDOWN_KEEPCAP is not a variable of stepdown: did you mean STEPDOWN_KEEP_CAP?
            """)
    void what_looks_meant_for_stepdown_and_is_not_read_is_one_warning_each(
            String flags, @Nullable String options, @Nullable String warnings) {
        List<String> lines = warnings == null
                ? List.of()
                : Stream.of(warnings.split("; "))
                        .map(line -> "WARN stepdown - " + line)
                        .toList();
        String words = (options == null ? "" : options + " ") + "--dry-run -- id";
        assertThat(workshop(flags).run(words.split(" ")).succeeded().errorLines())
                .containsExactlyElementsOf(lines);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            STEPDOWN_STRIP=x                | --strip go
            STEPDOWN_OWNERSHIP=Off          | --ownership off
            STEPDOWN_LOG=loud               | --log warn
            STEPDOWN_HOME=here              | --home /there
            STEPDOWN_SHELL=sh               | --shell /bin/sh
            STEPDOWN_STRICT=1               | --strict
            STEPDOWN_INIT_GROUPS=no         | --init-groups
            STEPDOWN_WRITABLE=data          | --writable /made
            STEPDOWN_GROUPS=x               | --groups 4
            STEPDOWN_KEEP_CAP=BOGUS         | --keep-cap KILL
            PING_CONTAINER_UID=x            | --default-user daemon
            """)
    void a_malformed_variable_is_refused_also_where_an_option_wins_over_it(String variable, String options) {
        Workshop workshop = workshop("-e " + variable);
        for (String mode : List.of("--dry-run", "--verify", "--log error")) {
            workshop.run((options + " " + mode + " -- 1").split(" ")).refused(variable);
        }
        workshop.unchanged();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"error", "info"})
    void the_value_of_path_is_never_said(String level) {
        Finished finished = Launch.of(flavour)
                .env("PATH", "/s3cret/bin:/usr/bin")
                .options("--log " + level)
                .run("no-such-command", "s3cret")
                .exited(127);
        assertThat(finished.errors()).contains("no-such-command").doesNotContain("s3cret");
    }

    private Workshop workshop(@Nullable String flags) {
        List<String> words = flags == null ? List.of() : List.of(flags.split(" "));
        return new Workshop(Workshop.of(flavour).id(), words);
    }
}
