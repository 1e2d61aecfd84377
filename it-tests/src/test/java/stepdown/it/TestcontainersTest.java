package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.ContainerState;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.IsRunningStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.containers.wait.strategy.WaitStrategyTarget;
import org.testcontainers.shaded.com.github.dockerjava.core.DefaultDockerClientConfig;
import org.testcontainers.shaded.com.github.dockerjava.core.DockerClientImpl;
import stepdown.testcontainers.Elsewhere;
import stepdown.testcontainers.ProcessAssert;
import stepdown.testcontainers.ProductWait;
import stepdown.testcontainers.Stepdown;

/** What image authors get for their tests: the wait, and the assertions. */
@EachFlavour
class TestcontainersTest {
    private static final Path PROC = Path.of("/proc");
    private static final Path NOWHERE = Path.of("/nonexistent/proc");
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int STARTS = 20;

    @Parameter
    Flavour flavour;

    // ---- the wait

    /** Nothing is right where a test does not wait, as long as a start takes longer than a look. */
    @Test
    void twenty_starts_are_right_after_the_wait_and_not_without_it() {
        int early = 0;
        for (int i = 0; i < STARTS; i++) {
            try (GenericContainer<?> container = Containers.of(Images.probe(flavour), "sleep", "1000")) {
                container.withStartupCheckStrategy(new IsRunningStartupCheckStrategy());
                container.setWaitStrategy(Containers.NO_WAIT);
                container.start();
                early += isRight(container) ? 0 : 1;
                product().waitUntilReady(container);
                Stepdown.assertThat(container).hasSteppedDownTo(9031, 9999).blocksNoSignal();
            }
        }
        System.out.println(flavour + ": without the wait wrong: " + early + " of " + STARTS);
        assertThat(early).as("wrong without the wait").isGreaterThan(flavour == Flavour.JVM ? STARTS / 2 : -1);
    }

    private static boolean isRight(ContainerState container) {
        try {
            Stepdown.assertThat(container).hasSteppedDownTo(9031, 9999);
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    private static ProductWait product() {
        return Stepdown.product().withStartupTimeout(PATIENCE);
    }

    @Test
    void a_start_that_was_refused_is_told_in_stepdowns_words() {
        try (GenericContainer<?> container =
                Stepdown.awaiting(Containers.of(Images.probe(flavour), "true").withEnv("PING_CONTAINER_UID", "x"))) {
            assertThatThrownBy(container::start)
                    .rootCause()
                    .isInstanceOf(ContainerLaunchException.class)
                    .hasMessageMatching("container [0-9a-f]{12} \\(/\\S+, of " + Images.probe(flavour)
                            + "\\): the product does not run: stepdown refused the start with 125:"
                            + " ERROR stepdown - PING_CONTAINER_UID=x is not a number from 1 to .*");
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"true, 0", "false, 1"})
    void a_product_that_ends_at_once_is_told_with_its_end(String product, int exit) {
        try (Running container = Launch.of(flavour).options("--log warn").start(product)) {
            container.awaitEnd();
            assertThatThrownBy(() -> product().waitUntilReady(container))
                    .isInstanceOf(ContainerLaunchException.class)
                    .hasMessageEndingWith("the product does not run: process 1 has ended with " + exit
                            + ", and stepdown refused nothing: []");
            assertThatThrownBy(() -> Stepdown.assertThat(container))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageEndingWith("): process 1 cannot be seen: process 1 has ended with " + exit
                            + ", and stepdown refused nothing: []");
        }
    }

    @Test
    void an_image_without_stepdown_is_told_at_once() {
        try (Running container = new Running(
                Docker.must("run", "-d", "--label", Docker.LABEL, "--network=none", Images.base(), "sleep", "1000"))) {
            assertThatThrownBy(() -> product().waitUntilReady(container))
                    .isInstanceOf(ContainerLaunchException.class)
                    .hasMessageEndingWith("): the product does not run: the image has no /opt/stepdown/bin/stepdown");
            assertThatThrownBy(() -> Elsewhere.assertThat(container, NOWHERE))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("process 1 cannot be seen: this machine does not show /nonexistent/proc/")
                    .hasMessageContaining("/opt/stepdown/bin/stepdown --verify ended with 12");
        }
    }

    @Test
    void a_container_that_goes_round_stepdown_is_told_within_the_time() {
        for (Path proc : List.of(PROC, NOWHERE)) {
            try (Running container = started(List.of("--entrypoint", "sleep"), Images.probe(flavour), "1000")) {
                assertThatThrownBy(() -> Elsewhere.product(proc)
                                .withStartupTimeout(Duration.ofMillis(1500))
                                .waitUntilReady(container))
                        .isInstanceOf(ContainerLaunchException.class)
                        .hasMessageContaining("): the product does not run: after 1500 ms process 1 is still [sleep");
            }
        }
    }

    @Test
    void a_container_that_was_never_started_is_no_product_and_cannot_be_looked_at() {
        String id = Docker.must("create", "--label", Docker.LABEL, Images.probe(flavour), "sleep", "1000");
        try (Running container = new Running(id)) {
            assertThatThrownBy(() -> product().waitUntilReady(container))
                    .hasMessageEndingWith("): the product does not run: it was not started");
            assertThatThrownBy(() -> Stepdown.assertThat(container))
                    .hasMessageEndingWith("): process 1 cannot be seen: it was not started");
        }
        assertThatThrownBy(() -> Stepdown.assertThat(new Running(id)))
                .hasMessageEndingWith(": process 1 cannot be seen: it is not there any more");
        try (GenericContainer<?> unstarted = Containers.of(Images.probe(flavour))) {
            assertThatThrownBy(() -> Stepdown.assertThat(unstarted))
                    .hasMessage("a container that was not started: process 1 cannot be seen: it was not started");
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # what                                       | flags                                          | product
            stays root                                   | -e PING_CONTAINER_PRIVILEGED=true              | sleep 1000
            may gain privileges                          | -e STEPDOWN_ALLOW_NEW_PRIVILEGES=true          | sleep 1000
            an init of the engine's before               | --init                                         | sleep 1000
            on a slow processor                          | --cpus 0.05                                    | sleep 1000
            runs stepdown itself                         | none                                           | sh -c "sleep 1000; /opt/stepdown/bin/stepdown"
            """)
    void the_wait_ends_when_process1_is_the_product_whatever_that_may_do(String what, String flags, String product) {
        for (Path proc : List.of(PROC, NOWHERE)) {
            try (Running container = Launch.of(flavour)
                    .flags(flags)
                    .start(
                            product.contains("\"")
                                    ? new String[] {"sh", "-c", product.split("\"")[1]}
                                    : product.split(" "))) {
                Elsewhere.product(proc).withStartupTimeout(PATIENCE).waitUntilReady(container);
                List<String> seen =
                        container.exec("sh", "-c", "cat /proc/[0-9]*/comm").lines();
                assertThat(seen).contains("sleep").doesNotContain("stepdown", "java");
                if (what.equals("stays root")) {
                    assertThatThrownBy(() -> Stepdown.assertThat(container).hasSteppedDownTo(9031, 9999))
                            .hasMessageEndingWith(
                                    ": expected user id 9031, but found 0, in process 1 (sleep) (this machine's /proc)");
                }
            }
        }
    }

    /** Whoever looks only for stepdown's name takes a shell, or an init, for the product. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            # entrypoint  | its arguments                                      | process 1
            sh            | -c,sleep 1; exec {stepdown} -- sleep 1000          | process 1 (sleep)
            tini          | --,{stepdown},--,sleep,1000                        | process 1 (tini)
            """)
    void what_comes_before_stepdown_is_not_the_product(String entrypoint, String arguments, String process)
            throws Exception {
        String image =
                Images.probeWith(flavour, "RUN apt-get update && apt-get install -y --no-install-recommends tini");
        String[] words =
                arguments.replace("{stepdown}", "/opt/stepdown/bin/stepdown").split(",");
        for (Path proc : entrypoint.equals("sh") ? List.of(PROC, NOWHERE) : List.of(PROC)) {
            try (Running container = started(List.of("--entrypoint", entrypoint), image, words)) {
                Elsewhere.product(proc).withStartupTimeout(PATIENCE).waitUntilReady(container);
                assertThat(Elsewhere.shown(container)).startsWith(process);
                assertThat(container.exec("sh", "-c", "cat /proc/[0-9]*/comm").lines())
                        .contains("sleep")
                        .doesNotContain("stepdown", "java");
            }
        }
    }

    /** Not through stepdown, unless the words say so. */
    private static Running started(List<String> flags, String image, String... words) {
        List<String> command = new ArrayList<>(List.of("run", "-d", "--label", Docker.LABEL, "--network=none"));
        command.addAll(flags);
        command.add(image);
        command.addAll(List.of(words));
        return new Running(Docker.docker(command).succeeded().text());
    }

    @Test
    void the_products_own_wait_comes_behind() {
        try (GenericContainer<?> nginx = Stepdown.awaiting(
                Containers.of(Images.example(flavour, "nginx")),
                Wait.forLogMessage(".*start worker process.*", 1).withStartupTimeout(PATIENCE))) {
            nginx.start();
            Stepdown.assertThat(nginx).hasSteppedDownTo(9031, 9999).owns("/srv/www");
        }
        try (GenericContainer<?> nginx = Containers.of(Images.example(flavour, "nginx"))
                .waitingFor(Stepdown.product()
                        .and(Wait.forLogMessage("never said", 1))
                        .withStartupTimeout(Duration.ofSeconds(3)))) {
            assertThatThrownBy(nginx::start).hasStackTraceContaining("never said");
        }
    }

    // ---- what is seen

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
            root        | hasGroups           | expected supplementary groups 9999, but found 20, in process 1 (sleep)
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
                        .extracting(failure -> failure.getMessage()
                                .replaceFirst(
                                        "^container [0-9a-f]{12} \\(/[a-z_]+, of " + Images.probe(flavour) + "\\)",
                                        "{c}")
                                .replaceFirst("thread [0-9]+ ", "thread N "))
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
                .flags("-v /data --tmpfs /scratch")
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
                            + " PING_CONTAINER_UID=owner:/data/file.*");
            assertThatThrownBy(() -> executed.owns("/nothing"))
                    .hasMessageContaining("owner of /nothing cannot be seen: ")
                    .hasMessageContaining("; not clear: PING_CONTAINER_UID=owner:/nothing");
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

    /** Nothing of it is needed in the image but stepdown: no shell, no C library, no account files. */
    @Test
    void an_image_with_nothing_in_it_serves(@TempDir Path folder) {
        assumeTrue(flavour == Flavour.NATIVE, "left out: the JVM flavour needs a C library");
        Path program = folder.resolve("product");
        Docker.run(
                        "#include <unistd.h>\nint main(void) { return pause(); }",
                        List.of("gcc", "-static", "-x", "c", "-o", program.toString(), "-"))
                .succeeded();
        String image = Images.made(
                "empty",
                flavour,
                "FROM scratch\nCOPY --from=%s /opt/stepdown /opt/stepdown\nENTRYPOINT [\"/opt/stepdown/bin/stepdown\"]\n"
                        .formatted(Images.stepdown(flavour)));
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
