package stepdown;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no code: papers, workflows, poms. */
class PapersTest {
    private static final Path WORKFLOWS = Path.of(".github", "workflows");

    static Stream<Path> papers() {
        return Stream.of(
                        "README.md",
                        "CHANGELOG.md",
                        "docker/REFERENCE.md",
                        "docker/PATTERNS.md",
                        ".github/SECURITY.md",
                        ".github/CONTRIBUTING.md")
                .map(Path::of);
    }

    static Stream<Path> workflows() throws IOException {
        try (Stream<Path> files = Files.list(WORKFLOWS)) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("papers")
    void every_link_leads_to_a_file(Path paper) throws IOException {
        List<Path> led = found("\\]\\((?!https?://|#)([^)#]+)(?:#[^)]*)?\\)", Files.readString(paper))
                .map(link -> paper.resolveSibling(link).normalize())
                .toList();
        assertThat(led).allSatisfy(file -> assertThat(file).exists());
    }

    /** A tag may be moved to other code, a hash cannot; the version beside it is for readers and for Dependabot. */
    @ParameterizedTest
    @MethodSource("workflows")
    void actions_stand_by_hash_and_jobs_may_only_read(Path workflow) throws IOException {
        String text = Files.readString(workflow);
        assertThat(text).contains("\npermissions:\n  contents: read\n").doesNotContain("pull_request_target");
        assertThat(found("uses: (.*)", text))
                .isNotEmpty()
                .allMatch(action -> action.matches("[a-z-]+/[a-z-]+@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+")
                        || action.matches("docker://[a-z/]+:\\d+\\.\\d+\\.\\d+"));
        // A token that is left in the work tree is every later step's.
        assertThat(found("uses: (actions/checkout@)", text).count())
                .isEqualTo(found("(persist-credentials: false)", text).count());
    }

    @Test
    void both_poms_take_their_versions_from_one() throws IOException {
        List<String> pom = Files.readAllLines(Path.of("pom.xml"));
        assertThat(pom).hasSizeLessThanOrEqualTo(450);
        for (String child : List.of("pom.xml", "it-tests/pom.xml")) {
            assertThat(found("<version>(.*)</version>", Files.readString(Path.of(child)))
                            .filter(version -> !version.equals(own()) && !version.startsWith("${")))
                    .as(child)
                    .isEmpty();
        }
    }

    /** In labels of images, and where a reader is told what to write. */
    @ParameterizedTest
    @ValueSource(strings = {"docker/jvm.Dockerfile", "docker/native.Dockerfile", "README.md"})
    void the_version_is_one(String file) throws IOException {
        assertThat(Files.readString(Path.of(file))).contains(own());
    }

    private static String own() {
        try {
            return found("<version>(.*)</version>", Files.readString(Path.of("src/build/pom.xml")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Stream<String> found(String regex, String text) {
        return Pattern.compile(regex).matcher(text).results().map((MatchResult match) -> match.group(1));
    }
}
