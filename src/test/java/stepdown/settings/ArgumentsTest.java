package stepdown.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Refusal;

class ArgumentsTest {
    private static Arguments parse(String... arguments) {
        return Arguments.of(List.of(arguments));
    }

    @Test
    void the_command_begins_at_the_first_word_and_keeps_all_that_follows() {
        Arguments arguments =
                parse("--writable", "/a", "--writable=/b", "/bin/sh", "-c", "--strip", "--", "@file", "\"q\"", "");
        assertThat(arguments.of(Option.WRITABLE)).containsExactly("/a", "/b");
        assertThat(arguments.has(Option.STRIP)).isFalse();
        assertThat(arguments.command()).containsExactly("/bin/sh", "-c", "--strip", "--", "@file", "\"q\"", "");
    }

    @Test
    void the_command_may_follow_two_dashes() {
        assertThat(parse("--strict", "--", "--odd", "--", "x").command()).containsExactly("--odd", "--", "x");
        assertThat(parse("--", "nginx", "-g", "daemon off;").command()).containsExactly("nginx", "-g", "daemon off;");
    }

    @Test
    void values_are_taken_as_they_are() {
        assertThat(parse("--writable", "\"/a b\"", "x").of(Option.WRITABLE)).containsExactly("\"/a b\"");
        assertThat(parse("--home", "caf\u00c3\u00a9", "x").of(Option.HOME)).containsExactly("caf\u00c3\u00a9");
    }

    @Test
    void an_unknown_option_is_refused_with_the_nearest() {
        assertThatThrownBy(() -> parse("--writeable", "/a", "x"))
                .isInstanceOf(Refusal.class)
                .hasMessage("unknown option --writeable: did you mean --writable?"
                        + " (the product's own options come after its command, or after --)");
    }

    @Test
    void an_option_without_its_value_is_refused() {
        assertThatThrownBy(() -> parse("--writable"))
                .isInstanceOf(Refusal.class)
                .hasMessageEndingWith(": see stepdown --help");
    }

    /** It would be lost without a word where the other's value is not looked at, as an id that a variable sets. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--default-user --writable=/a -- x",
                "--default-command --writable=/a --prepare-only",
                "--home -h x",
                "--strip --strict x",
                "--exclude --log= x",
                "--writable=--strip=o x",
                "--keep-fd -- x"
            })
    void an_option_in_the_place_of_a_value_is_refused(String words) {
        assertThatThrownBy(() -> parse(words.split(" ")))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith("Expected parameter for option '--")
                .hasMessageEndingWith(": see stepdown --help");
    }

    @ParameterizedTest
    @EnumSource(Option.class)
    void every_option_is_in_the_help_with_its_description(Option option) {
        String help = new Usage().help().replaceAll("\\s+", " ");
        assertThat(help).contains(option.flag).contains(option.description);
    }

    @Test
    void no_line_of_the_help_is_wider_than_100() {
        assertThat(new Usage().help().lines()).allMatch(line -> line.length() <= 100);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --default-command nginx --                  | nginx
            --default-command nginx -- -g x             | nginx -g x
            --default-command=a --default-command b --  | b
            --default-command nginx -- sh -c x          | sh -c x
            --default-command nginx -- -- x             | nginx -- x
            --strict --default-command nginx -- --port  | nginx --port
            """)
    void the_default_command_stands_before_options_of_the_products(String words, String command) {
        assertThat(String.join(" ", parse(words.split(" ")).product())).isEqualTo(command);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--default-command nginx",
                "--default-command nginx sh",
                "--default-command nginx sh --",
                "--default-command= --",
                "--default-command=-g --"
            })
    void without_two_dashes_before_the_command_a_default_is_refused(String words) {
        Arguments arguments = parse(words.split(" "));
        assertThatThrownBy(arguments::product)
                .isInstanceOf(Refusal.class)
                .hasMessageContaining(" needs a command, and -- as the last word of the ENTRYPOINT");
    }

    @Test
    void no_command_and_an_empty_one_are_refused() {
        assertThatThrownBy(() -> parse("--strict").product()).hasMessageStartingWith("no command to become: ");
        assertThatThrownBy(() -> parse("--", "").product()).hasMessageStartingWith("the command is an empty word: ");
    }

    @Test
    void help_and_version_have_short_names() {
        assertThat(parse("-h").has(Option.HELP)).isTrue();
        assertThat(parse("-V").has(Option.VERSION)).isTrue();
        assertThat(parse("ls", "-h").has(Option.HELP)).isFalse();
    }
}
