package stepdown.start;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is said on stderr: one line each, through slf4j-simple, set up by system properties so that nothing is searched
 * for.
 */
final class Log {
    /** Looked up by its name: the native flavour knows it from its reachability metadata. */
    static final String PROVIDER = "org.slf4j.simple.SimpleServiceProvider";

    private static final String SIMPLE = "org.slf4j.simpleLogger.";

    private final String level;
    private @Nullable Logger logger;

    /** @param level error, warn, info or debug */
    Log(String level) {
        this.level = level;
    }

    /** Made when the first line is said: slf4j-simple reads its level once for the life of the process. */
    private Logger logger() {
        if (logger == null) {
            // Where slf4j-simple looks for a file of settings: Java would open the jar for that, and index it.
            Thread.currentThread().setContextClassLoader(ClassLoader.getPlatformClassLoader());
            System.setProperty("slf4j.provider", PROVIDER);
            System.setProperty("slf4j.internal.verbosity", "WARN");
            System.setProperty(SIMPLE + "defaultLogLevel", level);
            System.setProperty(SIMPLE + "showThreadName", "false");
            logger = LoggerFactory.getLogger("stepdown");
        }
        return logger;
    }

    void summary(String line) {
        if (level.equals("info") || level.equals("debug")) {
            logger().info(line);
        }
    }

    void warn(List<String> lines) {
        for (String line : lines) {
            logger().warn(line);
        }
    }

    /** Each line of {@code lines} by itself. */
    void debug(String lines) {
        if (level.equals("debug")) {
            for (String line : lines.split("\n", -1)) {
                logger().debug(line);
            }
        }
    }

    /** A refusal: always one line, and where it came from only when that was asked for. */
    void refused(String message, Throwable cause) {
        logger().error(message.replace('\n', ' '), level.equals("debug") ? cause : null);
    }
}
