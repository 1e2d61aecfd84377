package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.Bind;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.SearchScope;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import stepdown.testcontainers.ProcessAssert;
import stepdown.testcontainers.Stepdown;

/** Products that people run, made from the examples: each as process 1, as the user, on a volume that was root's. */
@EachFlavour
class ProductsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Parameter
    Flavour flavour;

    @Test
    void nginx_serves_a_page_of_its_volume_and_stops_gracefully() throws IOException, InterruptedException {
        try (GenericContainer<?> nginx = container(Images.example(flavour, "nginx"), volume("/srv/www"))) {
            nginx.withExposedPorts(8080)
                    .withCopyToContainer(Transferable.of("a page of root's", 0600), "/srv/www/index.html")
                    .waitingFor(Stepdown.product().and(Wait.forHttp("/")).withStartupTimeout(PATIENCE))
                    .start();
            assertThat(page(nginx)).isEqualTo("a page of root's");
            assertThat(nginx.getLogs()).contains("GET / HTTP/1.1");
            assertThatProduct(nginx, "nginx")
                    .owns("/srv/www")
                    .owns("/srv/www/index.html")
                    .owns("/var/lib/nginx");
            Running running = new Running(nginx.getContainerId());
            running.kill("QUIT");
            assertThat(running.awaitEnd()).isZero();
        }
    }

    private static String page(GenericContainer<?> nginx) throws IOException, InterruptedException {
        URI address = URI.create("http://" + nginx.getHost() + ":" + nginx.getFirstMappedPort() + "/");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void nginx_listens_below1024_as_the_user_only_with_the_kept_capability() throws IOException, InterruptedException {
        String image = Images.exampleWith(
                flavour,
                "nginx",
                "RUN sed -i 's/listen 8080/listen 80/' /etc/nginx/nginx.conf",
                "ENTRYPOINT [\"/opt/stepdown/bin/stepdown\", \"--writable\", \"/srv/www\", \"--writable\", \"/var/lib/nginx\"]");
        try (GenericContainer<?> nginx =
                Containers.of(image, "--keep-cap", "NET_BIND_SERVICE", "--", "nginx", "-g", "daemon off;")) {
            nginx.withNetworkMode("none")
                    .withCreateContainerCmdModifier(command ->
                            command.getHostConfig().withSysctls(Map.of("net.ipv4.ip_unprivileged_port_start", "1024")))
                    .waitingFor(Stepdown.product())
                    .start();
            Running running = new Running(nginx.getContainerId());
            String get = "exec 3<>/dev/tcp/127.0.0.1/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3";
            running.await(
                    "nginx answers",
                    () -> running.exec("bash", "-c", get).text().equals("HTTP/1.1 200 OK"));
            Stepdown.assertThat(nginx)
                    .runsAs(9031, 9999)
                    .hasGroups(9999)
                    .hasCapabilities("NET_BIND_SERVICE")
                    .hasBoundingSet("NET_BIND_SERVICE")
                    .hasNoNewPrivileges()
                    .blocksNoSignal();
            assertThat(output(nginx, "/opt/stepdown/bin/stepdown", "--verify", "--keep-cap", "NET_BIND_SERVICE"))
                    .isEqualTo(Verified.yes("nginx", "9999", "NET_BIND_SERVICE"));
        }
        assertThat(Launch.in(image)
                        .flags("--sysctl net.ipv4.ip_unprivileged_port_start=1024")
                        .run("nginx", "-g", "daemon off;")
                        .exited(1)
                        .errors())
                .contains("bind() to 0.0.0.0:80 failed (13: Permission denied)");
    }

    @Test
    void redis_keeps_its_data_in_a_volume_over_a_restart_and_in_a_new_container()
            throws IOException, InterruptedException {
        String volume = volume("/data");
        try {
            try (GenericContainer<?> redis = redis(volume)) {
                redis.start();
                assertThatProduct(redis, "redis-server").owns("/data");
                assertThat(output(redis, "redis-cli", "set", "key", "value")).isEqualTo("OK");
                Running running = new Running(redis.getContainerId());
                running.restart(120);
                running.await(
                        "redis answers",
                        () -> running.exec("redis-cli", "get", "key").text().equals("value"));
                assertThatProduct(redis, "redis-server").owns("/data");
            }
            try (GenericContainer<?> redis = redis(volume)) {
                redis.start();
                assertThat(output(redis, "redis-cli", "get", "key")).isEqualTo("value");
            }
        } finally {
            Docker.docker("volume", "rm", "-f", volume.substring(0, volume.indexOf(':')));
        }
    }

    private GenericContainer<?> redis(String volume) {
        return container(Images.example(flavour, "redis"), volume)
                .waitingFor(Stepdown.product()
                        .and(Wait.forLogMessage(".*Ready to accept connections.*", 1))
                        .withStartupTimeout(PATIENCE));
    }

    @Test
    void postgresql_makes_its_database_in_a0700_folder_of_a_volume() throws IOException, InterruptedException {
        String image = Images.example(flavour, "postgresql");
        try (GenericContainer<?> postgresql = container(image, volume("/var/lib/postgresql/data"))) {
            postgresql
                    .waitingFor(Stepdown.product()
                            .and(Wait.forLogMessage(".*ready to accept connections.*", 1))
                            .withStartupTimeout(PATIENCE))
                    .start();
            assertThatProduct(postgresql, "postgres").owns("/var/lib/postgresql/data");
            assertThat(output(postgresql, "stat", "-c", "%u:%g %a", "/var/lib/postgresql/data"))
                    .isEqualTo("9031:9999 700");
            assertThat(output(postgresql, "psql", "-U", "postgres", "-Atc", "select 6 * 7"))
                    .isEqualTo("42");
            Running running = new Running(postgresql.getContainerId());
            Docker.must("stop", "-t", "300", running.id());
            assertThat(running.awaitEnd()).isZero();
        }
        Finished finished =
                Launch.in(image).env("PING_CONTAINER_PRIVILEGED", "true").run();
        assertThat(finished.exit()).as("as root: %s", finished).isEqualTo(1);
        assertThat(finished.errors()).contains("root");
    }

    @Test
    void a_java_product_sees_the_java_options_that_stepdown_does_not(@TempDir Path folder) throws Exception {
        String options = "-Xmx64m -Dfrom.deployer=yes";
        try (GenericContainer<?> ldap = container(ldapImage(folder), volume("/var/log/ldap"))) {
            ldap.withEnv("JAVA_TOOL_OPTIONS", options)
                    .withExposedPorts(1389)
                    .waitingFor(Stepdown.product().and(Wait.forListeningPort()).withStartupTimeout(PATIENCE))
                    .start();
            assertThat(surname(ldap)).isEqualTo("Lovelace");
            assertThatProduct(ldap, "java").owns("/var/log/ldap").owns("/var/log/ldap/access");
            assertThat(ldap.getLogs()).containsOnlyOnce("Picked up JAVA_TOOL_OPTIONS: " + options);
        }
    }

    private static String surname(GenericContainer<?> ldap) throws LDAPException {
        try (LDAPConnection connection = new LDAPConnection(ldap.getHost(), ldap.getFirstMappedPort())) {
            return connection
                    .searchForEntry("dc=example,dc=com", SearchScope.SUB, "(uid=ada)")
                    .getAttributeValue("sn");
        }
    }

    /** The example takes the jar from its own folder; here it is that of the client. */
    private String ldapImage(Path folder) throws IOException, URISyntaxException {
        Path example = Path.of("..", "docker", "examples", "ldap");
        for (String name : List.of("Dockerfile", "people.ldif")) {
            Files.copy(example.resolve(name), folder.resolve(name));
        }
        Path jar = Path.of(LDAPConnection.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        Files.copy(jar, folder.resolve(jar.getFileName()));
        return Images.folder(flavour, "ldap", folder);
    }

    private static String volume(String path) {
        return "stepdown-it-" + UUID.randomUUID() + ":" + path;
    }

    private static GenericContainer<?> container(String image, String volume) {
        return Containers.of(image)
                .withCreateContainerCmdModifier(
                        command -> command.getHostConfig().withBinds(Bind.parse(volume)));
    }

    /** By what image authors have for it, and by what anybody has in the container. */
    private static ProcessAssert assertThatProduct(GenericContainer<?> container, String comm)
            throws IOException, InterruptedException {
        assertThat(output(container, "/opt/stepdown/bin/stepdown", "--verify")).isEqualTo(Verified.yes(comm));
        return Stepdown.assertThat(container).hasSteppedDownTo(9031, 9999).blocksNoSignal();
    }

    private static String output(GenericContainer<?> container, String... command)
            throws IOException, InterruptedException {
        Container.ExecResult result = container.execInContainer(command);
        assertThat(result.getExitCode()).as("%s", result).isZero();
        return result.getStdout().stripTrailing();
    }
}
