package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What a command that ended left behind.
 *
 * @param changes the lines of {@code docker diff}, where they were asked for
 */
record Finished(List<String> command, int exit, byte[] output, String errors, List<String> changes) {

    /** Standard output without its last newline. */
    String text() {
        return new String(output, StandardCharsets.UTF_8).stripTrailing();
    }

    List<String> lines() {
        return text().lines().toList();
    }

    List<String> errorLines() {
        return errors.lines().toList();
    }

    Finished changed(List<String> paths) {
        return new Finished(command, exit, output, errors, paths);
    }

    Finished exited(int expected) {
        assertThat(exit).as("exit code of %s", this).isEqualTo(expected);
        return this;
    }

    Finished succeeded() {
        return exited(0);
    }

    /** The product never ran: one line on stderr that contains all these parts, and nothing on stdout. */
    Finished refused(String... parts) {
        return refusedWith(125, parts);
    }

    Finished refusedWith(int code, String... parts) {
        exited(code);
        assertThat(errorLines()).as("errors of %s", this).hasSize(1);
        assertThat(errors)
                .as("errors of %s", this)
                .startsWith("ERROR stepdown - ")
                .contains(parts);
        assertThat(text()).as("output of %s", this).isEmpty();
        return this;
    }

    @Override
    public String toString() {
        return "%s%n-> %d%n%s%n%s%s"
                .formatted(String.join(" ", command), exit, text(), errors, String.join("\n", changes));
    }
}
