package stepdown.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import stepdown.kernel.jnr.Jnr;

/**
 * The native flavour finds C functions in a list that is compiled into it: what is not in the list is found missing
 * only at run time.
 */
class NativeFunctionsTest {
    @Test
    void the_functions_in_the_list_of_the_native_flavour_are_those_that_are_called() throws Exception {
        assertThat(listed()).isEqualTo(called());
    }

    private static NavigableSet<String> listed() throws Exception {
        String source = Files.readString(Path.of("src/main/c/start.c"));
        String list = source.substring(source.indexOf("#define CALLED"), source.indexOf("#define ENTRY"));
        NavigableSet<String> names = new TreeSet<>();
        Pattern.compile("\\bf\\((\\w+)\\)").matcher(list).results().forEach(found -> names.add(found.group(1)));
        return names;
    }

    private static NavigableSet<String> called() throws Exception {
        NavigableSet<String> names = new TreeSet<>();
        Binding recorder = (Binding) Proxy.newProxyInstance(
                Binding.class.getClassLoader(), new Class<?>[] {Binding.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("symbol")) {
                        names.add((String) arguments[0]);
                    }
                    return method.getReturnType() == int.class ? (Object) 1 : (Object) 1L;
                });
        Libc libc = Jnr.kernel(recorder).libc();
        for (Method function : Libc.class.getMethods()) {
            function.invoke(libc, zeros(function));
        }
        return names;
    }

    private static Object[] zeros(Method function) {
        return Arrays.stream(function.getParameterTypes())
                .map(type -> type == int.class ? (Object) 0 : (Object) 0L)
                .toArray();
    }
}
