package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Collections;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The patterns and the flags of hardened containers, alone and together. */
@EachFlavour
class PatternsTest {
    private static final String WHO =
            "echo $(id -u):$(id -g) $(id -G | tr ' ' ,) $HOME $(test -w $HOME && echo rw || echo ro) $(touch /data/f 2>/dev/null && echo rw || echo ro)"
                    + " $(grep -c stepdown /etc/passwd);"
                    + " grep -cE '^(Cap(Inh|Prm|Eff|Amb):.0+|NoNewPrivs:.1|Sig(Blk|Ign):.0+)$' /proc/self/status";
    private static final String MINIMAL = "--cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add SETPCAP";
    private static final String OWNING =
            MINIMAL + " --cap-add CHOWN --cap-add FOWNER --cap-add DAC_OVERRIDE --cap-add FSETID";

    private static final String TOGETHER =
            "--security-opt no-new-privileges --cpus=0.5 --ulimit nofile=64 --memory 128m --read-only --tmpfs /tmp:rw,noexec,nosuid";

    @Parameter
    Flavour flavour;

    /** The /data of the image is root's and 0755; a volume on it starts as the same. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                                                            | options           | ids, groups, HOME, HOME writable, /data writable, rows of ours | warnings
            none                                                                               | none              | 9031:9999 9999 /home/ping rw rw 1   | 0
            -v /data                                                                           | none              | 9031:9999 9999 /home/ping rw rw 1   | 0
            # Outside-in.
            --user 5000:1000                                                                   | none              | 5000:1000 1000 / ro ro 0            | 1
            --user 5000                                                                        | none              | 5000:0 0 / ro ro 0                  | 1
            --user 5000:1000 --group-add 3000                                                  | none              | 5000:1000 1000,3000 / ro ro 0       | 1
            --user 1000640000:0                                                                | none              | 1000640000:0 0 / ro ro 0            | 1
            --user 9031:9999 -e PING_CONTAINER_UID=9031                                        | none              | 9031:9999 9999 / ro ro 0            | 1
            --user 5000:1000 -e PING_CONTAINER_UID=9031                                        | none              | 5000:1000 1000 / ro ro 0            | 2
            --user 5000:1000 -e HOME=/tmp                                                      | none              | 5000:1000 1000 /tmp rw ro 0         | 1
            --user 5000:1000 --cap-drop ALL --security-opt no-new-privileges                   | none              | 5000:1000 1000 / ro ro 0            | 1
            --user 33:33                                                                       | none              | 33:33 33 /var/www ro ro 0           | 1
            --user 5000:1000 --tmpfs /data:uid=5000                                            | none              | 5000:1000 1000 / ro rw 0            | 0
            # Read-only root.
            --read-only -v /data                                                               | none              | 9031:9999 9999 / ro rw 0            | 1
            --read-only -v /data --tmpfs /tmp:rw,noexec,nosuid                                 | none              | 9031:9999 9999 / ro rw 0            | 1
            --read-only -v /data --tmpfs /home                                                 | none              | 9031:9999 9999 /home/ping rw rw 0   | 1
            --read-only -v /data -v /home                                                      | none              | 9031:9999 9999 /home/ping rw rw 0   | 1
            --read-only -v /data -e HOME=/data                                                 | none              | 9031:9999 9999 /data rw rw 0        | 1
            # Limits.
            --memory 64m -v /data                                                              | none              | 9031:9999 9999 /home/ping rw rw 1   | 0
            --cpus 0.5                                                                         | none              | 9031:9999 9999 /home/ping rw rw 1   | 0
            --pids-limit 64                                                                    | none              | 9031:9999 9999 /home/ping rw rw 1   | 0
            --ulimit nofile=64                                                                 | none              | 9031:9999 9999 /home/ping rw rw 1   | 0
            --ulimit nproc=64                                                                  | none              | 9031:9999 9999 /home/ping rw rw 1   | 0
            # Capabilities.
            {owning}                                                                           | none              | 9031:9999 9999 /home/ping rw rw 1   | 0
            {minimal} --tmpfs /data:uid=9031,gid=9999,mode=0750 -e HOME=/data                   | --ownership off   | 9031:9999 9999 /data rw rw 1        | 0
            {owning} --cap-add NET_BIND_SERVICE                                                | --keep-cap NET_BIND_SERVICE | 9031:9999 9999 /home/ping rw rw 1 | 0
            --security-opt no-new-privileges                                                   | none              | 9031:9999 9999 /home/ping rw rw 1   | 0
            --init                                                                             | none              | 9031:9999 9999 /home/ping rw rw 1   | 0
            # All together.
            -u 4000 --security-opt no-new-privileges --cap-drop=ALL --cap-add=NET_BIND_SERVICE --cpus=0.5 --ulimit nofile=64 --memory 128m --read-only --tmpfs /tmp:rw,noexec,nosuid | none | 4000:0 0 / ro ro 0 | 1
            {owning} --security-opt no-new-privileges --cpus=0.5 --ulimit nofile=64 --memory 128m --read-only --tmpfs /tmp:rw,noexec,nosuid -v /data | none | 9031:9999 9999 / ro rw 0 | 1
            """)
    void the_pattern_holds(@Nullable String flags, @Nullable String options, String expected, int warnings) {
        String image = Images.probeWith(flavour, "RUN mkdir -m 755 /data");
        String replaced =
                flags == null ? null : flags.replace("{owning}", OWNING).replace("{minimal}", MINIMAL);
        Finished finished = Launch.in(image)
                .flags(replaced)
                .options("--writable /data")
                .options(options)
                .run("sh", "-c", WHO)
                .exited(0);
        boolean keeps = options != null && options.contains("--keep-cap");
        assertThat(finished.lines()).as("%s", finished).containsExactly(expected, keeps ? "3" : "7");
        assertThat(finished.errorLines().stream().filter(line -> line.startsWith("WARN")))
                .as("%s", finished)
                .hasSize(warnings);
    }

    @Test
    void a_path_that_the_user_cannot_write_is_reported_with_what_would_fix_it() {
        Launch launch = Launch.of(flavour).flags("--user 5000:1000").options("--writable /srv");
        Launch shell = Launch.of(flavour).flags("--user 5000:1000 -v /srv/data").options("--writable /srv/data");
        Finished finished = shell.run("true").succeeded();
        assertThat(finished.errorLines().stream().filter(line -> line.startsWith("WARN")))
                .as("%s", finished)
                .hasSize(1)
                .allMatch(line -> line.contains("/srv/data") && line.contains("755") && line.contains("fsGroup"));
        shell.options("--strict").run("id").refused("/srv/data");
        launch.run("id").refused("/srv");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # root in the container          | product reads a root-only file of the host
            -e PING_CONTAINER_PRIVILEGED=true | readable
            none                             | refused
            --user 5000:1000                 | refused
            """)
    void a_root_only_file_of_the_host_is_readable_only_where_root_is_kept(@Nullable String flags, String expected) {
        Finished finished = Launch.of(flavour)
                .flags(flags)
                .flags("-v /etc/shadow:/host/shadow:ro")
                .run("sh", "-c", "cat /host/shadow >/dev/null 2>&1 && echo readable || echo refused");
        assertThat(finished.succeeded().text()).isEqualTo(expected);
    }

    @Test
    void a_secret_of_roots_stays_unreadable_and_one_of_a_given_group_or_of_the_user_is_not() {
        String image = Images.probeWith(
                flavour,
                "RUN cd /run && mkdir secrets && cd secrets && touch root group user"
                        + " && chmod 400 root user && chmod 440 group && chgrp 3000 group && chown 9031:9999 user");
        String read =
                "for s in root group user; do cat /run/secrets/$s >/dev/null 2>&1 && echo readable || echo refused; done";
        assertThat(Launch.in(image).run("sh", "-c", read).succeeded().lines())
                .containsExactly("refused", "refused", "readable");
        assertThat(Launch.in(image)
                        .flags("--group-add 3000")
                        .run("sh", "-c", read)
                        .succeeded()
                        .lines())
                .containsExactly("refused", "readable", "readable");
    }

    @Test
    void a_prepared_volume_serves_a_container_that_never_is_root() {
        String volume = "stepdown-it-" + UUID.randomUUID();
        try {
            Launch.of(flavour)
                    .flags("-v " + volume + ":/data -e PING_CONTAINER_UID=5000 -e PING_CONTAINER_GID=1000")
                    .options("--prepare-only --writable /data")
                    .run()
                    .succeeded();
            Finished finished = Launch.of(flavour)
                    .flags("-v " + volume
                            + ":/data --user 5000:1000 --cap-drop ALL --security-opt no-new-privileges --read-only")
                    .options("--writable /data --log warn")
                    .run("touch", "/data/file")
                    .succeeded();
            assertThat(finished.errors()).isEmpty();
        } finally {
            Docker.docker("volume", "rm", "-f", volume);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                              | id, /data, HOME, rows of ours
            none                                                 | uid=9031(ping) gid=9999(identity) groups=9999(identity) 9031:9999 750 /home/ping 9031:9999 700 1 ping
            {together} -u 4000 --cap-drop=ALL --cap-add=NET_BIND_SERVICE | uid=4000 gid=0(root) groups=0(root) 0:0 755 / 0:0 755 0
            {together} {owning} -v /data                         | uid=9031 gid=9999 groups=9999 9031:9999 750 / 0:0 755 0 ping
            """)
    void a_failing_product_is_started_five_times_more_in_the_same_state(@Nullable String flags, String expected) {
        String image = Images.probeWith(flavour, "RUN mkdir -m 755 /data");
        String state =
                "echo $(id) $(stat -c '%u:%g %a' /data) $HOME $(stat -c '%u:%g %a' $HOME) $(grep -c stepdown /etc/passwd) $USER";
        try (Running container = Launch.in(image)
                .flags("--restart=on-failure:5")
                .flags(
                        flags == null
                                ? null
                                : flags.replace("{together}", TOGETHER).replace("{owning}", OWNING))
                .options("--writable /data --log error")
                .start("sh", "-c", state + "; exit 3")) {
            container.await(
                    "five restarts",
                    () -> container
                            .inspect("{{.RestartCount}} {{.State.Status}}")
                            .equals("5 exited"));
            assertThat(container.awaitEnd()).isEqualTo(3);
            assertThat(container.logs().lines()).isEqualTo(Collections.nCopies(6, expected));
            assertThat(container.logs().errors()).isEmpty();
        }
    }

    /** It counts what this uid runs anywhere on the kernel. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            # flags                      | limit | JVM, exit | JVM, stderr                               | native, exit
            --user 50001:50001           | 5     | 125       | ERROR stepdown - the limit of processes is 5 | 0
            --user 50002:50002           | 20    | 0         | INFO stepdown - uid=50002                  | 0
            -e PING_CONTAINER_UID=50003  | 5     | 126       | EAGAIN: this user already runs as many processes as its limit allows; raise --ulimit nproc | 0
            -e PING_CONTAINER_UID=50004  | 20    | 0         | INFO stepdown - uid=50004                  | 0
            """)
    void a_limit_of_processes_that_is_too_small_is_named(
            String flags, int limit, int jvmExit, String jvmErrors, int nativeExit) {
        Finished finished =
                Launch.of(flavour).flags(flags + " --ulimit nproc=" + limit).run("id", "-u");
        finished.exited(flavour == Flavour.JVM ? jvmExit : nativeExit);
        assertThat(finished.errors())
                .as("%s", finished)
                .contains(flavour == Flavour.JVM ? jvmErrors : "INFO stepdown - uid=5000");
        assertThat(finished.text())
                .as("%s", finished)
                .isEqualTo(finished.exit() == 0 ? flags.replaceAll(".*[ =](\\d+).*", "$1") : "");
    }

    @Test
    void an_executed_command_and_a_health_check_step_down_without_doing_the_paths_again() {
        String image = Images.probeWith(
                flavour,
                "HEALTHCHECK --interval=1s --timeout=5m --retries=1 CMD [\"/opt/stepdown/bin/stepdown\", \"--ownership\", \"off\", \"--log\", \"warn\", \"--\", \"sh\", \"-c\", \"id -u\"]");
        try (Running container = Launch.in(image).options("--writable /data").start("sleep", "1000")) {
            container.awaitProduct("sleep");
            Finished executed = container
                    .exec("/opt/stepdown/bin/stepdown", "--ownership", "off", "--log", "warn", "--", "id")
                    .succeeded();
            assertThat(executed.text()).isEqualTo("uid=9031(ping) gid=9999(identity) groups=9999(identity)");
            assertThat(executed.errors()).isEmpty();
            container.await(
                    "healthy",
                    () -> container.inspect("{{.State.Health.Status}}").equals("healthy"));
            assertThat(container
                            .inspect("{{(index .State.Health.Log 0).Output}}")
                            .strip())
                    .isEqualTo("9031");
        }
    }

    /** What does not pass through the ENTRYPOINT is root, and has a line that it can go through. */
    @Test
    void the_ways_round_the_entrypoint_are_roots_and_have_an_answer() {
        String image = Images.probe(flavour);
        String stepdown = "/opt/stepdown/bin/stepdown";
        assertThat(Docker.must("run", "--rm", "--network=none", "--entrypoint", "id", image, "-u"))
                .isEqualTo("0");
        assertThat(Docker.must(
                        "run",
                        "--rm",
                        "--network=none",
                        "--entrypoint",
                        stepdown,
                        image,
                        "--log",
                        "warn",
                        "--",
                        "id",
                        "-u"))
                .isEqualTo("9031");
        String script = "exec \"$@\"";
        assertThat(Docker.must(
                        "run",
                        "--rm",
                        "--network=none",
                        "--entrypoint",
                        "sh",
                        image,
                        "-c",
                        script,
                        "sh",
                        stepdown,
                        "--log",
                        "warn",
                        "--",
                        "id",
                        "-u"))
                .isEqualTo("9031");
        try (Running container = Launch.in(image).start("sleep", "1000")) {
            container.awaitProduct("sleep");
            assertThat(container.exec("id", "-u").text()).isEqualTo("0");
            assertThat(container
                            .exec(stepdown, "--ownership", "off", "--log", "warn", "--", "id", "-u")
                            .text())
                    .isEqualTo("9031");
        }
    }

    /** The script is the one that is written down there. */
    @Test
    void a_script_of_roots_does_its_work_before_the_drop() throws IOException {
        String text = Files.readString(Path.of("..", "docker", "PATTERNS.md"));
        int begin = text.indexOf("    #!/bin/sh\n", text.indexOf("\n## Root before the drop"));
        String script = text.substring(begin, text.indexOf("\n\n", begin) + 1).indent(-4);
        assertThat(script)
                .startsWith("#!/bin/sh\n")
                .endsWith("exec /opt/stepdown/bin/stepdown --writable /var/lib/product -- \"$@\"\n");
        String image = Images.probeWith(
                flavour,
                "RUN mkdir /usr/share/product && echo name=@NAME@ >/usr/share/product/product.conf.template",
                file("/usr/local/sbin/start", script),
                "ENTRYPOINT [\"/usr/local/sbin/start\"]",
                "CMD [\"sleep\", \"1000\"]");
        try (Running container = Launch.in(image).flags("--hostname box").start()) {
            container.awaitProduct("sleep");
            assertThat(container
                            .exec("/opt/stepdown/bin/stepdown", "--verify")
                            .succeeded()
                            .text())
                    .isEqualTo(Verified.yes("sleep"));
            assertThat(container
                            .exec("stat", "-c", "%u:%g %a", "/etc/product.conf", "/var/lib/product")
                            .lines())
                    .containsExactly("0:0 644", "9031:9999 750");
            assertThat(container.exec("cat", "/etc/product.conf").text()).isEqualTo("name=box");
        }
    }

    /** A shell before the drop is steered by whoever starts the container, and the advice against it holds. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            BASH_ENV | #!/bin/sh      | 0
            ENV      | #!/bin/sh      | 0
            BASH_ENV | #!/bin/bash    | 1
            BASH_ENV | #!/bin/bash -p | 0
            """)
    void a_shell_before_the_drop_is_steered_by_the_environment(String variable, String shell, String steered) {
        String image = Images.probeWith(
                flavour,
                file("/start", shell + "\nexec /opt/stepdown/bin/stepdown --log warn -- \"$@\"\n"),
                file("/steer", "[ $(id -u) != 0 ] || echo x >>/steered\n"),
                "ENTRYPOINT [\"/start\"]");
        String count = "id -u; cat /steered 2>/dev/null | wc -l";
        assertThat(Docker.must("run", "--rm", "--network=none", "-e", variable + "=/steer", image, "sh", "-c", count)
                        .split("\n"))
                .containsExactly("9031", steered);
    }

    private static String file(String path, String content) {
        String encoded = Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.UTF_8));
        return "RUN echo %s | base64 -d >%s && chmod 755 %s".formatted(encoded, path, path);
    }

    @Test
    void an_init_goes_behind() {
        String image =
                Images.probeWith(flavour, "RUN apt-get update && apt-get install -y --no-install-recommends tini");
        try (Running container = Launch.in(image).start("tini", "--", "sleep", "1000")) {
            container.awaitProduct("tini");
            assertThat(container.exec("sh", "-c", "cat /proc/1/status").text())
                    .contains("Uid:\t9031\t9031\t9031\t9031");
            container.kill("TERM");
            assertThat(container.awaitEnd()).isEqualTo(143);
        }
    }

    @Test
    void an_image_with_busybox_only_is_enough() {
        assertThat(Launch.in(busybox("sh", "id")).run("id").succeeded().text())
                .isEqualTo("uid=9031(ping) gid=9999(identity) groups=9999(identity)");
    }

    @Test
    void an_image_without_any_shell_is_enough() {
        assertThat(Launch.in(busybox("id")).run("id").succeeded().text())
                .isEqualTo("uid=9031(ping) gid=9999(identity) groups=9999(identity)");
    }

    /** An image with nothing but one static program under these names, the C library for stepdown, and stepdown. */
    private String busybox(String... names) {
        String links = Stream.of(names)
                .map(name -> " && ln -s busybox /image/bin/" + name)
                .collect(Collectors.joining());
        String[] instructions = {
            "RUN apt-get update && apt-get install -y --no-install-recommends busybox-static",
            "RUN mkdir -p /image/bin /image/tmp && cp /bin/busybox /image/bin/" + links
                    + " && cd / && cp --parents -L lib64/ld-linux-x86-64.so.2 $(ldd /opt/stepdown/runtime/bin/java"
                    + " /opt/stepdown/runtime/lib/server/libjvm.so /opt/stepdown/lib/*.so 2>/dev/null | grep -o '/lib/[^ ]*' | sort -u | cut -c2-) /image/"
                    + " ; cp -a --parents opt/stepdown /image/",
            "FROM scratch",
            "COPY --from=0 /image /",
            "ENTRYPOINT [\"/opt/stepdown/bin/stepdown\"]"
        };
        return Images.probeWith(flavour, instructions);
    }

    @Test
    void another_release_of_debian_is_no_different() {
        String look = "id; stat -c '%u:%g %a' /data $HOME; grep -E '^(Cap|NoNewPrivs|Sig[BI])' /proc/self/status";
        assertThat(Launch.in(Images.probeOn("trixie", flavour))
                        .flags("--group-add 3000")
                        .options("--writable /data")
                        .run("sh", "-c", look)
                        .succeeded()
                        .lines())
                .containsExactly(
                        "uid=9031(ping) gid=9999(identity) groups=9999(identity),3000",
                        "9031:9999 750",
                        "9031:9999 700",
                        "SigBlk:\t0000000000000000",
                        "SigIgn:\t0000000000000000",
                        "CapInh:\t0000000000000000",
                        "CapPrm:\t0000000000000000",
                        "CapEff:\t0000000000000000",
                        "CapBnd:\t0000000000000000",
                        "CapAmb:\t0000000000000000",
                        "NoNewPrivs:\t1");
    }

    @Test
    void a_row_that_is_mounted_in_gives_name_and_home(@TempDir Path folder) throws IOException {
        Path passwd = Files.writeString(
                folder.resolve("passwd"), "root:x:0:0:root:/root:/bin/sh\napp:x:5000:1000:App:/srv:/bin/sh\n");
        Files.setPosixFilePermissions(passwd, PosixFilePermissions.fromString("rw-r--r--"));
        Finished finished = Launch.of(flavour)
                .flags("--user 5000:1000 -v " + passwd + ":/etc/passwd:ro")
                .options("--log warn")
                .run("sh", "-c", "id; echo $HOME $USER $LOGNAME")
                .succeeded();
        assertThat(finished.lines()).containsExactly("uid=5000(app) gid=1000 groups=1000", "/srv app app");
        assertThat(finished.errors()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            --user 5000:0    | uid=5000 gid=0(root) groups=0; true
            --user 5000:1000 | uid=5000 gid=1000 groups=1000; true
            --user 33:33     | uid=33(www-data) gid=33(www-data) groups=33; true
            """)
    void the_summary_of_a_user_names_only_groups_that_there_are(String flags, String expected) {
        assertThat(Launch.of(flavour).flags(flags).run("true").succeeded().errors())
                .isEqualTo("INFO stepdown - " + expected + "\n");
    }

    @Test
    void a_read_only_etc_is_said_and_stays_as_it_was() {
        String volume = "stepdown-it-" + UUID.randomUUID();
        try {
            Finished finished = Launch.of(flavour)
                    .flags("-v " + volume + ":/etc:ro")
                    .options("--writable /data")
                    .run("sh", "-c", "id; touch /data/f && stat -c %u:%g /data/f; grep -c stepdown /etc/passwd");
            assertThat(finished.lines())
                    .as("%s", finished)
                    .containsExactly("uid=9031 gid=9999 groups=9999", "9031:9999", "0");
            assertThat(finished.errorLines().stream().filter(line -> line.startsWith("WARN")))
                    .as("%s", finished)
                    .hasSize(1);
        } finally {
            Docker.docker("volume", "rm", "-f", volume);
        }
    }

    @Test
    void a_container_without_tmp_starts() {
        Finished finished = Launch.of(flavour)
                .shell("rm -rf /tmp")
                .run("sh", "-c", "id -u; ls -d /tmp 2>&1 | wc -l; ls / | grep -c tmp");
        assertThat(finished.lines()).as("%s", finished).containsExactly("9031", "1", "0");
    }

    @Test
    void without_proc_the_start_is_refused() {
        Finished finished = Launch.of(flavour)
                .flags("--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined")
                .shell("umount -l /proc")
                .run("id");
        finished.exited(125);
        assertThat(finished.errors()).contains("/proc");
        assertThat(finished.text()).isEmpty();
    }
}
