package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the product is handed beside its id: descriptors, signals, limits, a clean container, and the exit codes. */
@EachFlavour
class HandoverTest {
    /** What ls lists of itself where it was given 0, 1 and 2: the fourth is its own. */
    private static final List<String> THREE_AND_THE_LISTING = List.of("0", "1", "2", "3");

    @Parameter
    Flavour flavour;

    @Test
    void no_descriptor_of_the_launcher_reaches_the_product() {
        assertThat(descriptors(Launch.of(flavour))).isEqualTo(THREE_AND_THE_LISTING);
    }

    @Test
    void no_descriptor_reaches_the_product_where_root_is_kept() {
        assertThat(descriptors(Launch.of(flavour).env("PING_CONTAINER_PRIVILEGED", "true")))
                .isEqualTo(THREE_AND_THE_LISTING);
    }

    @Test
    void a_descriptor_that_nobody_asked_to_keep_is_closed() {
        assertThat(descriptors(Launch.of(flavour).perl(open(3) + open(77)))).isEqualTo(THREE_AND_THE_LISTING);
    }

    @Test
    void kept_descriptors_stay() {
        assertThat(descriptors(
                        Launch.of(flavour).perl(open(3) + open(5) + open(9)).options("--keep-fd 5 --keep-fd 9")))
                .containsExactlyInAnyOrder("0", "1", "2", "3", "5", "9");
    }

    @Test
    void listening_sockets_stay_where_they_are_meant_for_this_process() {
        String mine = "$ENV{LISTEN_FDS} = 2; $ENV{LISTEN_PID} = $$;";
        assertThat(descriptors(Launch.of(flavour).perl(open(3) + open(4) + open(5) + mine)))
                .containsExactlyInAnyOrder("0", "1", "2", "3", "4", "5");
    }

    @Test
    void listening_sockets_of_another_process_are_closed() {
        String others = "$ENV{LISTEN_FDS} = 2; $ENV{LISTEN_PID} = $$ + 1;";
        assertThat(descriptors(Launch.of(flavour).perl(open(3) + open(4) + others)))
                .isEqualTo(THREE_AND_THE_LISTING);
    }

    @ParameterizedTest(name = "closed: {0}")
    @ValueSource(ints = {0, 1, 2})
    void a_closed_standard_stream_is_the_null_device(int closed) {
        String other = closed == 2 ? "1" : "2";
        Finished finished = Launch.of(flavour)
                .perl("require POSIX; POSIX::close(" + closed + ")")
                .run("sh", "-c", "(readlink /proc/$$/fd/" + closed + " >&" + other + "); exit")
                .exited(0);
        assertThat(
                        closed == 2
                                ? finished.text()
                                : finished.errors().lines().toList().getLast())
                .isEqualTo("/dev/null");
    }

    /** Perl code that opens a file at this number, to be inherited. */
    private static String open(int number) {
        return "use POSIX (); $^F = 255; POSIX::dup2(POSIX::open('/etc/hostname'), " + number + ");";
    }

    private static List<String> descriptors(Launch launch) {
        return launch.run("ls", "/proc/self/fd").succeeded().lines();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            as the engine gives them     | none
            blocked and ignored before   | use POSIX (); POSIX::sigprocmask(SIG_BLOCK, POSIX::SigSet->new(1..31, 34, 40, 64)); $SIG{$_} = 'IGNORE' for qw(HUP INT QUIT PIPE USR1 USR2 TERM CHLD WINCH)
            """)
    void no_signal_is_blocked_or_ignored(String state, @Nullable String code) {
        Launch launch = code == null ? Launch.of(flavour) : Launch.of(flavour).perl(code);
        assertThat(launch.run("grep", "^Sig[BI]", "/proc/self/status")
                        .succeeded()
                        .lines())
                .containsExactly("SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            nofile=1000:20000     | Max open files | 1000 20000
            nofile=64             | Max open files | 64 64
            stack=1048576:4194304 | Max stack size | 1048576 4194304
            core=0:1024           | Max core file size | 0 1024
            fsize=1000000:2000000 | Max file size  | 1000000 2000000
            nproc=500:900         | Max processes  | 500 900
            """)
    void the_limits_of_the_container_stay(String limit, String name, String values) {
        String line = Launch.of(flavour)
                .flags("--ulimit " + limit)
                .run("grep", "^" + name, "/proc/self/limits")
                .succeeded()
                .text();
        assertThat(line.replaceAll("\\s+", " ")).startsWith(name + " " + values + " ");
    }

    @Test
    void umask_niceness_and_working_directory_stay() {
        Finished finished = Launch.of(flavour)
                .flags("-w /var/tmp")
                .shell("umask 027; set -- nice -n 7 \"$@\"")
                .run("sh", "-c", "umask; nice; readlink /proc/$$/cwd");
        assertThat(finished.succeeded().lines()).containsExactly("0027", "7", "/var/tmp");
    }

    @Test
    void nothing_is_left_in_the_container_but_the_rows_and_the_home() {
        Finished finished =
                Launch.of(flavour).flags("-w /tmp").runAndCompare("true").succeeded();
        assertThat(finished.changes())
                .containsExactlyInAnyOrder("C /etc", "C /etc/group", "C /etc/passwd", "C /home", "A /home/ping");
    }

    @Test
    void no_other_process_is_left() {
        assertThat(Launch.of(flavour)
                        .run("sh", "-c", "echo /proc/[0-9]*")
                        .succeeded()
                        .text())
                .isEqualTo("/proc/1");
        assertThat(Launch.of(flavour)
                        .run("grep", "Threads", "/proc/self/status")
                        .succeeded()
                        .text())
                .isEqualTo("Threads:\t1");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(ints = {0, 1, 7, 125, 126, 127, 128, 130, 143, 254, 255})
    void the_exit_code_is_the_products(int code) {
        Launch.of(flavour).run("sh", "-c", "exit " + code).exited(code);
    }

    @ParameterizedTest(name = "{1}: {0}")
    @CsvSource(delimiter = '|', textBlock = """
            no-such-command       | 127 | no-such-command
            /no/such/command      | 127 | /no/such/command
            ./no-such-command     | 127 | no-such-command
            /etc/passwd           | 126 | /etc/passwd
            /etc                  | 126 | /etc
            /root/tool            | 126 | /root/tool
            /probe/empty-loader   | 126 | /probe/empty-loader
            """)
    void a_command_that_cannot_run_is_named(String command, int code, String part) {
        String image = Images.probeWith(
                flavour,
                "RUN printf '#!/no/such/interpreter\\n' >/probe/empty-loader && chmod 755 /probe/empty-loader"
                        + " && cp /bin/true /root/tool");
        Launch.in(image).option("--log", "warn").run(command).refusedWith(code, part);
    }

    @Test
    void a_missing_command_is_refused_before_anything_changes() {
        Workshop workshop = Workshop.of(flavour);
        workshop.run().refused("command");
        workshop.run("--").refused("command");
        workshop.run("--writable", "/made", "--").refused("command");
        workshop.unchanged();
    }

    @Test
    void the_command_is_looked_up_as_the_user() {
        String image = Images.probeWith(
                flavour,
                "RUN mkdir -p /first /second && cp /bin/false /first/tool && cp /bin/true /second/tool && chmod 700 /first");
        Launch.in(image).env("PATH", "/first:/second:/bin").run("tool").succeeded();
        Launch.in(image)
                .env("PATH", "/first:/second:/bin")
                .env("PING_CONTAINER_PRIVILEGED", "true")
                .run("tool")
                .exited(1);
    }

    @Test
    void options_after_the_command_are_the_products() {
        assertThat(Launch.of(flavour)
                        .option("echo", "--help", "-Dx=y", "-Xmx1g", "-XX:+PrintFlagsFinal", "--writable", "--")
                        .run()
                        .succeeded()
                        .text())
                .isEqualTo("--help -Dx=y -Xmx1g -XX:+PrintFlagsFinal --writable --");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
    void a_signal_before_the_product_runs_ends_the_start_at_once(String signal, int code) {
        // Another process holds the lock of the account files, so that the start has to wait; when it has opened the
        // lock too, that process sends the signal.
        String holdLock = """
                use Fcntl;
                open my $lock, '+>>', '/etc/.pwd.lock' or die;
                pipe my $ready, my $done;
                if (!fork) {
                    my $whole = pack 's s x4 l! l! i x4', F_WRLCK, 0, 0, 0, 0;
                    fcntl $lock, F_SETLKW, $whole or die $!;
                    close $done; close $ready;
                    select undef, undef, undef, 0.01 until readlink('/proc/1/exe') !~ /perl/
                        && grep { readlink($_) eq '/etc/.pwd.lock' } glob '/proc/1/fd/*';
                    kill '%s', 1;
                    sleep 1000; exit;
                }
                close $done; <$ready>; close $ready""".formatted(signal);
        Finished finished =
                Launch.of(flavour).perl(holdLock).run("echo", "started").exited(code);
        assertThat(finished.text()).isEmpty();
    }
}
