package stepdown.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Refusal;
import stepdown.Signalled;
import stepdown.handover.Environment;

/**
 * What the README and docker/REFERENCE.md say of options, variables, defaults, exit codes and messages is what the
 * program does.
 */
class ReferenceTest {
    private static final Path README = Path.of("README.md");
    private static final Path REFERENCE = Path.of("docker/REFERENCE.md");
    private static final Path DROP = Path.of("src/main/java/stepdown/privilege/Drop.java");
    private static final Path SHOWN = Path.of("it-tests/src/test/java/stepdown/it/NginxIT.java");
    private static final String DROP_BEGINS = "public static List<Step> steps(";

    /** TERM, INT, HUP and QUIT are obeyed until the product runs. */
    private static final List<Integer> ENDING = List.of(15, 2, 1, 3);

    // ---- tables

    @Test
    void the_table_of_options_is_the_options_in_their_order() {
        List<List<String>> expected = new ArrayList<>();
        for (Option option : Option.values()) {
            expected.add(List.of(
                    written(option),
                    option.kind != Option.Kind.MODE ? option.variable : "",
                    option.otherwise,
                    addsUp(option) ? "+" : ""));
        }
        assertThat(table(REFERENCE, "## Options"))
                .allMatch(row -> row.size() == 5 && !row.get(4).isEmpty(), "has five cells, the last one a meaning")
                .extracting(row -> row.subList(0, 4))
                .containsExactlyElementsOf(expected);
    }

    @Test
    void the_readme_has_some_of_them_with_the_same_defaults() {
        List<List<String>> known = new ArrayList<>();
        for (Option option : Option.values()) {
            known.add(List.of(written(option) + (addsUp(option) ? " +" : ""), option.otherwise));
        }
        assertThat(table(README, "## For image authors: options"))
                .isNotEmpty()
                .extracting(row -> List.of(row.get(0), row.get(1)))
                .isSubsetOf(known);
    }

    private static String written(Option option) {
        return option.flag + (option.parameter.isEmpty() ? "" : " " + option.parameter);
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md ## For deployers: variables", "docker/REFERENCE.md ## Variables"})
    void the_tables_of_variables_have_the_defaults_of_an_empty_environment(String place) {
        Settings settings = SettingsReader.read(new Arguments(Map.of(), List.of(), false), new Environment(List.of()));
        int blank = place.indexOf(' ');
        String prefix = settings.prefix();
        assertThat(table(Path.of(place.substring(0, blank)), place.substring(blank + 1)))
                .extracting(row -> row.get(0) + "=" + row.get(1))
                .containsExactly(
                        prefix + "_PRIVILEGED=" + settings.privileged(),
                        prefix + "_UID=" + settings.identity().uid(),
                        prefix + "_GID=" + settings.identity().gid(),
                        prefix + "_UNAME=" + settings.identity().userName(),
                        prefix + "_GNAME=" + settings.identity().groupName());
    }

    @Test
    void the_table_of_exit_codes_has_those_of_a_refusal_and_of_a_signal() {
        List<String> documented = new ArrayList<>();
        for (List<String> row : table(REFERENCE, "## Exit status")) {
            documented.addAll(Arrays.asList(row.get(0).split(", ")));
        }
        assertThat(documented)
                .contains("" + Refusal.REFUSED, "" + Refusal.NOT_EXECUTABLE, "" + Refusal.NOT_FOUND)
                .containsAll(ENDING.stream()
                        .map(signal -> "" + new Signalled(signal).status())
                        .toList());
        assertThat(read(README)).contains("" + Refusal.REFUSED, "" + Refusal.NOT_EXECUTABLE, "" + Refusal.NOT_FOUND);
    }

    // ---- the method that the README shows

    @Test
    void the_readme_shows_the_steps_of_the_drop_as_they_are() {
        String source = read(DROP);
        int begin = source.indexOf(DROP_BEGINS);
        String method = source.substring(begin, source.indexOf("\n    }\n", begin) + "\n    }\n".length());
        List<String> shown =
                javaOfTheReadme().filter(block -> block.startsWith(DROP_BEGINS)).toList();
        assertThat(shown).hasSize(1);
        assertThat(unindented(shown.get(0))).isEqualTo(unindented(method));
    }

    private static String unindented(String code) {
        return String.join("\n", code.lines().map(String::strip).toList());
    }

    // ---- the test that the README shows

    @Test
    void the_readme_shows_a_test_that_is_run() {
        String source = read(SHOWN);
        assertThat(javaOfTheReadme()).contains(source.substring(source.indexOf("import ")));
        assertThat(read(README)).contains(artifact(Path.of("it-tests/pom.xml")));
        assertThat(read(REFERENCE).replaceAll("</?[a-zA-Z]+>", "").replaceAll("\\n\\s*", ":"))
                .contains(artifact(Path.of("it-tests/pom.xml")) + ":test:");
    }

    /** The first of each is its own: a parent it has none. */
    private static String artifact(Path pom) {
        return Stream.of("groupId", "artifactId", "version")
                .map(name ->
                        Pattern.compile("<" + name + ">(.*)</" + name + ">").matcher(read(pom)))
                .map(found -> found.find() ? found.group(1) : "")
                .collect(Collectors.joining(":"));
    }

    private static Stream<String> javaOfTheReadme() {
        return Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
                .matcher(read(README))
                .results()
                .map(block -> block.group(1));
    }

    // ---- messages

    private static final int SHORTEST = 5;
    private static final int TELLING = 12;

    /** Said to nobody: values are refused before these checks see them, or it is a mistake of the program's. */
    private static final List<String> NEVER_SEEN = List.of(
            "a name of more bytes than any can have",
            "reading capability ",
            "0 0 4294967295",
            "the last step did not become the product",
            "stepdown is for x86-64 and aarch64");

    @Test
    void everything_that_the_program_says_stands_in_the_reference() {
        String reference = read(REFERENCE);
        // The help is its own reference, and the kernel room says little but errno.
        List<String> said = words("(?!.*/kernel/(?!Errno)|.*/(Option|Usage)\\.java).*");
        assertThat(said).hasSizeGreaterThan(200);
        assertThat(said)
                .filteredOn(words -> words.length() >= TELLING && words.strip().contains(" "))
                .filteredOn(words -> !NEVER_SEEN.contains(words) && !reference.contains(words))
                .isEmpty();
    }

    /** But for the one that is picocli's. */
    private static Stream<String> examples() {
        return read(REFERENCE)
                .lines()
                .map(String::strip)
                .filter(line -> line.matches("(ERROR|WARN) stepdown - (?!Missing ).*"));
    }

    /**
     * What is left of an example, when all phrases are taken away that stand in the program, is names and numbers:
     * never more than two thirds of it.
     */
    @ParameterizedTest
    @MethodSource("examples")
    void an_example_is_made_of_words_of_the_program(String example) {
        String message = example.substring(example.indexOf(" - ") + 3);
        String rest = message;
        for (String words : WORDS) {
            rest = rest.replace(words, "");
        }
        assertThat(rest.length())
                .as("of \"%s\" is left \"%s\"", message, rest)
                .isLessThanOrEqualTo(message.length() * 2 / 3);
    }

    private static final List<String> WORDS =
            words(".*").stream().filter(words -> words.strip().contains(" ")).toList();

    /**
     * The string literals of the program, those that are added up as one, cut where a value is put in; the longest
     * first.
     */
    private static List<String> words(String fromFiles) {
        Pattern literal = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");
        try (Stream<Path> files = Files.walk(Path.of("src/main"))) {
            return files.filter(file -> file.toString().matches(".*\\.(java|c)")
                            && file.toString().matches(fromFiles))
                    .map(file -> read(file)
                            .replaceAll("(?s)/\\*.*?\\*/", "")
                            .replace("'\"'", "")
                            .replaceAll("\"\\s*\\+\\s*\"", ""))
                    .flatMap(source -> literal.matcher(source).results())
                    .flatMap(found -> Stream.of(found.group(1).split("%[a-z]+|\\\\n")))
                    .map(words -> words.replace("\\\"", "\"").replace("\\\\", "\\"))
                    .filter(words -> words.length() >= SHORTEST)
                    .distinct()
                    .sorted(Comparator.comparingInt(String::length).reversed())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- links

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docker/REFERENCE.md", "docker/PATTERNS.md"})
    void every_link_leads_somewhere(String from) {
        Path file = Path.of(from);
        Pattern link = Pattern.compile("\\]\\(([^)#\\s]*)(#[^)\\s]*)?\\)");
        link.matcher(read(file))
                .results()
                .filter(to -> !to.group(1).contains("://"))
                .forEach(to -> {
                    Path target = to.group(1).isEmpty()
                            ? file
                            : file.resolveSibling(to.group(1)).normalize();
                    assertThat(target).exists();
                    if (to.group(2) != null) {
                        assertThat(anchors(target)).as(target.toString()).contains(to.group(2));
                    }
                });
    }

    /** As GitHub makes them of headings. */
    private static List<String> anchors(Path file) {
        return read(file)
                .lines()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceAll("^#+ ", "").toLowerCase(Locale.ROOT))
                .map(line -> "#" + line.replaceAll("[^a-z0-9 _-]", "").replace(' ', '-'))
                .toList();
    }

    // ---- reading

    /** The cells of the first table behind a heading, without its head, and without the marks of code. */
    private static List<List<String>> table(Path file, String heading) {
        List<String> lines = read(file).lines().toList();
        assertThat(lines).contains(heading);
        return lines.subList(lines.indexOf(heading) + 1, lines.size()).stream()
                .takeWhile(line -> !line.startsWith("## "))
                .dropWhile(line -> !line.startsWith("|"))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(ReferenceTest::cells)
                .toList();
    }

    private static List<String> cells(String row) {
        return Stream.of(row.substring(1, row.length() - 1).split("(?<!\\\\)\\|", -1))
                .map(cell -> cell.replace("`", "").replace("\\|", "|").strip())
                .toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean addsUp(Option option) {
        return option.kind == Option.Kind.PATHS || option.kind == Option.Kind.LIST;
    }
}
