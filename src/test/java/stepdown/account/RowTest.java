package stepdown.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "\n\n",
                "# ping:x:1:2:::",
                "+",
                "+::::::",
                "+ping::::::",
                "-ping",
                "-",
                ":x:1:2:::",
                "   ",
                "\t:x:1:2"
            })
    void what_is_no_row_is_passed_over(String contents) {
        assertThat(Row.of(contents)).isEmpty();
    }

    @Test
    void rows_are_found_with_and_without_a_final_newline() {
        assertThat(Row.of("a:x:1:1:::\n\n#c\nb:x:2:2:::")).extracting(Row::name).containsExactly("a", "b");
        assertThat(Row.of("a:x:1:1:::\nb:x:2:2:::\n")).extracting(Row::start).containsExactly(0, 11);
    }

    @Test
    void blanks_before_a_name_do_not_count() {
        assertThat(Row.of(" \tping:x:1:2:::").getFirst().name()).isEqualTo("ping");
    }

    @ParameterizedTest
    @CsvSource({
        "a:x:0:0:::, 0",
        "a:x:9031:0:::, 9031",
        "a:x:4294967295:0:::, 4294967295",
        "a:x:4294967296:0:::, -1",
        "a:x:99999999999999999999999:0:::, -1",
        "a:x:09031:0:::, -1",
        "a:x:00:0:::, -1",
        "a:x:-1:0:::, -1",
        "a:x:+5:0:::, -1",
        "a:x:'':0:::, -1",
        "a:x::0:::, -1",
        "a:x: 5:0:::, -1",
        "a:x:5 :0:::, -1",
        "a:x:0x5:0:::, -1",
        "a:x:5a:0:::, -1",
        "a:x, -1",
        "a, -1",
    })
    void an_id_is_digits_without_a_leading_zero(String line, long id) {
        assertThat(Row.of(line).getFirst().number(Row.ID)).isEqualTo(id);
    }

    @Test
    void missing_fields_are_empty() {
        Row row = Row.of("a:x:1:2").getFirst();
        assertThat(List.of(row.field(Row.GECOS), row.field(Row.HOME), row.field(Row.SHELL)))
                .containsOnly("");
        assertThat(row.hasIds(2)).isTrue();
        assertThat(Row.of("a:x:1").getFirst().hasIds(2)).isFalse();
        assertThat(Row.of("a:x:1:").getFirst().hasIds(2)).isFalse();
        assertThat(Row.of("a:x:1:z").getFirst().hasIds(2)).isFalse();
    }

    @Test
    void of_two_rows_with_one_id_the_first_is_found() {
        List<Row> rows = Row.of("a:x:07:1\nb:x:7\nc:x:7:1\nd:x:7:1\n");
        assertThat(Row.withId(rows, 7, 2)).extracting(Row::name).isEqualTo("c");
        assertThat(Row.withId(rows, 8, 2)).isNull();
    }

    @Test
    void renumbering_keeps_every_other_byte() {
        Row row = Row.of(" p\u00ffg:*:1:22:a b:/h:/s:more:\r").getFirst();
        assertThat(row.renumbered(4294967294L, 0)).isEqualTo(" p\u00ffg:*:4294967294:0:a b:/h:/s:more:\r");
        assertThat(row.renumbered(7)).isEqualTo(" p\u00ffg:*:7:22:a b:/h:/s:more:\r");
    }
}
