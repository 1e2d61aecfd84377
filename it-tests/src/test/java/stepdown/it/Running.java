package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import stepdown.testcontainers.Stepdown;

/** A container in the background, whoever started it; closing removes it. */
record Running(String id) implements Containers.Target, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Override
    public String getContainerId() {
        return id;
    }

    /** Waits until process 1 is the product: the engine says "started" while stepdown still works. */
    Running awaitProduct(String comm) {
        Stepdown.product().withStartupTimeout(PATIENCE).waitUntilReady(this);
        assertThat(exec("cat", "/proc/1/comm").text()).as("process 1").isEqualTo(comm);
        return this;
    }

    /** A command in the container, as its root and not through stepdown. */
    Finished exec(String... command) {
        return Docker.docker(
                Stream.concat(Stream.of("exec", id), Stream.of(command)).toList());
    }

    Finished logs() {
        return Docker.docker("logs", id);
    }

    void kill(String signal) {
        Docker.must("kill", "-s", signal, id);
    }

    /**
     * @param patience how many seconds the product has to end after TERM; 0 for one that takes no signal as process 1
     */
    void restart(int patience) {
        Docker.must("restart", "-t", "" + patience, id);
    }

    /** Waits for the end; the exit code. */
    int awaitEnd() {
        await("the container ends", () -> !inspect("{{.State.Running}}").equals("true"));
        return Integer.parseInt(inspect("{{.State.ExitCode}}"));
    }

    String inspect(String format) {
        return Docker.must("inspect", "-f", format, id);
    }

    void await(String what, BooleanSupplier condition) {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now())
                    .as("still waiting until %s; %s", what, logs())
                    .isBefore(deadline);
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
    }

    @Override
    public void close() {
        Docker.docker(List.of("rm", "-fv", id));
    }
}
