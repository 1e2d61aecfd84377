package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The rows of /etc/passwd and /etc/group that a start finds, writes, changes or leaves alone, and the home of the
 * user's.
 */
@EachFlavour
class AccountsTest {
    private static final String OURS = "getent passwd 9031 2000 | sort -u; getent group 9999 3000 | sort -u";

    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # before                                                                     | flags                                                     | id, HOME
            echo app:x:2000:3000:App:/srv:/bin/sh >>/etc/passwd                          | -e PING_CONTAINER_UID=2000                                | uid=2000(app) gid=9999(identity) groups=9999(identity) /srv
            echo app:x:2000:9999:App::/bin/sh >>/etc/passwd                              | -e PING_CONTAINER_UID=2000                                | uid=2000(app) gid=9999(identity) groups=9999(identity) /
            printf app:x:2000:3000:App:/srv:/bin/sh >>/etc/passwd                        | none                                                      | uid=9031(ping) gid=9999(identity) groups=9999(identity) /home/ping
            echo team:x:9999:root,ping,games >>/etc/group                                | none                                                      | uid=9031(ping) gid=9999(team) groups=9999(team) /home/ping
            echo ping:x:5:5:stepdown:/home/ping:/sbin/nologin >>/etc/passwd; echo bin2:x:5: >>/etc/group | none                                      | uid=9031(ping) gid=9999(identity) groups=9999(identity) /home/ping
            echo ping:x:2000:3000:stepdown:/data:/sbin/nologin >>/etc/passwd; echo identity:x:3000: >>/etc/group | none                              | uid=9031(ping) gid=9999 groups=9999 /data
            printf 'app:x:2000:3000:App:/srv\\r\\n' >>/etc/passwd; printf 'team:x:09999:\\r\\n' >>/etc/group | -e PING_CONTAINER_UID=2000                | uid=2000(app) gid=9999(team) groups=9999(team) /srv
            echo app:x:02000:9999:App:/srv:/bin/sh >>/etc/passwd                         | -e PING_CONTAINER_UID=2000                                | uid=2000(app) gid=9999(identity) groups=9999(identity) /srv
            echo '+::::::' >>/etc/passwd; echo '+:::' >>/etc/group                       | none                                                      | uid=9031(ping) gid=9999(identity) groups=9999(identity) /home/ping
            rm /etc/passwd /etc/group                                                    | none                                                      | uid=9031(ping) gid=9999(identity) groups=9999(identity) /home/ping
            rm /etc/passwd /etc/group                                                    | -e PING_CONTAINER_UNAME=app                               | uid=9031(app) gid=9999(identity) groups=9999(identity) /home/app
            """)
    void the_row_decides_name_and_home(String before, @Nullable String flags, String expected) {
        Finished finished = Launch.of(flavour)
                .flags(flags)
                .shell(before)
                .run("sh", "-c", "echo $(id) $HOME")
                .succeeded();
        assertThat(finished.text()).as("%s", finished).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            echo ping:x:5000:5000:Other:/:/bin/sh >>/etc/passwd                  | ping,5000,9031
            echo ping:x:5000:5000:stepdown,x:/:/bin/sh >>/etc/passwd             | ping,5000,9031
            echo ping:x:9032:9:stepdown:/:/s >>/etc/passwd; chmod 666 /etc/passwd | ping,9032,9031,root alone
            """)
    void a_name_of_another_is_refused_with_both_ids(String before, String parts) {
        Finished finished = Launch.of(flavour)
                .shell(before + "; cat /etc/passwd /etc/group >/tmp/before; \"$@\" || cat /etc/passwd /etc/group"
                        + " | cmp - /tmp/before; ls -d /made; exit 125")
                .options("--writable /made")
                .run("id");
        assertThat(finished.errorLines().getFirst())
                .as("%s", finished)
                .startsWith("ERROR stepdown - ")
                .contains(parts.split(","));
        assertThat(finished.errorLines()).hasSize(2).last().asString().contains("/made");
        assertThat(finished.text()).isEmpty();
    }

    /**
     * Whose group that is cannot be told: not renumbered, though the row that stepdown wrote for the user may name it.
     */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            # before                                                                                                        | groups of 200 | warnings
            echo identity:x:5000: >>/etc/group                                                                              |               | 1
            echo identity:x:5000: >>/etc/group; echo ping:x:9031:5000:stepdown:/home/ping:/sbin/nologin >>/etc/passwd        |               | 0
            echo ping:x:9031:100:stepdown:/home/ping:/sbin/nologin >>/etc/passwd                                            | (identity)    | 0
            echo ping:x:9031:0:stepdown:/home/ping:/sbin/nologin >>/etc/passwd                                              | (identity)    | 0
            """)
    void a_group_is_never_renumbered(String before, @Nullable String name, int warnings) {
        Finished finished = Launch.of(flavour)
                .flags("-e PING_CONTAINER_GID=200")
                .shell(before + "; cp /etc/group /tmp/group")
                .run("sh", "-c", "head -c $(stat -c %s /tmp/group) /etc/group | cmp - /tmp/group; id -g; id")
                .succeeded();
        assertThat(finished.lines().getFirst()).as("%s", finished).isEqualTo("200");
        assertThat(finished.lines().getLast()).contains("gid=200" + (name == null ? " " : name));
        assertThat(finished.errorLines().stream().filter(line -> line.contains("gid 200 has no name")))
                .as("%s", finished)
                .hasSize(warnings);
    }

    /** Whoever can write that file would choose what root makes and owns. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"666", "664"})
    void a_passwd_that_others_can_write_is_not_trusted(String mode) {
        Finished finished = Launch.of(flavour)
                .shell("mkdir /srv/x; echo ping:x:9031:9999:stepdown:/srv/x:/bin/sh >>/etc/passwd; chmod " + mode
                        + " /etc/passwd")
                .run("sh", "-c", "stat -c %u /srv/x; echo $HOME")
                .succeeded();
        assertThat(finished.lines()).as("%s", finished).containsExactly("0", "/srv/x");
        assertThat(finished.errorLines().stream().filter(line -> line.contains("is not trusted")))
                .as("%s", finished)
                .hasSize(1);
    }

    @Test
    void a_passwd_that_root_cannot_read_is_said_and_the_drop_goes_on() {
        Finished finished = Launch.of(flavour)
                .flags("--cap-drop DAC_OVERRIDE")
                .shell("chmod 000 /etc/passwd")
                .options("--ownership off --log warn")
                .run("sh", "-c", "id -u; id -g")
                .succeeded();
        assertThat(finished.lines()).as("%s", finished).containsExactly("9031", "9999");
        assertThat(finished.errorLines())
                .as("%s", finished)
                .hasSize(1)
                .allMatch(line -> line.contains("/etc/passwd cannot be read") && line.contains("EACCES"));
    }

    @Test
    void fifty_thousand_rows_and_a_line_of_five_megabytes_fit() {
        String code = """
                perl -e 'print "u$_:x:", 100000 + $_, ":1:A name:/home/u:/bin/sh\\n" for 1..50000' >>/etc/passwd
                perl -e 'print "many:x:60000:", join(",", map { "u$_" } 1..700000), "\\n"' >>/etc/group
                wc -c /etc/group >&2""";
        assertThat(Launch.of(flavour)
                        .shell(code)
                        .run("sh", "-c", "tail -n 1 /etc/passwd; tail -n 1 /etc/group")
                        .succeeded()
                        .lines())
                .containsExactly("ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin", "identity:x:9999:");
    }

    @Test
    void a_hundred_starts_at_once_write_each_row_once() {
        String code = """
                my @children = map { my $pid = fork // die; exec @ARGV if !$pid; $pid } 1..100;
                for my $pid (@children) { waitpid $pid, 0; die "ended with $?" if $? }""";
        Finished finished = Launch.of(flavour)
                .perl(code)
                .options("--log warn")
                .run(
                        "sh",
                        "-c",
                        "grep -c stepdown /etc/passwd; grep -c identity /etc/group; ls -A /etc | grep -c stepdown; true")
                .succeeded();
        assertThat(finished.lines()).endsWith("1", "1", "0");
        assertThat(finished.errors()).as("%s", finished).isEmpty();
    }

    @Test
    void all_other_bytes_of_the_files_stay() {
        String code = """
                printf '# comment\\n\\ncaf\\351:x:700:700::/:\\n broken row\\n+@netgroup::::::\\nlast:x:701:701::/:' >>/etc/passwd
                perl -e 'print "g$_:x:", 20000 + $_, ":a,b,c\\n" for 1..5000' >>/etc/group
                chown 3:4 /etc/group; chmod 604 /etc/group
                cp /etc/passwd /tmp/passwd; cp /etc/group /tmp/group""";
        String look = """
                stat -c '%u:%g %a' /etc/passwd /etc/group
                head -c $(stat -c %s /tmp/passwd) /etc/passwd | cmp - /tmp/passwd
                head -c $(stat -c %s /tmp/group) /etc/group | cmp - /tmp/group
                tail -n 1 /etc/passwd; tail -n 1 /etc/group; ls /etc | grep -E '^(passwd|group)'""";
        assertThat(Launch.of(flavour)
                        .shell(code)
                        .run("sh", "-c", look)
                        .succeeded()
                        .lines())
                .containsExactly(
                        "0:0 644",
                        "3:4 604",
                        "ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin",
                        "identity:x:9999:",
                        "group",
                        "group-",
                        "passwd",
                        "passwd-");
    }

    @Test
    void a_row_prepared_at_build_time_is_renumbered_at_the_start() {
        String image = Images.probeWith(flavour, "RUN /opt/stepdown/bin/stepdown --writable /data --prepare-only");
        String look =
                "id; echo $HOME; stat -c %u:%g /data /home/ping; grep -c stepdown /etc/passwd; grep -c identity /etc/group";
        assertThat(Launch.in(image)
                        .options("--writable /data")
                        .run("sh", "-c", look)
                        .succeeded()
                        .lines())
                .containsExactly(
                        "uid=9031(ping) gid=9999(identity) groups=9999(identity)",
                        "/home/ping",
                        "9031:9999",
                        "9031:9999",
                        "1",
                        "1");
        assertThat(Launch.in(image)
                        .flags("-e PING_CONTAINER_UID=2000 -e PING_CONTAINER_GID=3000")
                        .options("--writable /data")
                        .run("sh", "-c", look)
                        .succeeded()
                        .lines())
                .containsExactly(
                        "uid=2000(ping) gid=3000 groups=3000", "/home/ping", "2000:3000", "2000:3000", "1", "1");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            a read-only root              | --read-only                                      | /etc
            """)
    void what_cannot_be_written_is_said_once_and_the_drop_goes_on(String what, String flags, String part) {
        Finished finished = Launch.of(flavour)
                .flags(flags)
                .run("sh", "-c", "id -u; id -g; echo $USER; test -w \"$HOME\" || echo $HOME")
                .exited(0);
        assertThat(finished.lines().subList(0, 3)).containsExactly("9031", "9999", "ping");
        assertThat(finished.errorLines().stream().filter(line -> line.startsWith("WARN")))
                .as("%s", finished)
                .anyMatch(line -> line.contains(part));
        assertThat(finished.errors()).doesNotContain("ERROR");
    }

    @Test
    void a_mounted_passwd_file_stays_as_it_was() {
        String name = "stepdown-it-" + java.util.UUID.randomUUID();
        try {
            Docker.must(
                    "run",
                    "--rm",
                    "--network=none",
                    "-v",
                    name + ":/v",
                    "--entrypoint",
                    "sh",
                    Images.probe(flavour),
                    "-c",
                    "cp /etc/passwd /etc/group /v");
            Finished finished = Launch.of(flavour)
                    .flag(
                            "-v",
                            name + ":/v",
                            "--cap-add",
                            "SYS_ADMIN",
                            "--security-opt",
                            "seccomp=unconfined",
                            "--security-opt",
                            "apparmor=unconfined")
                    .shell("mount --bind /v/passwd /etc/passwd; mount --bind /v/group /etc/group")
                    .run("sh", "-c", "id; cat /v/passwd /v/group");
            String given =
                    Docker.must("run", "--rm", "--network=none", Images.base(), "cat", "/etc/passwd", "/etc/group");
            assertThat(finished.text()).as("%s", finished).isEqualTo("uid=9031 gid=9999 groups=9999\n" + given);
            assertThat(finished.errors()).contains("/etc/passwd is a mount point", "/etc/group is a mount point");
        } finally {
            Docker.docker("volume", "rm", "-f", name);
        }
    }

    @Test
    void a_restart_repeats_nothing() {
        try (Running container = Launch.of(flavour).start("sleep", "1000")) {
            container.awaitProduct("sleep");
            List<String> first = container
                    .exec("sh", "-c", OURS + "; stat -c %z /etc/passwd /etc/group")
                    .succeeded()
                    .lines();
            container.restart(0);
            container.awaitProduct("sleep");
            assertThat(container
                            .exec("sh", "-c", OURS + "; stat -c %z /etc/passwd /etc/group")
                            .succeeded()
                            .lines())
                    .isEqualTo(first)
                    .contains("ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin", "identity:x:9999:");
        }
    }

    @Test
    void a_restart_with_other_ids_of_the_same_root_renumbers_the_user_and_no_group() {
        String code = "PING_CONTAINER_UID=2000 PING_CONTAINER_GID=3000 \"$@\"";
        assertThat(Launch.of(flavour)
                        .shell(code)
                        .run("sh", "-c", OURS)
                        .succeeded()
                        .lines())
                .containsExactly(
                        "ping:x:2000:3000:stepdown:/home/ping:/sbin/nologin", "identity:x:3000:",
                        "ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin", "identity:x:3000:");
    }

    /**
     * Each file has been begun, or has been replaced, or the home has been made, or owned, when the kill comes; the
     * start goes on to the next of these points where it comes too late.
     */
    @Test
    void a_start_that_is_killed_leaves_whole_files_and_the_next_one_finishes_rows_and_home() {
        String killer = """
                my ($passwd, $group, $left, $home) = ('/etc/passwd', '/etc/group', '/etc/.account.stepdown', '/home/ping');
                my @rows = map { [do { local @ARGV = $_; <> }] } $passwd, $group;
                sub inode { (stat $_[0])[1] // 0 }
                my ($wanted, $round, @met) = (%d, 0, (0) x 6);
                while (grep { $_ < $wanted } @met) {
                    die "kills in time: @met, of $round" if ++$round > 100 * $wanted;
                    my ($point) = sort { $met[$a] <=> $met[$b] } 0..5;
                    my ($uid, $gid) = (2000 + $round, 3000 + $round);
                    @ENV{map { "PING_CONTAINER_$_" } qw(UID GID GNAME)} = ($uid, $gid, "g$round");
                    rmdir $home; unlink $left;
                    my @inodes = (inode($passwd), inode($group));
                    my @reached = (
                        sub { -e $left },
                        sub { inode($passwd) != $inodes[0] },
                        sub { inode($passwd) != $inodes[0] && -e $left },
                        sub { inode($group) != $inodes[1] },
                        sub { -d $home },
                        sub { ((stat $home)[4] // 0) == $uid });
                    my $child = fork // die;
                    if (!$child) { open STDOUT, '>/dev/null'; open STDERR, '>/dev/null'; exec @ARGV }
                    my $ended = 0;
                    until ($ended || $reached[$point]->()) {
                        select undef, undef, undef, 0.0001;
                        $ended = waitpid $child, 1;
                    }
                    kill 'KILL', $child;
                    waitpid $child, 0 if !$ended;
                    $met[$point]++ if !$ended && $? == 9;
                    for my $file (0, 1) {
                        my $name = ($passwd, $group)[$file];
                        open my $in, '<', $name or die; my @now = <$in>;
                        my @own = splice @now, scalar @{$rows[$file]};
                        my %%seen;
                        die "torn $name in round $round\\n" if "@now" ne "@{$rows[$file]}" || grep { !/\\n\\z/ || $seen{$_}++ } @own;
                        die "rows in round $round: @own\\n" if !$file && @own > 1;
                    }
                    if ($round %% 5 == 0) {
                        system(@ARGV) == 0 or die "the start after round $round: $?";
                        my @home = stat $home;
                        die "home in round $round: @home[2, 4, 5]\\n" if $home[4] != $uid || $home[5] != $gid || ($home[2] & 07777) != 0700;
                        die "left in round $round\\n" if -e $left;
                    }
                }
                @ENV{map { "PING_CONTAINER_$_" } qw(UID GID GNAME)} = (2000, 3000, 'last')""".formatted(4 * Integer.getInteger("stepdown.times", 1));
        Finished finished = Launch.of(flavour)
                .perl(killer)
                .run(
                        "sh",
                        "-c",
                        "id; grep -c stepdown /etc/passwd; sort /etc/group | uniq -d; stat -c '%u:%g %a' $HOME;"
                                + " ls -A /etc | grep -c '[.]stepdown'; true");
        assertThat(finished.succeeded().lines().reversed().subList(0, 4))
                .as("%s", finished)
                .containsExactly("0", "2000:3000 700", "1", "uid=2000(ping) gid=3000(last) groups=3000(last)");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                            | options                          | before                                       | groups
            none                                               | none                             | true                                         | 9999
            --group-add 3000                                   | none                             | true                                         | 3000 9999
            --group-add 3000 --group-add 0                     | none                             | true                                         | 3000 9999
            --group-add 3000 --group-add 9999                  | none                             | true                                         | 3000 9999
            --group-add 2147483647                             | none                             | true                                         | 9999 2147483647
            none                                               | --groups 4,5                     | true                                         | 4 5 9999
            --group-add 3000                                   | --groups 4 --groups 5            | true                                         | 4 5 3000 9999
            -e STEPDOWN_GROUPS=7                               | --groups 4                       | true                                         | 4 7 9999
            --group-add 20                                     | none                             | sed -i s/^dialout:x:20:/dialout:x:20:root/ /etc/group | 9999
            none                                               | none                             | echo extra:x:50000:ping,root >>/etc/group    | 9999
            none                                               | --init-groups                    | echo extra:x:50000:ping,other >>/etc/group   | 9999 50000
            none                                               | --init-groups                    | echo extra:x:50000:ping,other >>/etc/group; chmod g+w /etc/group | 9999
            none                                               | --init-groups                    | echo extra:x:50000:ping,root >>/etc/group    | 9999
            none                                               | --init-groups                    | echo toor:x:0:0::/:/bin/sh >>/etc/passwd; echo extra:x:50000:ping,toor >>/etc/group | 9999
            --group-add 50000                                  | none                             | echo toor:x:0:0::/:/bin/sh >>/etc/passwd; echo extra:x:50000:toor >>/etc/group | 9999
            --group-add 50001                                  | none                             | echo toor:x:000:50001::/:/bin/sh >>/etc/passwd | 9999
            none                                               | --init-groups                    | echo extra:x:50000:pingu,other >>/etc/group  | 9999
            -e PING_CONTAINER_GID=0                            | none                             | true                                         | 0
            """)
    void no_group_of_roots_is_among_the_groups(
            @Nullable String flags, @Nullable String options, String before, String groups) {
        Finished finished = Launch.of(flavour)
                .flags(flags)
                .options(options)
                .shell(before)
                .run("grep", "^Groups", "/proc/self/status");
        assertThat(finished.succeeded().text().replaceAll("\\s+", " ")).isEqualTo("Groups: " + groups);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            --home /srv/app                  | /srv/app 9031:9999 700 ping:x:9031:9999:stepdown:/srv/app:/sbin/nologin
            --shell /bin/sh                  | /home/ping 9031:9999 700 ping:x:9031:9999:stepdown:/home/ping:/bin/sh
            --home /srv/a/b --shell /bin/sh  | /srv/a/b 9031:9999 700 ping:x:9031:9999:stepdown:/srv/a/b:/bin/sh
            """)
    void home_and_shell_of_the_row_can_be_given(String options, String expected) {
        assertThat(Launch.of(flavour)
                        .options(options)
                        .run("sh", "-c", "echo $HOME $(stat -c '%u:%g %a' $HOME) $(tail -n 1 /etc/passwd)")
                        .succeeded()
                        .text())
                .isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource(delimiter = '|', textBlock = """
            --home  | home
            --home  | /a:b
            --home  | ''
            --shell | sh
            --shell | /bin/s:h
            """)
    void a_home_or_shell_that_would_break_the_row_is_refused(String option, String value) {
        Workshop workshop = Workshop.of(flavour);
        workshop.run(option, value, "--", "id").refused(option);
        workshop.run(option, "/a\nroot2::0:0::/:", "--", "id").refused(option, "\\x0a");
        workshop.unchanged();
    }

    @Test
    void a_home_that_cannot_be_is_said_and_home_is_the_root() {
        Finished finished = Launch.of(flavour)
                .shell("rm -rf /home; touch /home")
                .options("--log warn")
                .run("sh", "-c", "id -u; echo $HOME")
                .succeeded();
        assertThat(finished.lines()).containsExactly("9031", "/");
        assertThat(finished.errorLines())
                .as("%s", finished)
                .hasSize(1)
                .allMatch(line -> line.contains("HOME is /") && line.contains("/home/ping"));
    }

    /** Where the rows are there already, nothing else says that the root is read-only. */
    @Test
    void a_prepared_home_that_is_gone_from_a_read_only_root_is_said() {
        String image = Images.probeWith(
                flavour, "RUN [\"/opt/stepdown/bin/stepdown\", \"--prepare-only\"]", "RUN rmdir /home/ping");
        Finished finished = Launch.in(image)
                .flags("--read-only")
                .options("--log warn")
                .run("sh", "-c", "id -un; echo $HOME")
                .succeeded();
        assertThat(finished.lines()).containsExactly("ping", "/");
        assertThat(finished.errorLines())
                .as("%s", finished)
                .hasSize(1)
                .allMatch(line -> line.contains("HOME is /") && line.contains("EROFS"));
    }

    /** By the rule of writable paths: whoever can make a link must not choose what root hands over. */
    @ParameterizedTest(name = "/home is {0}")
    @CsvSource({"755, 9031", "777, 0"})
    void a_home_that_is_a_link_is_followed_where_only_root_can_have_made_it(String mode, String owner) {
        Finished finished = Launch.of(flavour)
                .shell("mkdir /srv/x; ln -s /srv/x /home/ping; chmod " + mode + " /home")
                .run("stat", "-c", "%u", "/srv/x")
                .succeeded();
        assertThat(finished.text()).as("%s", finished).isEqualTo(owner);
        assertThat(finished.errors().contains("link")).as("%s", finished).isEqualTo(owner.equals("0"));
    }
}
