package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The environment is the product's alone: nothing of it makes a start look for, load or run what the user put
 * somewhere.
 */
@EachFlavour
class SteeringTest {
    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "\"{0}\"")
    @ValueSource(strings = {"/planted", ":/planted", "", ".", ":", "evil.so", "/planted/evil.so", "libjvm.so"})
    void no_file_of_the_users_is_looked_for_whatever_all_variables_say(String value) {
        Finished finished = steered("", "all", value);
        assertThat(finished.succeeded().text()).as("%s", finished).matches("\\d+ variables, \\d+ calls");
        assertThat(finished.errors()).isEmpty();
        assertThat(Integer.parseInt(finished.text().split(" ")[0])).isGreaterThan(flavour == Flavour.JVM ? 500 : 80);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "LD_LIBRARY_PATH=/planted LD_LIBRARY_PATH=$ORIGIN/../lib:. LD_PRELOAD=evil.so LD_PRELOAD=/planted/evil.so LD_AUDIT=/planted/evil.so",
                "LD_DEBUG=all LD_DEBUG_OUTPUT=/planted/out LD_TRACE_LOADED_OBJECTS=1 LD_SHOW_AUXV=1 LD_BIND_NOW=1 LD_PROFILE=libc.so.6",
                "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=1 MALLOC_PERTURB_=7 MALLOC_CHECK_=3 LOCPATH=/planted TZ=/planted/evil.so NLSPATH=/planted/%N",
                "JAVA_TOOL_OPTIONS=-agentpath:/planted/evil.so _JAVA_OPTIONS=-agentpath:/planted/evil.so JDK_JAVA_OPTIONS=@/planted/options",
                "JDK_AOT_VM_OPTIONS=-agentpath:/planted/evil.so CLASSPATH=/planted JAVA_HOME=/planted _JAVA_LAUNCHER_DEBUG=1",
                "BASH_ENV=/planted/evil.sh ENV=/planted/evil.sh SHELLOPTS=noexec BASHOPTS=extdebug PS4=$(./evil.sh) IFS=/",
                "BASH_FUNC_exec%%=()\u007b\u0020.\u0020/planted/evil.sh;\u0020\u007d BASH_FUNC_unset%%=()\u007b\u0020.\u0020evil.sh;\u0020\u007d"
            })
    void no_variable_alone_steers_a_start(String words) {
        assertNotSteered(words.split(" (?=[A-Z_]+%*=)"));
    }

    /** As {@code ENV LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/opt/lib} makes it: the empty entry is the working directory. */
    @Test
    void an_empty_entry_of_the_library_path_loads_no_library_from_the_working_directory() {
        assertNotSteered("LD_LIBRARY_PATH=:/opt/lib");
    }

    @Test
    void no_jvm_of_the_users_is_loaded() {
        assertNotSteered("JDK_ALTERNATE_VM=/planted");
    }

    /** In a locale of the user's, for which a module must be loaded. */
    @Test
    void no_conversion_of_the_users_is_loaded() {
        assertNotSteered("GCONV_PATH=/planted");
    }

    /** Without which the tests above could not fail. */
    @Test
    void a_first_program_that_is_loaded_dynamically_is_steered() {
        String shell = "printf '#!/bin/sh\\nshift 5; exec \"$@\"\\n' >/opt/stepdown/bin/stepdown";
        assertThat(steered(shell, "each", "LD_LIBRARY_PATH=:/opt/lib").text())
                .contains("something of the user's ran as root", "the product lacks LD_LIBRARY_PATH=:/opt/lib");
        assertThat(steered(shell, "all", "/planted").text()).contains("lacks");
    }

    private void assertNotSteered(String... entries) {
        List<String> words = new ArrayList<>(List.of("each"));
        words.addAll(List.of(entries));
        Finished finished = steered("", words.toArray(String[]::new));
        assertThat(finished.succeeded().text()).as("%s", finished).isEqualTo(entries.length + " starts");
        assertThat(finished.errors()).isEmpty();
    }

    private Finished steered(String before, String... words) {
        List<String> command = new ArrayList<>(List.of("run", "--rm", "--network=none", "--label", Docker.LABEL));
        String image = Images.folder(flavour, "steering", Path.of("images", "steering"));
        command.addAll(List.of("--cap-add", "SYS_PTRACE", "--entrypoint", "sh", image, "-ec"));
        command.addAll(List.of(before + "\nexec /steering/steer \"$@\"", "sh"));
        command.addAll(List.of(words));
        return Docker.docker(command);
    }
}
