package stepdown.kernel.jnr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jnr.posix.LibC;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That jnr-posix reaches two functions of the C library, and no other. */
class IdentityLibCTest {
    private final List<String> called = new ArrayList<>();
    private final IdentityLibC identity = new IdentityLibC(uid -> noted("setuid", uid), gid -> noted("setgid", gid));

    private int noted(String name, int id) {
        called.add(name + " " + id);
        return id;
    }

    @Test
    void ids_above_2147483647_reach_setuid_and_setgid_as_their_bit_pattern() {
        assertThat(identity.setuid((int) 4294967294L)).isEqualTo(-2);
        assertThat(identity.setgid((int) 4294967294L)).isEqualTo(0xFFFFFFFE);
        assertThat(called).containsExactly("setuid -2", "setgid -2");
    }

    static List<Method> others() {
        return Arrays.stream(LibC.class.getMethods())
                .filter(method -> !List.of("setuid", "setgid").contains(method.getName()))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("others")
    void every_other_function_refuses(Method function) {
        assertThatThrownBy(() -> function.invoke(identity, zeros(function)))
                .hasCauseExactlyInstanceOf(UnsupportedOperationException.class);
        assertThat(called).isEmpty();
    }

    /** What an array of one has before anything is put into it. */
    private static Object[] zeros(Method function) {
        return Arrays.stream(function.getParameterTypes())
                .map(type -> Array.get(Array.newInstance(type, 1), 0))
                .toArray();
    }

    @Test
    void there_are_many_of_them() {
        assertThat(others()).hasSizeGreaterThan(100);
    }
}
