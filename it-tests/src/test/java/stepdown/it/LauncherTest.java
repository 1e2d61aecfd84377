package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is meant for the product does not steer the launcher, and the launcher needs nothing of the container. */
@EachFlavour
class LauncherTest {
    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource(delimiter = '|', textBlock = """
            JAVA_TOOL_OPTIONS   | -agentlib:jdwp=transport=dt_socket,server=y,suspend=y,address=*:5005
            JAVA_TOOL_OPTIONS   | -Xmx1000000g
            JDK_JAVA_OPTIONS    | --no-such-option
            _JAVA_OPTIONS       | -Xint -XX:+NoSuchFlag
            JAVA_OPTS           | -Xmx8g
            CLASSPATH           | /nowhere
            JAVA_HOME           | /nowhere
            LD_LIBRARY_PATH     | /nowhere:/opt/stepdown/runtime/lib/server
            LD_BIND_NOW         | 1
            MALLOC_ARENA_MAX    | 1
            TMPDIR              | /nowhere
            """)
    void a_variable_of_the_product_reaches_the_product_only(String name, String value) {
        Finished finished = Launch.of(flavour)
                .env(name, value)
                .options("--log warn")
                .run("printenv", name)
                .succeeded();
        assertThat(finished.text()).isEqualTo(value);
        assertThat(finished.errors()).isEmpty();
    }

    @Test
    void a_preloaded_library_is_loaded_into_the_product() {
        Finished finished = Launch.of(flavour)
                .env("LD_PRELOAD", "libm.so.6")
                .options("--log warn")
                .run("cat", "/proc/self/maps", "/proc/self/environ")
                .succeeded();
        assertThat(finished.text()).contains("/libm.so.6", "LD_PRELOAD=libm.so.6\0");
        assertThat(finished.errors()).isEmpty();
    }

    @Test
    void the_dynamic_linker_of_a_jvm_of_ours_is_not_steered() {
        Finished finished = Launch.of(flavour)
                .env("LD_DEBUG", "files")
                .run("cat", "/proc/self/environ")
                .succeeded();
        assertThat(finished.text()).contains("LD_DEBUG=files\0");
        assertThat(finished.errors())
                .doesNotContain("libjvm")
                .doesNotContain("libjffi")
                .contains("libc.so.6");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "--tmpfs /tmp:noexec,nosuid", "--tmpfs /tmp:size=0,mode=0555", "--tmpfs /tmp:uid=5,mode=0777",
                        "-w /nowhere",
                "-w /tmp --user 0:0", "-h x --network none", "--shm-size 64k", "-v /etc/hostname:/tmp/hsperfdata_root"
            })
    void the_container_may_be_bare(String flags) {
        assertThat(Launch.of(flavour).flags(flags).run("id", "-u").succeeded().text())
                .isEqualTo("9031");
    }

    @Test
    void the_help_names_every_option() {
        assertThat(Launch.of(flavour).option("--help").run().succeeded().text())
                .contains("--writable", "--exclude", "--ownership", "--strip", "--keep-fd", "PING_CONTAINER_UID");
        assertThat(Launch.of(flavour).option("--version").run().succeeded().text())
                .matches("stepdown \\d+\\.\\d+\\..*");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            --nosuch                  | --nosuch
            --writeable /data         | --writable
            --exclude                 | --exclude
            --writable data           | data
            --strip x                 | x
            --ownership sometimes     | sometimes
            --keep-fd -1              | -1
            --keep-fd x               | x
            """)
    void a_wrong_option_is_named(String options, String part) {
        Workshop workshop = Workshop.of(flavour);
        workshop.run((options + " -- id").split(" ")).refused(part);
        workshop.unchanged();
    }

    @Test
    void a_normal_start_says_one_line_and_a_quiet_one_none() {
        assertThat(Launch.of(flavour).run("true").succeeded().errorLines()).hasSize(1);
        assertThat(Launch.of(flavour)
                        .options("--log warn")
                        .run("true")
                        .succeeded()
                        .errorLines())
                .isEmpty();
    }

    @Test
    void keeping_root_is_said_in_one_line() {
        assertThat(Launch.of(flavour)
                        .env("PING_CONTAINER_PRIVILEGED", "true")
                        .options("--log warn")
                        .run("true")
                        .errorLines())
                .hasSize(1)
                .first()
                .asString()
                .contains("PING_CONTAINER_PRIVILEGED");
    }
}
