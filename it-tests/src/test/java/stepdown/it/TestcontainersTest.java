package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.ContainerState;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.IsRunningStartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.Wait;
import stepdown.testcontainers.Elsewhere;
import stepdown.testcontainers.ProductWait;
import stepdown.testcontainers.Stepdown;

/** The wait that image authors get for their tests. */
@EachFlavour
class TestcontainersTest {
    static final Path PROC = Path.of("/proc");
    static final Path NOWHERE = Path.of("/nonexistent/proc");
    static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int STARTS = 20;

    @Parameter
    Flavour flavour;

    /** A start of the native flavour is mostly over before anybody can look. */
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
        if (flavour == Flavour.JVM) {
            assertThat(early).as("wrong without the wait").isPositive();
        }
    }

    private static boolean isRight(ContainerState container) {
        try {
            Stepdown.assertThat(container).hasSteppedDownTo(9031, 9999);
            return true;
        } catch (AssertionError e) {
            return false;
        }
    }

    static ProductWait product() {
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
            assertThatThrownBy(() -> Stepdown.product()
                            .withStartupTimeout(Duration.ofSeconds(10))
                            .waitUntilReady(container))
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
                        .hasMessageContaining("): the product does not run: after 1500 ms process 1 is still [sleep")
                        .hasMessageEndingWith("], which stepdown has not started: is it in the ENTRYPOINT?");
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
        for (Path proc : what.contains("slow") ? List.of(PROC) : List.of(PROC, NOWHERE)) {
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
    static Running started(List<String> flags, String image, String... words) {
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
}
