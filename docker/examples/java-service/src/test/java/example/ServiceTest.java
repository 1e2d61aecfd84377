package example;

import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import stepdown.testcontainers.Stepdown;

class ServiceTest {
    @Test
    void the_service_runs_as_the_user_who_owns_its_volume() {
        try (GenericContainer<?> service = new GenericContainer<>("stepdown-java-service")) {
            service.withExposedPorts(8080).withCopyToContainer(Transferable.of("s3cret", 0400), "/run/secrets/token");
            Stepdown.awaiting(service, Wait.forHttp("/notes")).start();
            Stepdown.assertThat(service).hasSteppedDownTo(9031, 9999).owns("/var/lib/service");
        }
    }
}
