package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A JVM runs the classes of its AOT cache and does not compare them with the jars, so a build must never leave the
 * cache of another one behind.
 */
@Tag("slow")
class RebuildTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();

    @TempDir
    Path copy;

    @Test
    void a_changed_class_shows_after_the_next_build() throws Exception {
        run(PROJECT, "cp", "-a", "src", "pom.xml", "maven", copy.toString());
        Files.createDirectory(copy.resolve("target"));
        for (String built : List.of("stepdown", "aot", "runtime.made")) {
            run(PROJECT, "cp", "-a", "target/" + built, copy.resolve("target").toString());
        }
        assertThat(help()).contains("Print this text.").doesNotContain("Print this very text.");

        change(copy.resolve("src/main/java/stepdown/settings/Option.java"), "Print this text", "Print this very text");
        run(copy, "./maven", "-q", "-B", "-ntp", "-Dmaven.test.skip=true", "package");

        assertThat(help()).contains("Print this very text.").doesNotContain("Print this text.");
        assertThat(copy.resolve("target/stepdown/lib")).isDirectoryContaining("glob:**.aot");
    }

    private String help() throws IOException, InterruptedException {
        if (!System.getProperty("user.name").equals("root")) {
            return run(copy, "target/stepdown/bin/stepdown", "--help");
        }
        // For root it runs only where all folders above are root's, and here they may be anybody's.
        String there = "mount --bind target/stepdown /mnt && exec /mnt/bin/stepdown --help";
        return run(copy, "unshare", "--mount", "--propagation", "private", "sh", "-c", there);
    }

    private static void change(Path file, String from, String to) throws IOException {
        String text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));
    }

    static String run(Path folder, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("%s in %s:%n%s", String.join(" ", command), folder, output)
                .isZero();
        return output;
    }
}
