package stepdown.it;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import java.util.List;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.containers.wait.strategy.WaitStrategy;
import org.testcontainers.containers.wait.strategy.WaitStrategyTarget;
import org.testcontainers.utility.DockerImageName;

/** Those of Testcontainers, with the label by which this run's are removed. */
final class Containers {
    static final WaitStrategy NO_WAIT = new AbstractWaitStrategy() {
        @Override
        protected void waitUntilReady() {}
    };

    private Containers() {}

    static GenericContainer<?> of(String image, String... command) {
        String[] label = Docker.LABEL.split("=", 2);
        GenericContainer<?> container =
                new GenericContainer<>(DockerImageName.parse(image)).withLabel(label[0], label[1]);
        if (command.length > 0) {
            container.withCommand(command);
        }
        return container;
    }

    /** One that others have started: of its ports nothing is known. */
    interface Target extends WaitStrategyTarget {
        @Override
        default InspectContainerResponse getContainerInfo() {
            return getCurrentContainerInfo();
        }

        @Override
        default List<Integer> getExposedPorts() {
            return List.of();
        }
    }

    /** One that another engine has. */
    static Target at(DockerClient client, String id) {
        return new Target() {
            @Override
            public DockerClient getDockerClient() {
                return client;
            }

            @Override
            public String getContainerId() {
                return id;
            }
        };
    }
}
