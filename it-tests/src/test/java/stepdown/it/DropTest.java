package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Nothing of root's is left: the product cannot be told from one that the engine itself started as the user, without
 * privileges.
 */
@EachFlavour
class DropTest {
    private static final String REFERENCE = "--user 9031:9999 --cap-drop ALL --security-opt no-new-privileges";
    private static final List<String> NO_CAPABILITIES = capabilities("0000000000000000");

    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                                                  | before, in perl
            none                                                                     | none
            --group-add 3000 --group-add 4000                                        | none
            -t                                                                       | none
            -i                                                                       | none
            none                                                                     | umask 027; POSIX::nice(5)
            -w /var/tmp --ulimit nofile=64:128 --ulimit nproc=400 --ulimit core=0    | none
            --security-opt seccomp=unconfined                                        | none
            """)
    void the_product_is_as_the_engine_would_have_started_it(@Nullable String flags, @Nullable String before) {
        String code = "use POSIX (); " + (before == null ? "" : before);
        List<String> reference = new ArrayList<>(List.of("run", "--rm", "--network=none", "--label", Docker.LABEL));
        reference.addAll(List.of(REFERENCE.split(" ")));
        reference.addAll(flags == null ? List.of() : List.of(flags.split(" +")));
        reference.addAll(List.of("--entrypoint", "perl", Images.probe(flavour), "-e"));
        reference.addAll(List.of(code + ";\nexec {$ARGV[0]} @ARGV or die $!", "--", "/probe/state"));
        Finished through = Launch.of(flavour)
                .flags(flags)
                .perl(code)
                .options("--log error")
                .run("/probe/state")
                .succeeded();
        Finished direct = Docker.docker(reference).succeeded();
        assertThat(through.lines()).as("%s%n%s", through, direct).containsExactlyElementsOf(direct.lines());
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE", "net_bind_service", "Cap_Net_Bind_Service"})
    void a_kept_capability_is_in_all_five_sets(String name) {
        assertThat(status(Launch.of(flavour).options("--keep-cap " + name)))
                .containsAll(capabilities("0000000000000400"));
    }

    @Test
    void kept_capabilities_of_options_and_variable_add_up() {
        assertThat(status(Launch.of(flavour)
                        .env("STEPDOWN_KEEP_CAP", "KILL,SYS_CHROOT")
                        .options("--keep-cap NET_RAW --keep-cap KILL")))
                .containsAll(capabilities("0000000000042020"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            SETUID,SETGID,SETPCAP,SETFCAP,SYS_ADMIN,SYS_PTRACE,SYS_MODULE,SYS_RAWIO,DAC_OVERRIDE,DAC_READ_SEARCH,CHOWN,FOWNER,MKNOD,BPF | root
            NET_BIND                         | NET_BIND_SERVICE
            NET_BIND_SERVICES                | NET_BIND_SERVICE
            CAP_                             | CAP_
            all                              | all
            SYS_TIME,NET_ADMIN,WAKE_ALARM    | --cap-add
            """)
    void a_capability_that_cannot_be_kept_is_refused_by_name(String names, String part) {
        Workshop workshop = Workshop.of(flavour);
        for (String name : names.split(",")) {
            workshop.run("--keep-cap", name, "--", "id").refused(name, part);
        }
        workshop.unchanged();
    }

    @Test
    void of_the_inheritable_set_nothing_is_left() {
        Launch launch = Launch.of(flavour)
                .shell("set -- setpriv --inh-caps +net_raw,+kill,+setuid --ambient-caps +kill -- \"$@\"");
        assertThat(status(launch)).containsAll(NO_CAPABILITIES).contains("NoNewPrivs:\t1");
    }

    @Test
    void a_process_with_ambient_capabilities_that_is_not_root_loses_them_all() {
        Launch launch = Launch.of(flavour)
                .shell("set -- setpriv --reuid 5000 --regid 1000 --clear-groups --inh-caps +setuid,+setgid,+setpcap"
                        + " --ambient-caps +setuid,+setgid,+setpcap -- \"$@\"");
        assertThat(status(launch))
                .containsAll(NO_CAPABILITIES)
                .contains("Uid:\t5000\t5000\t5000\t5000", "NoNewPrivs:\t1");
        Finished finished = launch.run("perl", "-e", "$< = $> = 0; print qq{$< $>}");
        assertThat(finished.text()).isEqualTo("5000 5000");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            none                             | 9031 | CapEff: 0000000000000000 | NoNewPrivs: 1
            --allow-new-privileges           | 0    | CapEff: 0000000000000000 | NoNewPrivs: 0
            """)
    void a_set_id_program_of_roots_has_no_power(
            @Nullable String options, String uid, String effective, String noNewPrivs) {
        String image = Images.probeWith(
                flavour,
                "RUN cp /usr/bin/id /probe/sid && cp /bin/grep /probe/sgrep && chmod 4755 /probe/sid /probe/sgrep");
        Launch launch = Launch.in(image).options(options);
        assertThat(launch.run("/probe/sid", "-u").succeeded().text()).isEqualTo(uid);
        assertThat(launch.run("/probe/sgrep", "-E", "CapEff|NoNew", "/proc/self/status")
                        .succeeded()
                        .text()
                        .replace("\t", " "))
                .isEqualTo(effective + "\n" + noNewPrivs);
    }

    @Test
    void a_file_with_capabilities_is_refused_with_both_ways_out() {
        String capped = """
                use POSIX (); my %setxattr = (x86_64 => 188, aarch64 => 5);
                system 'cp', '/bin/true', '/probe/capped';
                my ($file, $name, $value) = ('/probe/capped', 'security.capability', pack 'V5', 0x02000001, 1 << 13, 0, 0, 0);
                syscall($setxattr{(POSIX::uname)[4]}, my $f = "$file", my $n = "$name", $value, length $value, 0) == 0 or die $!""";
        Launch launch = Launch.of(flavour).perl(capped).options("--log warn");
        launch.run("/probe/capped").refusedWith(126, "/probe/capped", "--keep-cap", "setcap -r");
        launch.options("--keep-cap NET_RAW").run("/probe/capped").succeeded();
    }

    @ParameterizedTest(name = "without {0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # capability | options              | before                                        | part
            SETUID       | none                 | true                                          | --cap-add=SETUID
            SETGID       | none                 | true                                          | --cap-add=SETGID
            SETPCAP      | none                 | true                                          | --keep-bounding-set
            CHOWN        | --writable /data     | mkdir /data                                   | --ownership off
            FOWNER       | --writable /data     | mkdir -m 755 /data; chown 9031:9999 /data     | --cap-add=FOWNER
            DAC_OVERRIDE | --writable /data     | mkdir -m 700 /data; chown 5:5 /data           | --cap-add=DAC_OVERRIDE
            """)
    void a_capability_that_the_container_lacks_is_named_before_anything_changes(
            String capability, @Nullable String options, String before, String part) {
        String compared = """
                %s
                look() { cat /etc/passwd /etc/group; ls /home; stat -c '%%u:%%g %%a %%z' /data 2>&1 || true; }
                look >/tmp/before
                "$@" || code=$?
                look | cmp - /tmp/before
                exit $code""".formatted(before);
        Finished finished = Launch.of(flavour)
                .flags("--cap-drop " + capability)
                .options(options)
                .shell(compared)
                .run("id");
        finished.refused("CAP_" + capability, part);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # capabilities                                       | options                                      | before
            SETUID SETGID SETPCAP                                | --ownership off                              | true
            SETUID SETGID                                        | --ownership off --keep-bounding-set          | true
            SETUID SETGID SETPCAP CHOWN FOWNER FSETID DAC_OVERRIDE | --writable /data                           | chown 5:5 /data; chmod 2700 /data
            SETUID SETGID SETPCAP NET_BIND_SERVICE               | --ownership off --keep-cap NET_BIND_SERVICE  | true
            """)
    void the_smallest_sets_of_capabilities_suffice(String capabilities, String options, String before) {
        assertThat(Launch.of(flavour)
                        .flags("--cap-drop ALL --read-only -v /data --cap-add "
                                + capabilities.replace(" ", " --cap-add "))
                        .shell(before)
                        .options(options)
                        .run("id", "-u")
                        .succeeded()
                        .text())
                .isEqualTo("9031");
    }

    @Test
    void a_bounding_set_that_is_kept_needs_no_new_privs() {
        Workshop.of(flavour)
                .run("--keep-bounding-set", "--allow-new-privileges", "--", "id")
                .refused("--keep-bounding-set", "--allow-new-privileges");
        assertThat(status(Launch.of(flavour).options("--keep-bounding-set")))
                .contains("CapEff:\t0000000000000000", "CapBnd:\t00000000a80425fb", "NoNewPrivs:\t1");
    }

    @Test
    void a_working_directory_that_the_user_cannot_enter_is_one_warning() {
        Finished finished = Launch.of(flavour)
                .flags("-w /root")
                .options("--log warn")
                .run("readlink", "/proc/self/cwd")
                .succeeded();
        assertThat(finished.text()).isEqualTo("/root");
        assertThat(finished.errorLines())
                .hasSize(1)
                .first()
                .asString()
                .contains("/root")
                .startsWith("WARN");
    }

    /** A container whose process 1 is started by a shell, and not by stepdown unless the command says so. */
    private Running started(@Nullable String flags, String command) {
        List<String> words = new ArrayList<>(List.of("run", "-d", "--network=none", "--label", Docker.LABEL));
        words.addAll(flags == null ? List.of() : List.of(flags.split(" ")));
        words.addAll(List.of("--entrypoint", "sh", Images.probe(flavour), "-c", "exec " + command));
        return new Running(Docker.docker(words).succeeded().text()).awaitProduct("sleep");
    }

    /** There the engine gives an executed process of root's capabilities that the container was not started with. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                                                             | why there is no start
            --user 9031:9999                                                                    | none
            --user 9031:9999 --cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add SETPCAP | none
            --user 9031:9999 --cap-drop ALL                                                     | missing CAP_SETUID
            """)
    void root_that_is_executed_in_a_container_of_the_users_starts(String flags, @Nullable String reason) {
        try (Running container = started(flags, "/opt/stepdown/bin/stepdown -- sleep 1000")) {
            Finished started = Docker.docker(
                    "exec",
                    "-u",
                    "0",
                    container.id(),
                    "/opt/stepdown/bin/stepdown",
                    "--ownership",
                    "off",
                    "--",
                    "id",
                    "-u");
            if (reason == null) {
                assertThat(started.succeeded().text()).isEqualTo("9031");
            } else {
                started.refused(reason);
            }
        }
    }

    @Test
    void a_seccomp_filter_that_is_off_is_one_warning() {
        Finished finished = Launch.of(flavour)
                .flags("--security-opt seccomp=unconfined")
                .options("--log warn")
                .run("true")
                .succeeded();
        assertThat(finished.errorLines()).hasSize(1).first().asString().containsIgnoringCase("seccomp");
    }

    private static List<String> status(Launch launch) {
        return launch.run("cat", "/proc/self/status").succeeded().lines();
    }

    private static List<String> capabilities(String set) {
        return List.of("Inh", "Prm", "Eff", "Bnd", "Amb").stream()
                .map(name -> "Cap" + name + ":\t" + set)
                .toList();
    }
}
