package stepdown.testcontainers;

import com.github.dockerjava.api.DockerClient;
import org.testcontainers.containers.ContainerState;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.StartupCheckStrategy;
import org.testcontainers.containers.wait.strategy.WaitStrategy;

/**
 * Where to begin. A container's {@code start()} returns while stepdown still works as root, so a test waits first, and
 * then asserts:
 *
 * <pre>{@code
 * try (GenericContainer<?> nginx = new GenericContainer<>("stepdown-nginx")) {
 *     nginx.withExposedPorts(8080).waitingFor(Stepdown.product().and(Wait.forHttp("/"))).start();
 *     Stepdown.assertThat(nginx).hasSteppedDownTo(9031, 9999).owns("/srv/www");
 * }
 * }</pre>
 */
public final class Stepdown {
    private Stepdown() {}

    /**
     * A strategy for {@code waitingFor} that ends when process 1 is the product.
     *
     * @return one that waits for a minute at most, as all do that are told nothing else
     */
    public static ProductWait product() {
        return new ProductWait(Host.PROC);
    }

    /**
     * Sets the wait, and keeps Testcontainers from being quicker: a start that is refused within milliseconds is an
     * ended container before any wait begins, and would be reported without stepdown's words.
     *
     * @param <C> the container's own type
     * @param container one that has not been started
     * @param others what to wait for when process 1 is the product, such as {@code Wait.forHttp("/")}
     * @return the container
     */
    public static <C extends GenericContainer<?>> C awaiting(C container, WaitStrategy... others) {
        ProductWait wait = product();
        for (WaitStrategy other : others) {
            wait.and(other);
        }
        container.setWaitStrategy(wait);
        container.withStartupCheckStrategy(new StartupCheckStrategy() {
            @Override
            public StartupStatus checkStartupState(DockerClient client, String id) {
                return StartupStatus.SUCCESSFUL;
            }
        });
        return container;
    }

    /**
     * Looks at a container that runs: at all threads of process 1, or of its first child where process 1 is an init of
     * the engine's ({@code docker run --init}). What is asserted is what was seen by this call.
     *
     * @param container one of Testcontainers', a service of Compose's included
     * @return what can be asserted of it
     * @throws AssertionError where it does not run, or cannot be looked at
     */
    public static ProcessAssert assertThat(ContainerState container) {
        return new ProcessAssert(new Engine(container), Host.PROC);
    }
}
