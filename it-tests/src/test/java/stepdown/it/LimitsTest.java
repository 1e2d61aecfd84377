package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Containers that lack something, and as much as the kernel takes: a start as ever, or one line that says what is
 * missing.
 */
@EachFlavour
class LimitsTest {
    private static final String ADMIN = "--cap-add SYS_ADMIN --security-opt apparmor=unconfined";

    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "exec 2>/dev/full",
                "exec 2>/dev/full >/dev/full",
                "exec 0<&- 1>&- 2>&-",
                "ulimit -n 16",
                "rm -r /tmp /var/tmp",
                "rm /dev/null",
                "rm /etc/passwd /etc/group /etc/nsswitch.conf",
                "ln -sf /nowhere /etc/nsswitch.conf",
                "mount -t tmpfs none /dev",
                "umount -l /sys; umount -l /dev/shm; umount -l /dev/mqueue",
                "ulimit -c 0; ulimit -l 0; ulimit -s 1024",
                "ulimit -f 0; export PING_CONTAINER_UID=33 PING_CONTAINER_GID=33; set -- \"$@\" --ownership off"
            })
    void what_it_does_not_need_may_be_missing(String before) {
        Launch.of(flavour)
                .flags(ADMIN)
                .shell(before + "\nset -- \"$@\" -- sh -c 'test $(id -u) != 0 && exit 7'")
                .run()
                .exited(7);
    }

    /** The kernel spares process 1 what a broken pipe is to others, so behind an init. */
    @Test
    void a_line_that_nobody_can_read_any_more_is_lost_and_nothing_else() {
        Launch.of(flavour)
                .flags("--init")
                .shell("mkfifo /tmp/unread; exec 3<>/tmp/unread 2>/tmp/unread 3<&-")
                .run("sh", "-c", "test $(id -u) != 0 && exit 7")
                .exited(7);
    }

    /** In these both flavours say the same. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            # before                                                    | part
            umount -l /proc                                             | /proc is not mounted
            mount -t tmpfs none /proc                                   | /proc is not mounted
            rm /etc/passwd; mkfifo /etc/passwd                          | /etc/passwd is no regular file
            rm /etc/group; mkdir /etc/group                             | /etc/group is no regular file
            rm -f /etc/nsswitch.conf; mkfifo /etc/nsswitch.conf         | /etc/nsswitch.conf is no regular file
            ln -sf /dev/zero /etc/passwd                                | /etc/passwd is no regular file
            rm /dev/null; exec 0<&-                                     | mount /dev
            """)
    void what_it_needs_is_named(String before, String part) {
        Launch.of(flavour)
                .flags(ADMIN + " -e PING_CONTAINER_UID=5000")
                .shell(before)
                .run("id")
                .refused(part);
    }

    @Test
    void a_limit_of_file_size_that_forbids_the_rows_is_named_and_the_drop_goes_on() {
        Finished finished =
                Launch.of(flavour).flags("--ulimit fsize=0").run("id", "-u").succeeded();
        assertThat(finished.text()).as("%s", finished).isEqualTo("9031");
        assertThat(finished.errors()).contains("/etc/passwd", "EFBIG (file too large)");
    }

    /** A limit of processes counts what this user runs anywhere on the kernel, and not root's. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                              | before                                   | what the JVM flavour says
            --user 50011:50011 --ulimit nproc=5  | true                                     | the limit of processes is 5
            --user 50012:50012 --ulimit nproc=10 | true                                     | the limit of processes is 10
            none                                 | ulimit -v 500000                         | the limit of address space is 512000000 bytes
            none                                 | rm -rf /opt/stepdown/runtime/bin         | copy the whole folder
            none                                 | rm -f /opt/stepdown/runtime/lib/modules   | copy the whole folder
            none                                 | set -- perl -e 'unlink q(/lib64/ld-linux-x86-64.so.2) or die; exec @ARGV or die' -- "$@" | use the native flavour
            """)
    void what_a_jvm_needs_is_named_before_there_is_one(@Nullable String flags, String before, String part) {
        Finished finished =
                Launch.of(flavour).flags(flags).shell(before).run("/opt/stepdown/bin/stepdown", "--version");
        if (flavour == Flavour.JVM) {
            finished.refused(part);
        } else {
            finished.succeeded();
        }
    }

    /** The walk takes what is left; where a JVM itself is not to be had, nothing has been changed. */
    @ParameterizedTest
    @ValueSource(ints = {12, 15, 18, 21, 24, 32})
    void few_processes_are_enough_for_a_tree_or_the_start_fails(int most) {
        Finished finished = Launch.of(flavour)
                .flags("--tmpfs /data:mode=755 --pids-limit " + most)
                .shell("for i in $(seq 100); do mkdir /data/$i; : >/data/$i/a; : >/data/$i/b; done")
                .options("--strict --writable /data")
                .run("sh", "-c", "test $(find /data -user 9031 | wc -l) = 301 || exit 7");
        if (flavour == Flavour.NATIVE || most >= 24 || finished.exit() == 0) {
            finished.succeeded();
        } else {
            assertThat(finished.exit()).as("%s", finished).isIn(1, 125);
            assertThat(finished.errors()).isNotEmpty();
        }
    }

    @Test
    void a_jvm_that_fails_ends_with_its_own_words() {
        assumeTrue(flavour == Flavour.JVM);
        Finished finished = Launch.of(Flavour.JVM).shell("ulimit -v 1100000").run("id");
        assertThat(finished.exited(1).errors())
                .contains("Error occurred during initialization of VM")
                .doesNotContain("ERROR stepdown");
        assertThat(finished.text()).isEmpty();
    }

    @Test
    void a_profile_without_files_in_memory_is_enough(@TempDir Path folder) throws IOException {
        Path profile = folder.resolve("profile.json");
        Files.writeString(profile, """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["memfd_create", "memfd_secret", "close_range"], "action": "SCMP_ACT_ERRNO"}]}
                """);
        assertThat(Launch.of(flavour)
                        .flags("--security-opt seccomp=" + profile)
                        .run("id", "-u")
                        .succeeded()
                        .text())
                .isEqualTo("9031");
    }

    /** The JVM flavour needs a byte of each entry for itself. */
    @Test
    void the_largest_entry_is_never_cut() {
        int largest = flavour == Flavour.JVM ? 131_070 : 131_071;
        String code = "$ENV{X} = 'x' x (%d - 2)";
        String product = "$x = $ENV{X} =~ tr/x//; print $x + 2";
        assertThat(Launch.of(flavour)
                        .perl(code.formatted(largest))
                        .run("perl", "-e", product)
                        .succeeded()
                        .text())
                .isEqualTo("" + largest);
        if (flavour == Flavour.JVM) {
            Launch.of(flavour)
                    .perl(code.formatted(largest + 1))
                    .run("perl", "-e", product)
                    .refused("131070 bytes in one entry");
        }
    }

    /** Sizes from what the kernel takes of the first program down to what it takes of a Java runtime with all of it. */
    @Test
    void an_environment_as_large_as_the_kernel_takes_is_whole_or_refused() {
        String sizes = """
                my @start = splice @ARGV; my %got;
                %ENV = (PATH => $ENV{PATH}, map { ("V$_" => 'v' x 100_000) } 1..20);
                for my $rest (map { 97_000 - 350 * $_ } 0..20) {
                    $ENV{LAST} = 'l' x $rest;
                    my $size = length "USER=ping.LOGNAME=ping.HOME=/home/ping.";
                    $size += length("$_=$ENV{$_}") + 1 for keys %ENV;
                    no warnings;
                    my $known = open my $out, '-|', @start;
                    my $said = $known ? <$out> + 0 : 0;
                    close $out;
                    $got{!$known ? 'unknown to the kernel' : $? >> 8 == 125 ? 'refused' : $said == $size ? 'whole' : "status $? with $said of $size"}++;
                }
                print join ', ', sort keys %got; exit""";
        Finished finished =
                Launch.of(flavour).perl(sizes).options("--log warn").run("sh", "-c", "wc -c <\"/proc/$$/environ\"");
        assertThat(finished.text())
                .as("%s", finished)
                .isEqualTo(
                        flavour == Flavour.JVM
                                ? "refused, unknown to the kernel, whole"
                                : "unknown to the kernel, whole");
        assertThat(finished.errors().lines()).allMatch(line -> line.contains("a quarter of the limit of the stack"));
    }

    @Test
    void ten_thousand_arguments_arrive() {
        assertThat(Launch.of(flavour)
                        .perl("push @ARGV, map { \"a$_\" } 1..10000")
                        .run("sh", "-c", "shift 9998; echo $# $*", "sh")
                        .succeeded()
                        .text())
                .isEqualTo("2 a9999 a10000");
    }

    /** The shell and its terminal are gone while the start is under way. */
    @Test
    void a_start_in_the_background_of_a_terminal_that_goes_away_goes_on() {
        String terminal = """
                script -qec "bash -ic '/opt/stepdown/bin/stepdown --log error -- sh -c \\"id -u >/home/ping/done\\" & exit'" /dev/null </dev/null
                for i in $(seq 300); do test ! -s /home/ping/done || break; sleep 0.1; done
                cat /home/ping/done; exit""";
        assertThat(Launch.of(flavour).shell(terminal).run("x").succeeded().text())
                .endsWith("9031");
    }
}
