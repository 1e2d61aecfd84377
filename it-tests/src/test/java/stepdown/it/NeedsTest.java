package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Which capabilities a start takes: each row of README's table, with every state of a path, every policy, strict and
 * not.
 */
@EachFlavour
class NeedsTest {
    private static final String DROP = "SETUID SETGID SETPCAP";
    private static final String ALL = DROP + " CHOWN FOWNER FSETID DAC_OVERRIDE";

    /** State by state: how it is made as root with all capabilities, and how it is then seen. */
    private static final List<String[]> STATES = List.of(
            new String[] {"right", "mkdir -m 750 /d; chown 9031:9999 /d", "9031:9999 750"},
            new String[] {"wrong", "mkdir -m 755 /d", "0:0 755"},
            new String[] {"missing", "true", "none"},
            new String[] {"users", "mkdir -m 700 /d; chown 9031:9999 /d", "9031:9999 700"},
            new String[] {"anothers", "mkdir -m 700 /d; chown 5:5 /d", "5:5 700"});

    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                DROP,
                DROP + " CHOWN",
                DROP + " CHOWN FOWNER FSETID",
                DROP + " CHOWN FOWNER DAC_OVERRIDE",
                DROP + " FOWNER FSETID DAC_OVERRIDE",
                ALL
            })
    void a_walk_takes_four_and_nothing_else_any(String capabilities) {
        StringBuilder script = new StringBuilder("stepdown=$1\nshift\n");
        List<String> expected = new ArrayList<>();
        for (String[] state : STATES) {
            for (String policy : List.of("mismatch", "root", "off")) {
                for (String strict : List.of("", "--strict")) {
                    script.append("")
                            .append(state[1])
                            .append("; status=0; setpriv --bounding-set -all")
                            .append(added(",+", capabilities))
                            .append(" --inh-caps -all \"$stepdown\" --writable /d --ownership ")
                            .append(policy)
                            .append(' ')
                            .append(strict)
                            .append(
                                    " -- true 2>/dev/null || status=$?; echo \"$status $(stat -c '%u:%g %a' /d || echo none)\"; rm -rf /d\n");
                    boolean walks =
                            policy.equals("mismatch") || (policy.equals("root") && !state[2].startsWith("9031:9999"));
                    boolean lacks = walks && !capabilities.equals(ALL);
                    boolean changed = walks && !lacks && !state[0].equals("users") && !state[0].equals("right");
                    String mode = state[0].equals("anothers") ? "700" : "750";
                    expected.add((lacks ? "125 " : "0 ") + (changed ? "9031:9999 " + mode : state[2]));
                }
            }
        }
        Finished finished =
                Launch.of(flavour).shell(script.append("exit").toString()).run("true");
        assertThat(finished.lines()).as("%s", finished).isEqualTo(expected);
    }

    private static String added(String before, String capabilities) {
        return before
                + String.join(
                        before, capabilities.toLowerCase(java.util.Locale.ROOT).split(" "));
    }
}
