package stepdown.testcontainers;

import com.github.dockerjava.api.command.InspectContainerResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.testcontainers.containers.ContainerLaunchException;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.containers.wait.strategy.WaitStrategy;

/**
 * Waits until process 1 of a container, or the child of an init, is the product: neither stepdown nor what comes before
 * it. Whether it has stepped down is not asked: one that was told to stay root is a product too.
 *
 * <p>Throws a {@link ContainerLaunchException} where the image has no stepdown, where the container ends before, with
 * the line by which stepdown refused the start, and after the startup timeout, with what was seen last.
 */
public final class ProductWait extends AbstractWaitStrategy {
    /** In milliseconds: short beside a start, long beside a look. */
    private static final long PAUSE = 25;

    private static final int SHOWN = 200;

    private final List<WaitStrategy> others = new ArrayList<>();
    private final Path proc;

    ProductWait(Path proc) {
        this.proc = proc;
    }

    /**
     * Waits for something else as well, when process 1 is the product.
     *
     * @param other the product's own, such as {@code Wait.forHttp("/")}; its time is its own, and begins then
     * @return this
     */
    public ProductWait and(WaitStrategy other) {
        others.add(other);
        return this;
    }

    /**
     * How long a start may take; a minute where nothing is said.
     *
     * @param startupTimeout for the product, and again for each of the others
     * @return this
     */
    @Override
    public ProductWait withStartupTimeout(Duration startupTimeout) {
        super.withStartupTimeout(startupTimeout);
        others.forEach(other -> other.withStartupTimeout(startupTimeout));
        return this;
    }

    /** For Testcontainers, which has set the container. */
    @Override
    protected void waitUntilReady() {
        Engine engine = new Engine(waitStrategyTarget);
        long begin = System.nanoTime();
        try {
            engine.demandStepdown();
            for (int sure = 0; sure < 2; ) {
                InspectContainerResponse at = engine.inspect();
                Optional<String> before;
                try {
                    before = new Host(proc, at).before(Engine.entry(at));
                    sure = before.isEmpty() ? 2 : 0;
                } catch (Unseen e) {
                    // A Java runtime that has only begun cannot be told there from a product in Java: two answers
                    // count.
                    before = executed(engine, at, e.getMessage());
                    sure = before.isEmpty() ? sure + 1 : 0;
                }
                if (sure < 2 && System.nanoTime() - begin > startupTimeout.toNanos()) {
                    String words = before.orElse("");
                    throw new Unseen("after " + startupTimeout.toMillis() + " ms process 1 is still ["
                            + words.substring(0, Math.min(words.length(), SHOWN)) + "]"
                            + (words.isEmpty() || words.startsWith("unseen: ") || words.contains("stepdown")
                                    ? ""
                                    : ", which stepdown has not started: is it in the ENTRYPOINT?"));
                }
                Thread.sleep(sure < 2 ? PAUSE : 0);
            }
        } catch (Unseen e) {
            throw new ContainerLaunchException(engine + ": the product does not run: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ContainerLaunchException("interrupted", e);
        }
        others.forEach(other -> other.waitUntilReady(waitStrategyTarget));
    }

    private static Optional<String> executed(Engine engine, InspectContainerResponse at, String why) {
        try {
            return new Executed(engine, at).before();
        } catch (Unseen e) {
            return Optional.of("unseen: " + why + "; " + e.getMessage());
        }
    }
}
