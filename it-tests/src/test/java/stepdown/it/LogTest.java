package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.testcontainers.utility.DockerLoggerFactory;

/** What Testcontainers says of an engine or an image that it cannot use would be lost otherwise. */
class LogTest {
    @Test
    void the_containers_log_is_heard() {
        assertThat(LoggerFactory.getILoggerFactory().getClass().getName()).startsWith("org.slf4j.simple.");
        assertThat(DockerLoggerFactory.getLogger("any:image").isWarnEnabled()).isTrue();
    }
}
