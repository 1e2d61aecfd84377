package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.yaml.snakeyaml.Yaml;

/**
 * The pods of the manifests, by {@code podman kube play}: their security contexts, arguments, environments and mounts.
 * It knows neither admission (Pod Security), nor {@code fsGroup}, probes and Services; Debian 12's (4.3) knows no
 * StatefulSet either, so each pod is played by itself.
 */
@EachFlavour
class KubernetesTest {
    private static final Path MANIFESTS = Path.of("..", "docker", "kubernetes");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String PAGE = "<h1>Written and served by a user, on a volume of its own</h1>";

    /** Plays $1, whose pod is $2, asks it for its page from another container, and takes it down. */
    private static final String PLAY = """
            network=podman-default-kube-network
            played=0; podman kube play "$1" >/dev/null || played=$?
            echo "played: $played"
            pid=$(podman inspect -f '{{.State.Pid}}' "$2-nginx")
            until test ! -e "/proc/$pid/comm" || test "$(cat "/proc/$pid/comm")" = nginx; do sleep 0.1; done
            if test -e "/proc/$pid/comm"; then
                cat "/proc/$pid/status"
                address=$(podman inspect -f "{{(index .NetworkSettings.Networks \\"$network\\").IPAddress}}" "$(podman pod inspect -f '{{.InfraContainerID}}' "$2")")
                timeout 60 podman run --rm --network "$network" --entrypoint bash stepdown-nginx -c \\
                    "until (exec 3<>/dev/tcp/$address/8080) 2>/dev/null; do sleep 0.1; done; exec 3<>/dev/tcp/$address/8080; printf 'GET / HTTP/1.0\\\\r\\\\n\\\\r\\\\n' >&3; cat <&3"
            elif test "$played" = 0; then
                echo "ended: $(timeout 60 podman wait "$2-nginx")"
            fi
            podman inspect -f '{{.Name}}: {{.State.Status}} {{.State.ExitCode}}' $(podman ps -aq --filter "name=^$2-")
            for container in $(podman ps -aq --filter "name=^$2-"); do podman logs "$container" 2>&1; done
            podman kube down "$1" >/dev/null
            echo "left: $(podman ps -aq; podman pod ps -q)"
            """;

    private static final String LOAD =
            "podman --root \"$1\" tag \"$(podman --root \"$1\" load -q -i \"$2\" | sed 's/^Loaded image: //')\" localhost/stepdown-nginx";

    private static final Map<Flavour, Path> STORES = new ConcurrentHashMap<>();

    @Parameter
    Flavour flavour;

    @TempDir
    Path folder;

    private Path pages = Path.of("");

    /** A new claim: empty and root's. A named volume of podman's would be filled from the image. */
    @BeforeEach
    void makeVolume() throws IOException {
        pages = Files.createDirectory(folder.resolve("pages"));
    }

    @Test
    void inside_out_hands_its_volume_over_and_a_new_pod_finds_what_the_user_wrote() throws IOException {
        Finished first = play(pod("inside-out"));
        assertServes(first);
        assertThat(first.lines())
                .anyMatch(line -> line.contains("; /srv/www: 1 of 1 changed; /var/lib/nginx: 1 of 1 changed; sh"));
        Files.writeString(pages.resolve("index.html"), "a page that stays\n");
        assertThat(play(pod("inside-out")).lines())
                .contains("a page that stays")
                .anyMatch(line -> line.contains("; /srv/www: 1 of 2 changed; ")) // others could read the page
                .contains(dropped());
    }

    @Test
    void after_an_init_container_the_one_that_serves_never_is_root() throws IOException {
        Finished played = play(pod("init-container"));
        assertServes(played);
        assertThat(played.lines().stream().filter(line -> line.contains(" stepdown - ")))
                .as("as a user it finds nothing to say but who it is: %s", played)
                .hasSize(1)
                .allMatch(line -> line.startsWith("INFO stepdown - uid=9031") && line.endsWith(" groups=9999; sh"));
    }

    @Test
    void an_init_container_that_is_not_root_ends_the_pod() throws IOException {
        ObjectNode pod = pod("init-container");
        ObjectNode context = (ObjectNode) pod.at("/spec/initContainers/0/securityContext");
        assertThat(context.remove(List.of("runAsUser", "runAsGroup"))).isNotNull();
        Finished played = play(pod);
        assertThat(played.lines())
                .contains("played: 125", "nginx-init-container-nginx: created 0")
                .anyMatch(line -> line.startsWith("nginx-init-container-own-volumes: ") && line.endsWith(" 125"))
                .anyMatch(line -> line.startsWith(
                        "ERROR stepdown - --prepare-only can prepare nothing: started as uid 9031, not as root"));
        assertThat(owner(pages)).isEqualTo("0:0");
    }

    @Test
    void volumes_that_are_read_only_are_named_and_the_start_goes_on() throws IOException {
        Finished played = play(readOnly(pod("inside-out")));
        assertThat(played.lines())
                .contains("played: 0", "HTTP/1.1 403 Forbidden")
                .contains(
                        "WARN stepdown - 1 entries could not be changed: /srv/www: chown: EROFS (read-only file system)")
                .contains(dropped());
        assertThat(owner(pages)).isEqualTo("0:0");
    }

    @Test
    void where_it_is_to_be_strict_a_read_only_volume_ends_the_start() throws IOException {
        ObjectNode pod = readOnly(pod("inside-out"));
        ((ArrayNode) pod.at("/spec/containers/0/env"))
                .addObject()
                .put("name", "STEPDOWN_STRICT")
                .put("value", "true");
        assertThat(play(pod).lines())
                .anyMatch(line -> line.startsWith("nginx-inside-out-nginx: ") && line.endsWith(" 125"))
                .contains(
                        "ERROR stepdown - 1 entries could not be changed: /srv/www: chown: EROFS (read-only file system) (--strict)")
                .doesNotContain("Name:\tnginx");
    }

    private void assertServes(Finished played) throws IOException {
        assertThat(played.lines())
                .as("%s", played)
                .contains("played: 0", "HTTP/1.1 200 OK", PAGE)
                .contains(dropped());
        assertThat(owner(pages)).isEqualTo("9031:9999");
        assertThat(owner(pages.resolve("index.html"))).isEqualTo("9031:9999");
    }

    /** In /proc of the machine, of a process 1 that has the engine's own filter of system calls. */
    private static String[] dropped() {
        return Stream.concat(
                        Stream.of("Name:\tnginx", "NoNewPrivs:\t1", "Seccomp:\t2", "Groups:\t9999 "),
                        Stream.concat(
                                Stream.of("Uid:" + "\t9031".repeat(4), "Gid:" + "\t9999".repeat(4)),
                                Stream.of("Inh", "Prm", "Eff", "Bnd", "Amb")
                                        .map(set -> "Cap" + set + ":\t" + "0".repeat(16))))
                .toArray(String[]::new);
    }

    private static String owner(Path file) throws IOException {
        return Files.getAttribute(file, "unix:uid") + ":" + Files.getAttribute(file, "unix:gid");
    }

    /** What the manifest's controller would make: its template, and a volume for each claim. */
    private ObjectNode pod(String manifest) throws IOException {
        for (Object document : new Yaml().loadAll(Files.readString(MANIFESTS.resolve(manifest + ".yaml")))) {
            JsonNode controller = JSON.valueToTree(document);
            if (controller.path("kind").asText().equals("StatefulSet")) {
                ObjectNode pod = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "Pod");
                pod.putObject("metadata").set("name", controller.at("/metadata/name"));
                // A restart would hide what ended it.
                ObjectNode spec = ((ObjectNode) controller.at("/spec/template/spec")).put("restartPolicy", "Never");
                for (JsonNode claim : controller.at("/spec/volumeClaimTemplates")) {
                    ObjectNode volume = ((ArrayNode) spec.path("volumes")).addObject();
                    volume.set("name", claim.at("/metadata/name"));
                    volume.putObject("hostPath").put("path", pages.toString());
                }
                return pod.set("spec", spec);
            }
        }
        throw new AssertionError("no StatefulSet in " + manifest);
    }

    private static ObjectNode readOnly(ObjectNode pod) {
        ObjectNode mount = (ObjectNode) pod.at("/spec/containers/0/volumeMounts/0");
        assertThat(mount.path("name").asText()).isEqualTo("pages");
        mount.put("readOnly", true);
        return pod;
    }

    private Finished play(ObjectNode pod) throws IOException {
        Path manifest = Files.writeString(folder.resolve("pod.yaml"), pod.toString());
        Finished played = podman(
                        store(),
                        PLAY,
                        manifest.toString(),
                        pod.at("/metadata/name").asText())
                .succeeded();
        assertThat(played.lines()).as("%s", played).endsWith("left:");
        return played;
    }

    /** A folder of {@code it-tests/kube} with the image in it. */
    private Path store() {
        Need.KUBE.ask();
        Need.ROOT.ask();
        String image = Images.example(flavour, "nginx");
        return STORES.computeIfAbsent(flavour, any -> {
            try {
                Path store = Files.createTempDirectory("kube");
                Runtime.getRuntime()
                        .addShutdownHook(new Thread(
                                () -> Docker.run("", List.of("rm", "-rf", "--one-file-system", store.toString()))));
                Finished asked = podman(store, "podman version");
                if (asked.exit() != 0) {
                    Need.KUBE.isMissing("nothing plays manifests on this machine: " + asked);
                }
                Path archive = store.resolve("image.tar");
                Docker.must("save", "-o", archive.toString(), image);
                podman(store, LOAD, store + "/images", archive.toString()).succeeded();
                Files.delete(archive);
                return store;
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static Finished podman(Path store, String script, String... arguments) {
        return Docker.run(
                "",
                Stream.concat(Stream.of("./kube", store.toString(), "sh", "-ec", script, "sh"), Stream.of(arguments))
                        .toList());
    }
}
