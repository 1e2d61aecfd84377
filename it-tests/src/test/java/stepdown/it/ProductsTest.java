package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.Bind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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
            assertThat(fetched(nginx, "GET / HTTP/1.0\\r\\n\\r\\n")).endsWith("\na page of root's");
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
    void the_check_of_nginx_tells_whether_the_container_has_stepped_down() {
        Launch launch = Launch.in(Images.example(flavour, "nginx"))
                .flags("--health-interval=1s --health-retries=1 --health-timeout=5m");
        try (Running nginx = launch.env("PING_CONTAINER_UID", "2000").start();
                Running root = launch.flags("--entrypoint=sleep").start("1000")) {
            nginx.awaitProduct("nginx");
            nginx.await("the check has run", () -> !health(nginx).equals("starting"));
            root.await("the check has run", () -> !health(root).equals("starting"));
            assertThat(health(nginx)).isEqualTo("healthy");
            assertThat(health(root)).isEqualTo("unhealthy");
        }
    }

    private static String health(Running container) {
        return container.inspect("{{.State.Health.Status}}");
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
                assertThat(client(redis, "redis-cli", "-h", "SERVER", "set", "key", "value"))
                        .isEqualTo("OK");
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
                    .withCopyToContainer(Transferable.of("s3cret", 0400), "/run/secrets/password")
                    .withEnv("STEPDOWN_CREDENTIAL", "password=/run/secrets/password")
                    .waitingFor(Stepdown.product()
                            .and(Wait.forLogMessage(".*ready to accept connections.*", 1))
                            .withStartupTimeout(PATIENCE))
                    .start();
            assertThatProduct(postgresql, "postgres", "credential password is of 9031 400")
                    .owns("/var/lib/postgresql/data");
            assertThat(output(postgresql, "stat", "-c", "%u:%g %a", "/var/lib/postgresql/data"))
                    .isEqualTo("9031:9999 700");
            String psql = "PGPASSWORD=s3cret exec psql -h SERVER -U postgres -Atc 'select 6 * 7'";
            assertThat(client(postgresql, "sh", "-c", psql)).isEqualTo("42");
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
    void openldap_answers_another_container_of_what_its_volume_has() throws IOException, InterruptedException {
        try (GenericContainer<?> ldap = container(Images.example(flavour, "ldap"), volume("/var/lib/directory"))) {
            ldap.waitingFor(Stepdown.product()
                            .and(Wait.forLogMessage(".*slapd starting.*", 1))
                            .withStartupTimeout(PATIENCE))
                    .start();
            String[] search = {
                "ldapsearch", "-x", "-LLL", "-H", "ldap://SERVER:1389", "-b", "dc=example,dc=com", "(uid=ada)", "sn"
            };
            String found = "dn: uid=ada,ou=people,dc=example,dc=com\nsn: Lovelace";
            assertThat(client(ldap, search)).isEqualTo(found);
            assertThatProduct(ldap, "slapd").owns("/var/lib/directory");
            Running running = new Running(ldap.getContainerId());
            running.restart(120);
            running.await("slapd answers", () -> running.logs().errors().split("slapd starting", -1).length == 3);
            assertThat(client(ldap, search)).isEqualTo(found);
        }
    }

    @Test
    void a_java_service_has_its_volume_its_token_and_java_options_that_stepdown_does_not_see()
            throws IOException, InterruptedException {
        String options = "-Xmx64m -Dfrom.deployer=yes";
        String image = Images.example(flavour, "java-service");
        String post = "POST /notes HTTP/1.0\\r\\nAuthorization: Bearer %s\\r\\nContent-Length: 6\\r\\n\\r\\na note";
        try (GenericContainer<?> service = container(image, volume("/var/lib/service"))) {
            service.withEnv("JAVA_TOOL_OPTIONS", options)
                    .withCopyToContainer(Transferable.of("s3cret\n", 0400), "/run/secrets/token")
                    .waitingFor(Stepdown.product()
                            .and(Wait.forLogMessage("listening on 8080 as ping\n", 1))
                            .withStartupTimeout(PATIENCE))
                    .start();
            assertThat(fetched(service, post.formatted("wrong"))).startsWith("HTTP/1.1 403 ");
            assertThat(fetched(service, post.formatted("s3cret"))).startsWith("HTTP/1.1 201 ");
            assertThat(fetched(service, "GET /notes HTTP/1.0\\r\\n\\r\\n")).endsWith("\na note");
            assertThatProduct(service, "java", "credential token is of 9031 400")
                    .owns("/var/lib/service");
            assertThat(output(service, "stat", "-c", "%u:%g %s", "/var/lib/service/notes"))
                    .isEqualTo("9031:9999 7");
            assertThat(service.getLogs())
                    .containsOnlyOnce("Picked up JAVA_TOOL_OPTIONS: " + options)
                    .doesNotContain("s3cret");
            Running running = new Running(service.getContainerId());
            assertThat(Docker.must("exec", "-u", "9031:9999", running.id(), "cat", "/proc/1/environ"))
                    .contains("\0CREDENTIALS_DIRECTORY=/dev/shm/credentials-9031")
                    .doesNotContain("s3cret");
            assertThat(running.inspect("{{json .Config}}")).doesNotContain("s3cret");
            Docker.must("stop", "-t", "300", running.id());
            assertThat(running.awaitEnd()).isEqualTo(143);
        }
        assertThat(Launch.in(image).run().exited(125).errors())
                .contains("credential token cannot be read from /run/secrets/token");
    }

    /** What a program of the same image says in a container of its own, where SERVER is the address of this one. */
    private static String client(GenericContainer<?> server, String... command) {
        String address = new Running(server.getContainerId())
                .inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
        List<String> words = new ArrayList<>(List.of("run", "--rm", "--label", Docker.LABEL));
        words.add(server.getDockerImageName());
        Stream.of(command).map(word -> word.replace("SERVER", address)).forEach(words::add);
        return Docker.docker(words).succeeded().text();
    }

    /** What a container of the base image alone gets of port 8080; the request is in words of printf. */
    private static String fetched(GenericContainer<?> server, String request) {
        String address = new Running(server.getContainerId())
                .inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
        String talk = "exec 3<>/dev/tcp/$0/8080 && printf \"$1\" >&3 && cat <&3";
        return Docker.must("run", "--rm", "--label", Docker.LABEL, Images.base(), "bash", "-c", talk, address, request);
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
    private static ProcessAssert assertThatProduct(GenericContainer<?> container, String comm, String... more)
            throws IOException, InterruptedException {
        List<String> expected = new ArrayList<>(Verified.yes(comm).lines().toList());
        Stream.of(more).map(line -> "  yes  " + line).forEach(line -> expected.add(expected.size() - 1, line));
        assertThat(output(container, "/opt/stepdown/bin/stepdown", "--verify").lines())
                .containsExactlyElementsOf(expected);
        return Stepdown.assertThat(container).hasSteppedDownTo(9031, 9999).blocksNoSignal();
    }

    private static String output(GenericContainer<?> container, String... command)
            throws IOException, InterruptedException {
        Container.ExecResult result = container.execInContainer(command);
        assertThat(result.getExitCode()).as("%s", result).isZero();
        return result.getStdout().stripTrailing();
    }
}
