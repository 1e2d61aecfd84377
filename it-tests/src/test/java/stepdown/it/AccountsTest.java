package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rows of /etc/passwd and /etc/group that a start finds, writes, renumbers or leaves alone. */
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
            echo ping:x:2000:3000:stepdown:/data:/sbin/nologin >>/etc/passwd; echo identity:x:3000: >>/etc/group | none                              | uid=9031(ping) gid=9999(identity) groups=9999(identity) /data
            echo '+::::::' >>/etc/passwd; echo '+:::' >>/etc/group                       | none                                                      | uid=9031(ping) gid=9999(identity) groups=9999(identity) /home/ping
            rm /etc/passwd /etc/group                                                    | none                                                      | uid=9031(ping) gid=9999(identity) groups=9999(identity) /home/ping
            rm /etc/passwd /etc/group                                                    | -e PING_CONTAINER_UNAME=app                               | uid=9031(app) gid=9999(identity) groups=9999(identity) /home/app
            """)
    void theRowDecidesNameAndHome(String before, @Nullable String flags, String expected) {
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
            echo identity:x:5000: >>/etc/group                                   | identity,5000,9999
            echo 'identity:x:5000:\u00e4' >>/etc/group                           | identity,5000,9999
            """)
    void aNameOfAnotherIsRefusedWithBothIds(String before, String parts) {
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

    @Test
    void allOtherBytesOfTheFilesStay() {
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
    void aRowPreparedAtBuildTimeIsRenumberedAtTheStart() {
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
                        "uid=2000(ping) gid=3000(identity) groups=3000(identity)",
                        "/home/ping",
                        "2000:3000",
                        "2000:3000",
                        "1",
                        "1");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            a read-only root              | --read-only                                      | /etc
            """)
    void whatCannotBeWrittenIsSaidOnceAndTheDropGoesOn(String what, String flags, String part) {
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
    void aMountedPasswdFileStaysAsItWas() {
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
    void aRestartRepeatsNothing() {
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
    void aRestartWithOtherIdsOfTheSameRootRenumbersTheRows() {
        String code = "PING_CONTAINER_UID=2000 PING_CONTAINER_GID=3000 \"$@\"";
        assertThat(Launch.of(flavour)
                        .shell(code)
                        .run("sh", "-c", OURS)
                        .succeeded()
                        .lines())
                .containsExactly(
                        "ping:x:2000:3000:stepdown:/home/ping:/sbin/nologin", "identity:x:3000:",
                        "ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin", "identity:x:9999:");
    }

    /** Each file has been begun, or has been replaced, when the kill comes; the start goes on to the next of these points where it comes too late. */
    @Test
    void aStartThatIsKilledLeavesWholeFilesAndOneRow() {
        String killer = """
                my @files = ('/etc/passwd', '/etc/group');
                my @rows = map { [do { local @ARGV = $_; <> }] } @files;
                my ($wanted, $round, @met) = (%d, 0, 0, 0, 0, 0);
                while (grep { $_ < $wanted } @met) {
                    die "kills in time: @met, of $round" if ++$round > 100 * $wanted;
                    my ($point) = sort { $met[$a] <=> $met[$b] } 0..3;
                    my $file = $files[$point / 2];
                    my $temporary = $file =~ s:/etc/:/etc/.:r . '.stepdown';
                    unlink $temporary;
                    my $inode = (stat $file)[1];
                    my $child = fork // die;
                    if (!$child) { open STDOUT, '>/dev/null'; open STDERR, '>/dev/null'; exec @ARGV }
                    my $ended = 0;
                    until ($ended || ($point %% 2 ? (stat $file)[1] != $inode : -e $temporary)) {
                        select undef, undef, undef, 0.0001;
                        $ended = waitpid $child, 1;
                    }
                    kill 'KILL', $child;
                    waitpid $child, 0 if !$ended;
                    $met[$point]++ if !$ended && $? == 9;
                    for my $file (0, 1) {
                        my $name = $files[$file];
                        open my $in, '<', $name or die; my @now = <$in>;
                        my @own = splice @now, scalar @{$rows[$file]};
                        die "torn $name in round $round\\n" if "@now" ne "@{$rows[$file]}" || @own > 1 || grep { !/\\n\\z/ } @own;
                    }
                    $ENV{PING_CONTAINER_UID} = 2000 + $round; $ENV{PING_CONTAINER_GID} = 3000 + $round;
                }
                $ENV{PING_CONTAINER_UID} = 2000; $ENV{PING_CONTAINER_GID} = 3000""".formatted(5 * Integer.getInteger("stepdown.times", 1));
        Finished finished = Launch.of(flavour)
                .perl(killer)
                .run(
                        "sh",
                        "-c",
                        "id; grep -c stepdown /etc/passwd; grep -c identity /etc/group; ls /etc | grep -Ec '^[.]?(passwd|group)'");
        assertThat(finished.succeeded().lines())
                .containsExactly("uid=2000(ping) gid=3000(identity) groups=3000(identity)", "1", "1", "4");
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
            none                                               | --init-groups                    | echo extra:x:50000:ping,root >>/etc/group    | 9999 50000
            none                                               | --init-groups                    | echo extra:x:50000:pingu,other >>/etc/group  | 9999
            -e PING_CONTAINER_GID=0                            | none                             | true                                         | 0
            """)
    void noGroupOfRootsIsAmongTheGroups(
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
    void homeAndShellOfTheRowCanBeGiven(String options, String expected) {
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
    void aHomeOrShellThatWouldBreakTheRowIsRefused(String option, String value) {
        Workshop workshop = Workshop.of(flavour);
        workshop.run(option, value, "--", "id").refused(option);
        workshop.run(option, "/a\nroot2::0:0::/:", "--", "id").refused(option, "\\x0a");
        workshop.unchanged();
    }

    @Test
    void aHomeThatCannotBeIsSaidAndHomeIsTheRoot() {
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
    void aPreparedHomeThatIsGoneFromAReadOnlyRootIsSaid() {
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
    void aHomeThatIsALinkIsFollowedWhereOnlyRootCanHaveMadeIt(String mode, String owner) {
        Finished finished = Launch.of(flavour)
                .shell("mkdir /srv/x; ln -s /srv/x /home/ping; chmod " + mode + " /home")
                .run("stat", "-c", "%u", "/srv/x")
                .succeeded();
        assertThat(finished.text()).as("%s", finished).isEqualTo(owner);
        assertThat(finished.errors().contains("link")).as("%s", finished).isEqualTo(owner.equals("0"));
    }
}
