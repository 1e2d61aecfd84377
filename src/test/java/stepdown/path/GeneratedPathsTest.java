package stepdown.path;

import static org.assertj.core.api.Assertions.assertThat;
import static stepdown.Seeded.any;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import stepdown.Refusal;
import stepdown.Seeded;

/** Paths of any bytes: however one is written, it is refused or not as the folder is that it means. */
@Tag("slow")
class GeneratedPathsTest {
    private static final String OWN = "/opt/stepdown";
    private static final List<String> NAMES = List.of(
            "bin",
            "sbin",
            "lib",
            "lib64",
            "libx",
            "usr",
            "local",
            "etc",
            "ld.so.conf",
            "passwd",
            "passwd-",
            "dev",
            "shm",
            "credentials-x",
            "proc",
            "run",
            "secrets",
            "docker.sock",
            "var",
            "opt",
            "stepdown",
            "stepdownx",
            "runtime",
            "srv",
            "app",
            "home",
            ".",
            "..",
            "...");
    private static final PathRules RULES = new PathRules(null, OWN, List.of("/opt/loader/lib"));

    private static String path(Random random) {
        StringBuilder path = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            String name = random.nextInt(9) == 0 ? Seeded.bytes(random, 6) : any(random, NAMES);
            path.append("/").append(name);
        }
        return random.nextInt(9) == 0 ? Seeded.bytes(random, 12) : path.isEmpty() ? "/" : path.toString();
    }

    /** The same path, with slashes and dots that mean nothing. */
    private static String otherwise(Random random, String path) {
        StringBuilder other = new StringBuilder();
        for (int i = 0; i < path.length(); i++) {
            boolean slash = path.charAt(i) == '/';
            other.append(slash ? any(random, List.of("/", "/", "//", "/./", "/.//")) : path.charAt(i));
        }
        return other + any(random, List.of("", "/", "/.", "//"));
    }

    private static @Nullable String reason(String path) {
        try {
            RULES.checkGiven(path);
            return null;
        } catch (Refusal e) {
            assertThat(e.getMessage()).matches("[ -~]+");
            return e.getMessage().replaceFirst(".* is refused: ", "");
        }
    }

    @Test
    void a_path_is_its_names() {
        Seeded.cases(30_000, random -> {
            String path = path(random);
            List<String> names = PathRules.split(path);
            List<String> naive = Stream.of(path.split("/", -1))
                    .filter(name -> !name.isEmpty() && !name.equals("."))
                    .toList();
            assertThat(names).isEqualTo(naive);
            assertThat(PathRules.split(PathRules.join(names))).isEqualTo(names);
            assertThat(PathRules.split(otherwise(random, path))).isEqualTo(names);
            String folder = PathRules.join(PathRules.split(path(random)));
            boolean below = names.size() >= PathRules.split(folder).size()
                    && names.subList(0, PathRules.split(folder).size()).equals(PathRules.split(folder));
            assertThat(PathRules.isAtOrBelow(PathRules.join(names), folder)).isEqualTo(below);
        });
    }

    @Test
    void a_path_is_refused_however_it_is_written() {
        Seeded.cases(30_000, random -> {
            String path = path(random);
            String reason = reason(path);
            assertThat(reason(path)).isEqualTo(reason);
            assertThat(reason(otherwise(random, path))).as("%s", path).isEqualTo(reason);
            List<String> names = PathRules.split(path);
            List<String> own = PathRules.split(OWN);
            int common = Math.min(names.size(), own.size());
            if (!names.contains("..") && names.subList(0, common).equals(own.subList(0, common))) {
                assertThat(reason).as("%s is stepdown's own, or above", path).isNotNull();
            } else if (names.contains("..")) {
                assertThat(reason)
                        .as("only the file system knows what %s means", path)
                        .isNull();
            }
        });
    }
}
