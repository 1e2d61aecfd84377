package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The patterns and the flags of hardened containers, alone and together. */
@EachFlavour
class PatternsTest {
    private static final String WHO =
            "echo $(id -u):$(id -g) $(id -G | tr ' ' ,) $HOME $(test -w $HOME && echo rw || echo ro) $(touch /data/f 2>/dev/null && echo rw || echo ro)"
                    + " $(grep -c stepdown /etc/passwd)";
    private static final String MINIMAL = "--cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add SETPCAP";
    private static final String OWNING =
            MINIMAL + " --cap-add CHOWN --cap-add FOWNER --cap-add DAC_OVERRIDE --cap-add FSETID";

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
    void thePatternHolds(@Nullable String flags, @Nullable String options, String expected, int warnings) {
        String image = Images.probeWith(flavour, "RUN mkdir -m 755 /data");
        String replaced =
                flags == null ? null : flags.replace("{owning}", OWNING).replace("{minimal}", MINIMAL);
        Finished finished = Launch.in(image)
                .flags(replaced)
                .options("--writable /data")
                .options(options)
                .run("sh", "-c", WHO)
                .exited(0);
        assertThat(finished.text()).as("%s", finished).isEqualTo(expected);
        assertThat(finished.errorLines().stream().filter(line -> line.startsWith("WARN")))
                .as("%s", finished)
                .hasSize(warnings);
    }

    @Test
    void aPathThatTheUserCannotWriteIsReportedWithWhatWouldFixIt() {
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
    void aRootOnlyFileOfTheHostIsReadableOnlyWhereRootIsKept(@Nullable String flags, String expected) {
        Finished finished = Launch.of(flavour)
                .flags(flags)
                .flags("-v /etc/shadow:/host/shadow:ro")
                .run("sh", "-c", "cat /host/shadow >/dev/null 2>&1 && echo readable || echo refused");
        assertThat(finished.succeeded().text()).isEqualTo(expected);
    }

    @Test
    void aSecretOfRootsStaysUnreadableAndOneOfAGivenGroupIsNot() {
        String image = Images.probeWith(
                flavour,
                "RUN mkdir /run/secrets && echo s >/run/secrets/root && echo s >/run/secrets/group"
                        + " && chmod 400 /run/secrets/root && chmod 440 /run/secrets/group && chgrp 3000 /run/secrets/group");
        String read =
                "for s in root group; do cat /run/secrets/$s >/dev/null 2>&1 && echo readable || echo refused; done";
        assertThat(Launch.in(image).run("sh", "-c", read).succeeded().lines()).containsExactly("refused", "refused");
        assertThat(Launch.in(image)
                        .flags("--group-add 3000")
                        .run("sh", "-c", read)
                        .succeeded()
                        .lines())
                .containsExactly("refused", "readable");
    }

    @Test
    void aPreparedVolumeServesAContainerThatNeverIsRoot() {
        String volume = "stepdown-it-" + java.util.UUID.randomUUID();
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

    @Test
    void aFailingProductIsStartedAgainInTheSameState() {
        String image = Images.probeWith(flavour, "RUN mkdir -m 755 /data");
        try (Running container = Launch.in(image)
                .flags("--restart on-failure:3")
                .options("--writable /data --log error")
                .start("sh", "-c", "id; stat -c '%u:%g %a' /data $HOME; wc -l </etc/passwd; exit 3")) {
            container.await(
                    "three restarts",
                    () -> container
                            .inspect("{{.RestartCount}} {{.State.Status}}")
                            .equals("3 exited"));
            assertThat(container.awaitEnd()).isEqualTo(3);
            assertThat(container.logs().lines()).hasSize(16);
            assertThat(container.logs().lines().subList(4, 16))
                    .isEqualTo(repeated(container.logs().lines().subList(0, 4)));
        }
    }

    private static java.util.List<String> repeated(java.util.List<String> lines) {
        return java.util.Collections.nCopies(3, lines).stream()
                .flatMap(java.util.List::stream)
                .toList();
    }

    @Test
    void anExecutedCommandAndAHealthCheckStepDownWithoutDoingThePathsAgain() {
        String image = Images.probeWith(
                flavour,
                "HEALTHCHECK --interval=1s --retries=1 CMD [\"/opt/stepdown/bin/stepdown\", \"--ownership\", \"off\", \"--log\", \"warn\", \"--\", \"sh\", \"-c\", \"id -u\"]");
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

    @Test
    void anInitGoesBehind() {
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
    void anImageWithBusyboxOnlyIsEnough() {
        String[] instructions = {
            "RUN apt-get update && apt-get install -y --no-install-recommends busybox-static",
            "RUN mkdir -p /image/bin /image/tmp && cp /bin/busybox /image/bin/ && ln -s busybox /image/bin/sh && ln -s busybox /image/bin/id"
                    + " && cd / && cp --parents -L lib64/ld-linux-x86-64.so.2 $(ldd /opt/stepdown/runtime/bin/java"
                    + " /opt/stepdown/runtime/lib/server/libjvm.so /opt/stepdown/lib/*.so 2>/dev/null | grep -o '/lib/[^ ]*' | sort -u | cut -c2-) /image/"
                    + " ; cp -a --parents opt/stepdown /image/",
            "FROM scratch",
            "COPY --from=0 /image /",
            "ENTRYPOINT [\"/opt/stepdown/bin/stepdown\"]"
        };
        assertThat(Launch.in(Images.probeWith(flavour, instructions))
                        .run("id")
                        .succeeded()
                        .text())
                .isEqualTo("uid=9031(ping) gid=9999(identity) groups=9999(identity)");
    }

    @Test
    void withoutProcTheStartIsRefused() {
        Finished finished = Launch.of(flavour)
                .flags("--cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined")
                .shell("umount -l /proc")
                .run("id");
        finished.exited(125);
        assertThat(finished.errors()).contains("/proc");
        assertThat(finished.text()).isEmpty();
    }
}
