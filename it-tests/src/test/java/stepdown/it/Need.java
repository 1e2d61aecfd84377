package stepdown.it;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.List;
import java.util.Locale;

/**
 * What a machine may lack. A test that needs it fails there, and says why, unless whoever runs the tests has asked to
 * leave such tests out.
 */
enum Need {
    ROOT,
    REMAPPED,
    ROOTLESS,
    SWARM,
    KUBE,
    FUSE,
    CROSS,
    NATIVE;

    private static final List<String> LEFT_OUT =
            List.of(System.getProperty("stepdown.without", "").split(","));

    private final String word = name().toLowerCase(Locale.ROOT);

    boolean isLeftOut() {
        return LEFT_OUT.contains(word);
    }

    /** To be called before it is tried to have it. */
    void ask() {
        assumeFalse(isLeftOut(), "left out as was asked: --without " + word);
    }

    void isMissing(String why) {
        ask();
        fail(why + "; it-tests/run --without " + word + " leaves out the tests that need it");
    }
}
