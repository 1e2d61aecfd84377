package stepdown.it;

import org.junit.jupiter.api.Test;

/** The test that the README shows, on the image that its example makes. */
class ShownTest {
    @Test
    void the_test_that_is_shown_passes() {
        Docker.must("tag", Images.example(Flavour.JVM, "nginx"), "stepdown-nginx");
        new NginxIT().nginx_serves_as_the_user();
    }
}
