package stepdown.cli;

import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is said on stderr: one line each, through slf4j-simple, set up by system properties so that nothing is searched for. */
final class Log {
    private static final String SIMPLE = "org.slf4j.simpleLogger.";

    private final Logger logger;
    private final boolean debug;

    /** @param level error, warn, info or debug */
    Log(String level) {
        System.setProperty("slf4j.provider", "org.slf4j.simple.SimpleServiceProvider");
        System.setProperty("slf4j.internal.verbosity", "WARN");
        System.setProperty(SIMPLE + "defaultLogLevel", level);
        System.setProperty(SIMPLE + "showThreadName", "false");
        this.logger = LoggerFactory.getLogger("stepdown");
        this.debug = level.equals("debug");
    }

    void summary(String line) {
        logger.info(line);
    }

    void progress(String line) {
        logger.info(line);
    }

    void warn(List<String> lines) {
        for (String line : lines) {
            logger.warn(line);
        }
    }

    void debug(String line) {
        logger.debug(line);
    }

    /** A refusal: always one line, and where it came from only when that was asked for. */
    void refused(String line, Throwable cause) {
        if (debug) {
            logger.error(line, cause);
        } else {
            logger.error(line);
        }
    }
}
