package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * At whatever moment of a start they come: none is lost, none that is ignored ends it, and whoever is killed leaves
 * nobody behind.
 */
@EachFlavour
class SignalsTest {
    private static final int TIMES = Integer.getInteger("stepdown.times", 1);

    @Parameter
    Flavour flavour;

    @Test
    void no_signal_that_comes_between_the_first_step_and_the_exec_is_lost() {
        assertThat(counted("sent", 200 * TIMES)).isGreaterThanOrEqualTo(50 * TIMES);
    }

    /** As nohup and a shell's & make it; some of them blocked as well. */
    @Test
    void a_signal_that_is_ignored_ends_no_start() {
        assertThat(counted("ignored", 60 * TIMES)).isGreaterThanOrEqualTo(15 * TIMES);
    }

    /** Process 1 of this container takes care of nobody's children, so one that stayed would be seen. */
    @Test
    void a_start_that_is_killed_leaves_no_process() {
        counted("killed", 50 * TIMES);
    }

    /** One that dies by itself, in ways that a first program and a runtime have. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "ulimit -v 50000",
                "rm /opt/stepdown/runtime/lib/modules",
                "set -- \"$@\" --no-such-option",
                "set -- \"$@\" -- /no/such/command",
                "set -- \"$@\" -- false"
            })
    void a_start_that_ends_by_itself_leaves_no_process_and_nobody_waits(String before) {
        String code = "set -- /opt/stepdown/bin/stepdown\n(" + before
                + "\n\"$@\" 2>&1) | timeout 60 cat >/dev/null || echo waits\n" + "echo /proc/[0-9]*";
        String container = open();
        try {
            assertThat(Docker.docker("exec", container, "sh", "-c", code)
                            .succeeded()
                            .text())
                    .matches("/proc/1 /proc/\\d+");
        } finally {
            Docker.docker("rm", "-f", container);
        }
    }

    /** How many of these starts counted; none of them ended as it should not. */
    private int counted(String what, int starts) {
        String container = open("--cap-add", "SYS_ADMIN", "--security-opt", "seccomp=unconfined");
        try {
            Finished finished = Docker.docker("exec", container, "/probe/signals", what, "" + starts);
            assertThat(finished.succeeded().text()).as("%s", finished).matches("\\d+ counted, 0 wrong");
            return Integer.parseInt(finished.text().split(" ")[0]);
        } finally {
            Docker.docker("rm", "-f", container);
        }
    }

    private String open(String... flags) {
        Stream<String> words =
                Stream.of("run", "-d", "--network=none", "--label", Docker.LABEL, "--entrypoint", "sleep");
        return Docker.docker(Stream.of(words, Stream.of(flags), Stream.of(Images.probe(flavour), "36000"))
                        .flatMap(stream -> stream)
                        .toList())
                .succeeded()
                .text();
    }
}
