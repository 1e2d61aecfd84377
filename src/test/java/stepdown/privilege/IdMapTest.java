package stepdown.privilege;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IdMapTest {
    @ParameterizedTest
    @CsvSource({
        "0 0 4294967295, true",
        "0 100000 4294967294, false",
        "1 1 4294967295, false",
        "0 1000 1 1 100000 4294967294, true",
        "0 1000 1 2 100000 4294967294, false",
        "'', false"
    })
    void a_map_is_whole_where_it_has_every_id(String map, boolean whole) {
        assertThat(IdMap.parse(map).isWhole()).isEqualTo(whole);
    }

    /** As a rootless engine writes it: the user, and then its further ids. */
    @Test
    void lines_that_follow_one_another_are_one_range() {
        IdMap map =
                IdMap.parse("         0       1000          1\n         1     100000      65536\n     70000 0 10\n");
        assertThat(map).hasToString("0-65536,70000-70009");
        assertThat(map.has(0) && map.has(1) && map.has(65_536) && map.has(70_009))
                .isTrue();
        assertThat(map.has(-1) || map.has(65_537) || map.has(69_999) || map.has(70_010))
                .isFalse();
    }
}
