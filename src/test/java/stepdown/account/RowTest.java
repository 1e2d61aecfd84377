package stepdown.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowTest {
    private static List<Row> all(String contents) {
        List<Row> rows = new ArrayList<>();
        Row.find(contents, row -> {
            if (row.isRow()) {
                rows.add(row);
            }
            return false;
        });
        return rows;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "\n\n",
                "\r\n\r",
                "# ping:x:1:2:::",
                "+",
                "+::::::",
                "+ping::::::",
                "-ping",
                "-",
                " #",
                ":x:1:2:::",
                "   ",
                "  \r\n",
                "\t:x:1:2"
            })
    void what_is_no_row_is_passed_over(String contents) {
        assertThat(all(contents)).isEmpty();
    }

    @Test
    void rows_are_found_with_and_without_a_final_newline() {
        assertThat(all("a:x:1:1:::\n\n#c\nb:x:2:2:::")).extracting(Row::name).containsExactly("a", "b");
        assertThat(all("a:x:1:1:::\nb:x:2:2:::\n")).extracting(Row::start).containsExactly(0, 11);
        assertThat(all("a:x:1:1:::\r\nb\r\nc:x:2:2:::\r")).extracting(Row::end).containsExactly(10, 13, 25);
    }

    @Test
    void blanks_before_a_name_do_not_count() {
        assertThat(all(" \tping:x:1:2:::").getFirst().name()).isEqualTo("ping");
    }

    /** Java knows more blanks than isspace(3). */
    @Test
    void a_control_character_is_no_blank() {
        assertThat(all("\u001cping:x:1:2:::").getFirst().name()).isEqualTo("\u001cping");
        assertThat(all("ping:x:\u001c1:2:::").getFirst().number(Row.ID)).isEqualTo(Row.NO_ID);
        assertThat(all("\f\u000bping:x:\f1:2:::").getFirst().name()).isEqualTo("ping");
        assertThat(all("ping:x:\f1:2:::").getFirst().number(Row.ID)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "a:x:0:0:::, 0",
        "a:x:9031:0:::, 9031",
        "a:x:4294967295:0:::, 4294967295",
        "a:x:4294967296:0:::, -1",
        "a:x:99999999999999999999999:0:::, -1",
        "a:x:09031:0:::, 9031",
        "a:x:00:0:::, 0",
        "a:x:-1:0:::, -1",
        "a:x:+5:0:::, 5",
        "a:x:'':0:::, -1",
        "a:x::0:::, -1",
        "a:x: 5:0:::, 5",
        "a:x:5 :0:::, -1",
        "a:x:0x5:0:::, -1",
        "a:x:5a:0:::, -1",
        "a:x, -1",
        "a, -1",
    })
    void an_id_is_what_the_c_library_reads(String line, long id) {
        assertThat(all(line).getFirst().number(Row.ID)).isEqualTo(id);
    }

    @Test
    void missing_fields_are_empty() {
        Row row = all("a:x:1:2").getFirst();
        assertThat(List.of(row.field(Row.GECOS), row.field(Row.HOME), row.field(9)))
                .containsOnly("");
        assertThat(row.number(Row.PRIMARY_GROUP)).isEqualTo(2);
        assertThat(all("a:x:1").getFirst().number(Row.PRIMARY_GROUP)).isEqualTo(Row.NO_ID);
        assertThat(all("a:x:1:").getFirst().number(Row.PRIMARY_GROUP)).isEqualTo(Row.NO_ID);
    }

    @Test
    void a_field_is_found_where_it_stands() {
        Row row = all("z:\n p\u00ffg:*:1:22:a b:/h:/s:more:\r\n").get(1);
        assertThat(row.text().substring(row.startOf(Row.ID), row.endOf(row.startOf(Row.PRIMARY_GROUP))))
                .isEqualTo("1:22");
        assertThat(row.field(Row.GECOS)).isEqualTo("a b");
    }
}
