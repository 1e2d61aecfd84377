package stepdown;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * What a machine may lack. A test that needs it fails there, and says why, unless whoever runs the tests has asked to
 * leave such tests out.
 */
public enum Need {
    ROOT,
    MOUNT,
    LOOP,
    FUSE,
    CROSS;

    private static final List<String> LEFT_OUT =
            List.of(System.getProperty("stepdown.without", "").split(","));

    private final String word = name().toLowerCase(Locale.ROOT);

    /** To be called before it is tried to have it. */
    public void ask() {
        assumeFalse(LEFT_OUT.contains(word), "left out as was asked: --without " + word);
    }

    public void isMissing(String why) {
        ask();
        fail(why + "; it-tests/run --without " + word + " (with Maven alone -Dwithout=" + word
                + ") leaves out the tests that need it");
    }

    public static void root() {
        ROOT.ask();
        try {
            if (!Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"))) {
                ROOT.isMissing("this test must be run as root");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
