package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Engines that map the ids of their containers: root's with userns-remap, and one that is itself a user's. Setting them
 * up needs root.
 */
@ParameterizedClass(name = "{0}, {1}")
@MethodSource("engines")
class UserNamespaceTest {
    @Parameter(0)
    Need kind;

    @Parameter(1)
    Flavour flavour;

    static Stream<Arguments> engines() {
        return Flavour.built().stream()
                .flatMap(flavour -> Stream.of(Need.REMAPPED, Need.ROOTLESS).map(kind -> Arguments.of(kind, flavour)));
    }

    private Finished run(String variable, String... words) {
        List<String> command =
                new ArrayList<>(List.of("run", "--rm", "--network=none", "-e", variable, Images.probe(flavour)));
        command.addAll(List.of(words));
        return SecondEngine.of(kind).run(command.toArray(String[]::new));
    }

    @Test
    void the_product_steps_down_to_mapped_ids() {
        Finished finished = run(
                "PING_CONTAINER_UID=65535",
                "--writable",
                "/data",
                "--",
                "sh",
                "-c",
                "id; stat -c %u:%g /data; echo $(cat /proc/self/uid_map)");
        assertThat(finished.succeeded().lines())
                .containsExactly(
                        "uid=65535(ping) gid=9999(identity) groups=9999(identity)",
                        "65535:9999",
                        kind == Need.REMAPPED ? "0 300000 65536" : "0 1500 1 1 300000 65536");
    }

    /** Where /dev is an engine's own folder. */
    @Test
    void the_product_is_confined_as_elsewhere() {
        Finished finished = run(
                "STEPDOWN_CONFINE=true",
                "--writable",
                "/data",
                "--writable",
                "/srv/sub",
                "--",
                "sh",
                "-c",
                "chmod 700 /srv/sub; for path in /data /srv/sub /tmp /var/mail; do touch $path/x && echo $path; done 2>/dev/null; : >/dev/null");
        assertThat(finished.succeeded().lines()).containsExactly("/data", "/srv/sub", "/tmp");
        assertThat(finished.errors()).contains("; writes confined, proven by two attempts;");
    }

    @Test
    void an_id_that_is_not_mapped_is_refused_with_the_map() {
        String map = kind == Need.REMAPPED ? "which has 0-65535:" : "which has 0-65536:";
        run("PING_CONTAINER_UID=65537", "--", "id").refused("PING_CONTAINER_UID=65537 is not mapped", map);
        run("PING_CONTAINER_GID=4294967294", "--", "id").refused("PING_CONTAINER_GID=4294967294 is not mapped", map);
    }

    /** A folder of another user's of the machine, and one of the user who runs the engine. */
    @Test
    void an_owner_that_is_not_mapped_or_is_root_inside_is_refused_and_one_that_keeps_its_id_is_taken()
            throws IOException {
        SecondEngine engine = SecondEngine.of(kind);
        for (int owner : List.of(77, 1500)) {
            Path folder = engine.folder().resolve("of" + owner);
            Files.createDirectories(folder);
            Files.setAttribute(folder, "unix:uid", owner);
            Files.setAttribute(folder, "unix:gid", owner);
        }
        String[] product = {
            "--log", "warn", "--writable", "/src", "--", "sh", "-c", "echo $(id -u):$(id -g); stat -c %u:%g /src"
        };
        ofOwner("of77", List.of(), product)
                .refused("=owner:/src is 65534, which may stand for any id that this user namespace does not map");
        if (kind == Need.ROOTLESS) {
            ofOwner("of1500", List.of(), product).refused("=owner:/src is root", "--userns=keep-id");
            Finished kept = ofOwner("of1500", List.of("--userns=keep-id", "--user", "0"), product);
            assertThat(kept.succeeded().lines()).containsExactly("1500:1500", "1500:1500");
        }
    }

    private Finished ofOwner(String folder, List<String> flags, String... words) {
        SecondEngine engine = SecondEngine.of(kind);
        List<String> command = new ArrayList<>(List.of("run", "--rm", "--network=none"));
        command.addAll(flags);
        command.addAll(List.of(
                "-e", "PING_CONTAINER_UID=owner:/src", "-v", engine.folder().resolve(folder) + ":/src"));
        command.add(Images.probe(flavour));
        command.addAll(List.of(words));
        return engine.run(command.toArray(String[]::new));
    }
}
