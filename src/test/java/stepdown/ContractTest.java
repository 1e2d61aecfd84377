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

/** Each sentence of docker/CONTRACT.md names tests that there are: a test that is renamed takes its sentence along. */
class ContractTest {
    private static final Path CONTRACT = Path.of("docker/CONTRACT.md");
    private static final Path UNITS = Path.of("src/test/java");
    private static final Path CONTAINERS = Path.of("it-tests/src/test/java");

    private static final Pattern ITEM = Pattern.compile("(?m)^- .*(?:\\n +.*)*");
    private static final Pattern NAMED = Pattern.compile("`(it\\.)?(\\w+Test)(?:\\.(\\w+))?`");
    private static final int LEAST = 80;

    static List<String> sentences() throws IOException {
        return ITEM.matcher(Files.readString(CONTRACT))
                .results()
                .map(MatchResult::group)
                .toList();
    }

    @Test
    void the_contract_has_its_sentences() throws IOException {
        assertThat(sentences()).hasSizeGreaterThan(LEAST).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("sentences")
    void a_sentence_names_tests_that_there_are(String item) throws IOException {
        List<MatchResult> named = NAMED.matcher(item).results().toList();
        assertThat(named).isNotEmpty();
        for (MatchResult test : named) {
            String source = Files.readString(source(test.group(1) == null ? UNITS : CONTAINERS, test.group(2)));
            if (test.group(3) != null) {
                assertThat(source).contains("\n    void " + test.group(3) + "(");
            }
        }
    }

    /** What is left of a name that is written wrong stands behind the full stop. */
    @ParameterizedTest
    @MethodSource("sentences")
    void what_is_held_is_one_sentence(String item) {
        assertThat(NAMED.matcher(item).replaceAll("").strip()).endsWith(".").doesNotContainPattern("\\.\\s");
    }

    private static Path source(Path sources, String name) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            List<Path> found =
                    files.filter(file -> file.endsWith(name + ".java")).toList();
            assertThat(found).as(name).hasSize(1);
            return found.getFirst();
        }
    }
}
