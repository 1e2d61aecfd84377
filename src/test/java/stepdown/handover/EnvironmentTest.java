package stepdown.handover;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
    private final Environment environment = new Environment(List.of("A=1", "noequals", "B=", "A=2", "=odd", "AB=3"));

    @Test
    void the_first_of_two_is_found_as_getenv_does() {
        assertThat(environment.get("A")).isEqualTo("1");
        assertThat(environment.get("B")).isEmpty();
        assertThat(environment.get("noequals")).isNull();
        assertThat(environment.get("C")).isNull();
    }

    @Test
    void setting_one_replaces_it_where_it_stands_and_leaves_no_second() {
        assertThat(environment.with("A", "x").entries()).containsExactly("A=x", "noequals", "B=", "=odd", "AB=3");
        assertThat(environment.with("C", "x").entries())
                .containsExactly("A=1", "noequals", "B=", "A=2", "=odd", "AB=3", "C=x");
    }

    @Test
    void names_are_found_once_by_their_beginning() {
        assertThat(environment.namesWith("A")).containsExactly("A", "AB");
    }
}
