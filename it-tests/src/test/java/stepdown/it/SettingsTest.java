package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who sets what: options, their variables, the prefix, the words that are said about them. */
@EachFlavour
class SettingsTest {
    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                                            | options                      | uid:gid
            -e ACME_UID=2000 -e ACME_GID=3000                                  | --env-prefix ACME            | 2000:3000
            -e PING_CONTAINER_UID=2000 -e ACME_GID=3000                        | --env-prefix ACME            | 9031:3000
            -e PING_CONTAINER_UID=root -e ACME_PRIVILEGED=true                 | --env-prefix ACME            | 0:0
            -e ACME_UID=root                                                   | none                         | 9031:9999
            """)
    void the_prefix_names_the_variables(String flags, @Nullable String options, String ids) {
        assertThat(Launch.of(flavour)
                        .flags(flags)
                        .options(options)
                        .run("sh", "-c", "echo $(id -u):$(id -g)")
                        .succeeded()
                        .text())
                .isEqualTo(ids);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                                | options              | the one warning
            -e STEPDOWN_STRIP=go                                   | --strip none         | STEPDOWN_STRIP
            -e STEPDOWN_OWNERSHIP=off                              | --ownership root     | STEPDOWN_OWNERSHIP
            -e STEPDOWN_STRIP=go                                   | --strip go           | none
            -e STEPDOWN_WRITABEL=/x                                | none                 | STEPDOWN_WRITABLE
            -e STEPDOWN_PORT=tcp://10.0.0.1:80                     | none                 | STEPDOWN_PORT
            -e STEPDOWN_WRITABLE=                                  | none                 | none
            -e PING_CONTAINER_GID=0                                | none                 | PING_CONTAINER_GID
            -e PING_CONTAINER_FOO=1                                | none                 | PING_CONTAINER_FOO
            -e PUID=1000                                           | none                 | PUID
            -e STEPDOWN_HARDLINKS=true -e STEPDOWN_STRICT=FALSE    | none                 | none
            """)
    void a_doubtful_variable_is_one_warning(String flags, @Nullable String options, @Nullable String part) {
        Finished finished =
                Launch.of(flavour).flags(flags).options(options).run("true").succeeded();
        assertThat(finished.errorLines().stream().filter(line -> line.startsWith("WARN")))
                .as("%s", finished)
                .hasSize(part == null ? 0 : 1)
                .allMatch(line -> part == null || line.contains(part));
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource(delimiter = '|', textBlock = """
            STEPDOWN_STRIP              | everything
            STEPDOWN_OWNERSHIP          | yes
            STEPDOWN_STRICT             | 1
            STEPDOWN_HARDLINKS          | yes
            STEPDOWN_WRITABLE           | data
            STEPDOWN_WRITABLE           | /data:data
            STEPDOWN_EXCLUDE            | ../x
            STEPDOWN_GROUPS             | 1,x
            STEPDOWN_GROUPS             | 4294967295
            STEPDOWN_KEEP_CAP           | NET_BIND
            STEPDOWN_KEEP_FD            | two
            STEPDOWN_LOG                | loud
            STEPDOWN_HOME               | here
            STEPDOWN_SHELL              | sh
            """)
    void a_malformed_variable_is_refused(String variable, String value) {
        Workshop workshop = Workshop.of(flavour);
        workshop.env(variable, value).run("--", "id").refused(variable, value.replaceFirst(".*[,:]", ""));
        workshop.unchanged();
    }

    @Test
    void lists_of_option_and_variable_add_up() {
        Finished finished = Launch.of(flavour)
                .env("STEPDOWN_WRITABLE", "/one:/two")
                .options("--writable /three")
                .run("sh", "-c", "touch /one/f /two/f /three/f && echo all");
        assertThat(finished.succeeded().text()).isEqualTo("all");
    }

    @Test
    void the_author_can_forbid_the_switch() {
        Workshop workshop = Workshop.of(flavour);
        workshop.env("PING_CONTAINER_PRIVILEGED", "true")
                .run("--no-privileged", "--", "id")
                .refused("PING_CONTAINER_PRIVILEGED", "--no-privileged");
        workshop.unchanged();
        assertThat(Launch.of(flavour)
                        .env("PING_CONTAINER_PRIVILEGED", "false")
                        .options("--no-privileged")
                        .run("id", "-u")
                        .succeeded()
                        .text())
                .isEqualTo("9031");
    }

    @Test
    void a_dry_run_prints_the_plan_with_its_values_and_changes_nothing() {
        Workshop workshop = Workshop.of(flavour);
        Finished finished = workshop.env("PING_CONTAINER_UID", "2000")
                .run("--dry-run", "--writable", "/made", "--", "sh", "-c", "secret-argument");
        assertThat(finished.succeeded().text())
                .contains("2000", "9999", "/made", "sh")
                .doesNotContain("secret-argument");
        workshop.unchanged();
    }

    @Test
    void values_and_arguments_that_may_be_secret_are_never_said() {
        Finished finished = Launch.of(flavour)
                .env("PASSWORD", "s3cret")
                .env("STEPDOWN_WRITABEL", "s3cret")
                .options("--log debug")
                .run("sh", "-c", "true s3cret");
        assertThat(finished.succeeded().errors()).doesNotContain("s3cret");
        finished = Launch.of(flavour)
                .env("PASSWORD", "s3cret")
                .options("--log debug")
                .run("/nosuch", "s3cret");
        assertThat(finished.exited(127).errors()).doesNotContain("s3cret");
    }

    @Test
    void a_long_hostile_value_is_escaped_and_cut() {
        Workshop workshop = Workshop.of(flavour);
        Finished finished = workshop.env("PING_CONTAINER_UID", "\u001b]0;x\u0007\r\n" + "9".repeat(5000))
                .run("--", "id");
        finished.refused("PING_CONTAINER_UID");
        assertThat(finished.errors()).hasSizeLessThan(400).matches("[ -~]*\n");
    }

    @Test
    void a_stack_trace_is_printed_at_the_debug_level_only() {
        Workshop workshop = Workshop.of(flavour);
        assertThat(workshop.env("PING_CONTAINER_UID", "x")
                        .run("--log", "debug", "--", "id")
                        .exited(125)
                        .errors())
                .contains("\tat ");
        workshop.env("PING_CONTAINER_UID", "x").run("--", "id").refused("PING_CONTAINER_UID");
    }
}
