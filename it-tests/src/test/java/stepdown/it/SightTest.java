package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static stepdown.it.TestcontainersTest.NOWHERE;
import static stepdown.it.TestcontainersTest.PATIENCE;
import static stepdown.it.TestcontainersTest.PROC;
import static stepdown.it.TestcontainersTest.product;
import static stepdown.it.TestcontainersTest.started;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.testcontainers.containers.wait.strategy.WaitStrategyTarget;
import org.testcontainers.shaded.com.github.dockerjava.core.DefaultDockerClientConfig;
import org.testcontainers.shaded.com.github.dockerjava.core.DockerClientImpl;
import stepdown.testcontainers.Elsewhere;
import stepdown.testcontainers.ProcessAssert;
import stepdown.testcontainers.Stepdown;

/** The assertions that image authors get for their tests: of one flavour, the quicker where there are two. */
class SightTest {
    private final Flavour flavour = Flavour.built().getLast();

    /** Of every kind of process that stepdown leaves, and of some that it does not. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                                     | process 1 before it is sleep
            none                                                        | stepdown
            -e PING_CONTAINER_UID=2001 -e PING_CONTAINER_GID=3001       | stepdown
            -e PING_CONTAINER_UID=4294967294 -e PING_CONTAINER_GID=0    | stepdown
            -e PING_CONTAINER_PRIVILEGED=true                           | stepdown
            -e PING_CONTAINER_PRIVILEGED=true --group-add 20            | stepdown
            none                                                        | stepdown --keep-cap KILL
            none                                                        | stepdown --keep-cap NET_BIND_SERVICE,SYS_CHROOT
            none                                                        | stepdown --groups 4,20
            --group-add 20 --group-add 7000                             | stepdown
            none                                                        | stepdown --allow-new-privileges
            -e STEPDOWN_ALLOW_NEW_PRIVILEGES=true                       | stepdown
            none                                                        | stepdown --keep-bounding-set
            -e ACME_UID=2001                                            | stepdown --env-prefix ACME
            -e PING_CONTAINER_UID=owner:/nowhere                        | none
            --user 9031:9999                                            | stepdown
            --user 5000                                                 | stepdown
            none                                                        | none
            --cap-drop ALL --security-opt no-new-privileges             | none
            --init                                                      | stepdown
            --init -e PING_CONTAINER_PRIVILEGED=true                    | stepdown
            --pid host                                                  | stepdown
            """)
    void proc_shows_what_verify_finds(String flags, String before) throws Exception {
        String start =
                before == null ? "sleep 1000" : before.replaceFirst("^", "/opt/stepdown/bin/") + " -- sleep 1000";
        List<String> words = new ArrayList<>(flags == null ? List.of() : List.of(flags.split(" ")));
        words.addAll(List.of("--entrypoint", "sh"));
        try (Running container = started(words, Images.probe(flavour), "-c", "exec " + start)) {
            product().waitUntilReady(container);
            List<String> shown = Elsewhere.shown(container);
            assertThat(shown).hasSize(10);
            if ("--pid host".equals(flags)) {
                // Process 1 is another one there: the machine's.
                assertThat(shown).startsWith("process " + container.inspect("{{.State.Pid}}") + " (sleep)");
            } else {
                assertThat(Elsewhere.executed(container)).containsExactlyElementsOf(shown);
            }
        }
    }

    /** Each on a container that deserves it; the words are those that a user reads. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            # container | assertion           | what it says
            root        | runsAs              | expected user id 9031, but found 0, in process 1 (sleep)
            root        | hasGroups           | expected supplementary groups 9999, but found 3,20, in process 1 (sleep)
            root        | hasNoCapabilities   | expected permitted set none, but found {all}, in process 1 (sleep)
            root        | hasCapabilities     | expected inheritable set NET_BIND_SERVICE, but found none, in process 1 (sleep)
            root        | hasBoundingSet      | expected bounding set none, but found {all}, in process 1 (sleep)
            root        | hasNoNewPrivileges  | expected no_new_privs on, but found off, in process 1 (sleep)
            root        | hasSteppedDownTo    | expected user id 9031, but found 0, in process 1 (sleep)
            root        | owns /var/tmp       | expected owner of /var/tmp 0:3, but found 0:0, in process 1 (sleep)
            threads     | runsAs              | expected user id 9031, but found 0, in thread N of process 1 (ready)
            threads     | hasNoNewPrivileges  | expected no_new_privs on, but found off, in thread N of process 1 (ready)
            threads     | hasBoundingSet      | expected bounding set none, but found {all}, in thread N of process 1 (ready)
            blocking    | blocksNoSignal      | expected blocked signals none, but found 10,15, in process 1 (sleep)
            """)
    void each_assertion_fails_where_it_is_deserved(
            String container, String assertion, String message, @TempDir Path folder) {
        String all =
                "CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,NET_BIND_SERVICE,NET_RAW,SYS_CHROOT,MKNOD,AUDIT_WRITE,SETFCAP";
        try (Running running = deserving(container, folder)) {
            // The engine chose the name, with a digit behind it where its first choice was taken.
            String named = "container " + running.inspect("{{slice .Id 0 12}} ({{.Name}}, of {{.Config.Image}})");
            for (Path proc : List.of(PROC, NOWHERE)) {
                boolean here = proc.equals(PROC);
                String expected = "{c}: " + message.replace("{all}", all)
                        + (here ? " (this machine's /proc)" : " (stepdown --verify)");
                if (!here && assertion.equals("blocksNoSignal")) {
                    expected = "{c}: blocked signals cannot be seen: stepdown --verify does not tell";
                } else if (!here && assertion.startsWith("owns")) {
                    // Root's own are all the same to it.
                    continue;
                }
                ProcessAssert looked = Elsewhere.assertThat(running, proc);
                assertThatThrownBy(() -> call(looked, assertion))
                        .isInstanceOf(AssertionError.class)
                        .extracting(failure ->
                                failure.getMessage().replace(named, "{c}").replaceFirst("thread [0-9]+ ", "thread N "))
                        .isEqualTo(expected);
            }
        }
    }

    private Running deserving(String container, Path folder) {
        List<String> flags = new ArrayList<>(List.of("--group-add", "20", "--user", "0:3", "--entrypoint"));
        return switch (container) {
            case "root" -> awaited(started(append(flags, "sleep"), Images.probe(flavour), "1000"), "sleep");
            case "blocking" ->
                awaited(
                        started(
                                append(flags, "perl"),
                                Images.probe(flavour),
                                "-e",
                                "use POSIX; sigprocmask(SIG_BLOCK, POSIX::SigSet->new(10, 15)); exec qw(sleep 1000)"),
                        "sleep");
            default -> {
                Path program = folder.resolve("threads");
                String source = "images/verify/threads.c";
                Docker.run("", List.of("gcc", "-O1", "-static", "-pthread", "-o", program.toString(), source))
                        .succeeded();
                yield awaited(
                        started(
                                List.of("-v", program + ":/threads:ro", "--entrypoint", "/threads"),
                                Images.probe(flavour)),
                        "ready");
            }
        };
    }

    private static List<String> append(List<String> words, String word) {
        return Stream.concat(words.stream(), Stream.of(word)).toList();
    }

    private static Running awaited(Running container, String comm) {
        container.await(
                "process 1 is " + comm,
                () -> container.exec("cat", "/proc/1/comm").text().equals(comm));
        return container;
    }

    private static void call(ProcessAssert looked, String assertion) {
        switch (assertion.split(" ")[0]) {
            case "runsAs" -> looked.runsAs(9031, 9999);
            case "hasGroups" -> looked.hasGroups(9999);
            case "hasNoCapabilities" -> looked.hasNoCapabilities();
            case "hasCapabilities" -> looked.hasCapabilities("cap_net_bind_service");
            case "hasBoundingSet" -> looked.hasBoundingSet();
            case "hasNoNewPrivileges" -> looked.hasNoNewPrivileges();
            case "blocksNoSignal" -> looked.blocksNoSignal();
            case "hasSteppedDownTo" -> looked.hasSteppedDownTo(9031, 9999);
            case "owns" -> looked.owns(assertion.split(" ")[1]);
            default -> throw new IllegalArgumentException(assertion);
        }
    }

    @Test
    void what_was_kept_is_found_as_kept() {
        try (Running container = Launch.of(flavour)
                .options("--keep-cap KILL,NET_BIND_SERVICE --groups 4 --groups 20")
                .start("sleep", "1000")) {
            container.awaitProduct("sleep");
            for (Path proc : List.of(PROC, NOWHERE)) {
                Elsewhere.assertThat(container, proc)
                        .runsAs(9031, 9999)
                        .hasGroups(9999, 20, 4)
                        .hasCapabilities("NET_BIND_SERVICE", "CAP_KILL")
                        .hasBoundingSet("KILL", "net_bind_service")
                        .hasNoNewPrivileges();
            }
            assertThatThrownBy(() -> Stepdown.assertThat(container).hasCapabilities("BIND"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("there is no capability BIND");
        }
    }

    @Test
    void owners_are_those_that_the_process_sees() {
        String image = Images.probeWith(flavour, "RUN ln -s /data /link && mkdir /data && ln -s /etc /data.etc");
        String files = "touch /data/file && ln -s / /data/all && exec sleep 1000";
        try (Running container = Launch.in(image)
                .flags("-v /data --tmpfs /scratch:mode=755")
                .options("--writable /data --writable /scratch")
                .start("sh", "-c", files)) {
            container.awaitProduct("sleep");
            ProcessAssert shown = Stepdown.assertThat(container);
            shown.owns("/data")
                    .owns("/data/file")
                    .owns("/scratch")
                    .owns("//data/./")
                    .owns("/link");
            ProcessAssert executed = Elsewhere.assertThat(container, NOWHERE);
            executed.owns("/data").owns("/scratch").owns("/link");
            String name = "container .*\\(.*\\): owner of ";
            assertThatThrownBy(() -> shown.owns("/data/nothing"))
                    .hasMessageMatching(
                            "container .*: expected owner of /data/nothing 9031:9999, but found nobody: there"
                                    + " is no such file, in process 1 \\(sleep\\) \\(this machine's /proc\\)");
            assertThatThrownBy(() -> shown.owns("/data.etc"))
                    .hasMessageMatching(
                            name + "/data.etc cannot be seen: /data.etc leads through a link, which is followed in the"
                                    + " container alone; not clear: PING_CONTAINER_UID=owner:/data.etc is root.*");
            assertThatThrownBy(() -> executed.owns("/data/file"))
                    .hasMessageMatching(name + "/data/file cannot be seen: this machine does not show .*; not clear:"
                            + " path /data/file leads through /data, where others than root can write, .*");
            assertThatThrownBy(() -> executed.owns("/nothing"))
                    .hasMessageMatching(name + "/nothing cannot be seen: this machine does not show .*; not clear:"
                            + " .*/nothing.*");
        }
    }

    @Test
    void a_paused_container_is_seen_by_proc_alone() {
        try (Running container = Launch.of(flavour).start("sleep", "1000")) {
            container.awaitProduct("sleep");
            Docker.must("pause", container.id());
            product().waitUntilReady(container);
            Stepdown.assertThat(container).hasSteppedDownTo(9031, 9999).owns("/home/ping");
            assertThatThrownBy(() -> Elsewhere.assertThat(container, NOWHERE))
                    .hasMessageContaining(", paused): process 1 cannot be seen: ")
                    .hasMessageContaining("; nothing can be executed: ")
                    .hasMessageContaining("is paused");
            assertThatThrownBy(() -> Elsewhere.product(NOWHERE)
                            .withStartupTimeout(Duration.ofSeconds(1))
                            .waitUntilReady(container))
                    .hasMessageContaining(
                            ", paused): the product does not run: after 1000 ms process 1 is still [unseen: ");
            Docker.must("unpause", container.id());
        }
    }

    /** Where the engine's number is that of another process here, nothing that it is says anything of the container. */
    @Test
    void a_process_that_is_not_the_containers_never_passes(@TempDir Path proc) throws Exception {
        try (Running right = Launch.of(flavour).start("sleep", "1000");
                Running root = Launch.of(flavour)
                        .env("PING_CONTAINER_PRIVILEGED", "true")
                        .start("sleep", "1000")) {
            right.awaitProduct("sleep");
            root.awaitProduct("sleep");
            root.exec("sh", "-c", "/opt/stepdown/bin/stepdown --ownership off -- sleep 1000 & sleep 0");
            root.await("there are two", () -> {
                List<String> comms =
                        root.exec("sh", "-c", "cat /proc/[0-9]*/comm").lines();
                return comms.stream().filter("sleep"::equals).count() == 2 && !comms.contains("java");
            });
            String beside = Docker.docker("top", root.id(), "-o", "pid").lines().getLast();
            Path shown = proc.resolve(root.inspect("{{.State.Pid}}"));
            for (String other : List.of(right.inspect("{{.State.Pid}}"), beside, "self")) {
                Files.createSymbolicLink(shown, Path.of("/proc", other));
                assertThatThrownBy(() -> Elsewhere.assertThat(root, proc).hasSteppedDownTo(9031, 9999))
                        .as(other)
                        .isInstanceOf(AssertionError.class)
                        .hasMessageEndingWith(
                                ": expected user id 9031, but found 0, in process 1 (sleep) (stepdown --verify)");
                assertThatThrownBy(() -> Elsewhere.assertThat(root, proc).blocksNoSignal())
                        .as(other)
                        .hasMessageEndingWith(": blocked signals cannot be seen: stepdown --verify does not tell");
                Files.delete(shown);
            }
        }
    }

    /** One that is ending has no command line any more (proc_pid_cmdline(5)). */
    @Test
    void a_process_that_is_ending_is_no_product(@TempDir Path proc) throws Exception {
        try (Running running = Launch.of(flavour).start("sleep", "1000")) {
            running.awaitProduct("sleep");
            String pid = running.inspect("{{.State.Pid}}");
            Path ending = Files.createDirectory(proc.resolve(pid));
            for (String file : List.of("cgroup", "mountinfo", "stat", "status", "uid_map", "gid_map", "comm")) {
                Files.createSymbolicLink(ending.resolve(file), Path.of("/proc", pid, file));
            }
            Files.createFile(ending.resolve("cmdline"));
            assertThatThrownBy(() -> Elsewhere.product(proc)
                            .withStartupTimeout(Duration.ofMillis(200))
                            .waitUntilReady(running))
                    .hasMessageEndingWith("after 200 ms process 1 is still []");
        }
    }

    /** Nothing of it is needed in the image but stepdown: no shell, no C library, no account files. */
    @Test
    void an_image_with_nothing_in_it_serves(@TempDir Path folder) {
        Need.NATIVE.ask();
        if (!Flavour.built().contains(Flavour.NATIVE)) {
            Need.NATIVE.isMissing("the native flavour was not built");
        }
        Path program = folder.resolve("product");
        Docker.run(
                        "#include <unistd.h>\nint main(void) { return pause(); }",
                        List.of("gcc", "-static", "-x", "c", "-o", program.toString(), "-"))
                .succeeded();
        String image = Images.made(
                "empty",
                Flavour.NATIVE,
                "FROM scratch\nCOPY --from=%s /opt/stepdown /opt/stepdown\nENTRYPOINT [\"/opt/stepdown/bin/stepdown\"]\n"
                        .formatted(Images.stepdown(Flavour.NATIVE)));
        try (Running container = Launch.in(image)
                .flags("-v " + program + ":/product:ro")
                .options("--writable /data")
                .start("/product")) {
            for (Path proc : List.of(PROC, NOWHERE)) {
                Elsewhere.product(proc).withStartupTimeout(PATIENCE).waitUntilReady(container);
                Elsewhere.assertThat(container, proc)
                        .hasSteppedDownTo(9031, 9999)
                        .owns("/data");
            }
        }
    }

    /** Of a user's podman, whose containers have other numbers for their ids on this machine. */
    @Test
    void the_socket_of_podman_serves() throws Exception {
        SecondEngine engine = SecondEngine.of(Need.ROOTLESS);
        String socket = "unix://" + engine.folder() + "/runtime/" + flavour.tag() + ".sock";
        Process service = new ProcessBuilder(engine.words("system", "service", "--time=0", socket))
                .redirectErrorStream(true)
                .redirectOutput(engine.folder().resolve(flavour.tag() + ".log").toFile())
                .start();
        String id = engine.run(
                        "run",
                        "-d",
                        "--network=none",
                        Images.probe(flavour),
                        "--writable",
                        "/data",
                        "--",
                        "sleep",
                        "1000")
                .succeeded()
                .text();
        try (DockerHttpClient http = new ZerodepDockerHttpClient.Builder()
                        .dockerHost(URI.create(socket))
                        .build();
                DockerClient client = DockerClientImpl.getInstance(
                        DefaultDockerClientConfig.createDefaultConfigBuilder()
                                .withDockerHost(socket)
                                .build(),
                        http)) {
            for (Instant end = Instant.now().plus(PATIENCE);
                    !Files.exists(Path.of(URI.create(socket).getPath()))
                            && Instant.now().isBefore(end); ) {
                SecondEngine.pause();
            }
            WaitStrategyTarget container = Containers.at(client, id);
            product().waitUntilReady(container);
            Stepdown.assertThat(container).hasSteppedDownTo(9031, 9999).owns("/data");
            assertThatThrownBy(() -> Stepdown.assertThat(container).runsAs(9032, 9999))
                    .hasMessageEndingWith(
                            ": expected user id 9032, but found 9031, in process 1 (sleep) (stepdown --verify)");
        } finally {
            engine.run("rm", "-f", "-t", "0", id);
            service.destroy();
        }
    }
}
