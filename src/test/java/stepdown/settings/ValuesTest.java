package stepdown.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Refusal;
import stepdown.kernel.Raw;

/** The last value that is right, and the first that is not. */
class ValuesTest {
    @Test
    void a_number_has_one_to_ten_digits() {
        assertThat(Raw.number("")).isEqualTo(-1);
        assertThat(Raw.number("9999999999")).isEqualTo(9_999_999_999L);
        assertThat(Raw.number("00000000001")).isEqualTo(-1);
    }

    @Test
    void a_name_has_at_most_32_characters() {
        assertThat(Values.name("X", "a".repeat(32))).hasSize(32);
        assertThatThrownBy(() -> Values.name("X", "a".repeat(33))).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> Values.name("X", "")).isInstanceOf(Refusal.class);
    }

    @Test
    void a_descriptor_is_one_from_3_on_of_at_most_nine_digits() {
        assertThat(Values.descriptor("X", "3")).isEqualTo(3);
        assertThat(Values.descriptor("X", "999999999")).isEqualTo(999_999_999);
        assertThatThrownBy(() -> Values.descriptor("X", "2")).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> Values.descriptor("X", "1000000000")).isInstanceOf(Refusal.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/a b", "/\u0080\u00ff", "/~!"})
    void a_path_that_fits_into_a_row_is_taken_as_it_is(String path) {
        assertThat(Values.rowPath("X", path)).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "/a:b", "/:", "/a\n", "/\u001f", "/\u007f", "/a\u0000"})
    void a_path_that_does_not_fit_into_a_row_is_refused(String path) {
        assertThatThrownBy(() -> Values.rowPath("X", path)).isInstanceOf(Refusal.class);
    }

    @Test
    void a_choice_is_one_word_and_not_two_with_the_bar_between() {
        assertThat(Values.choice("X", "go", "o|go|none")).isEqualTo("go");
        assertThatThrownBy(() -> Values.choice("X", "o|go", "o|go|none")).isInstanceOf(Refusal.class);
        assertThatThrownBy(() -> Values.choice("X", "|", "o|go|none")).isInstanceOf(Refusal.class);
    }
}
