package stepdown.it;

import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import stepdown.testcontainers.Stepdown;

class NginxIT {
    @Test
    void nginx_serves_as_the_user() {
        try (GenericContainer<?> nginx = new GenericContainer<>("stepdown-nginx")) {
            Stepdown.awaiting(nginx.withExposedPorts(8080), Wait.forHttp("/")).start();
            Stepdown.assertThat(nginx).hasSteppedDownTo(9031, 9999).owns("/srv/www");
        }
    }
}
