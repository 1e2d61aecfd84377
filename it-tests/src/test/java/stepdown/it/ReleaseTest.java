package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The files of a release, made of what was built. */
class ReleaseTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Path RELEASE = PROJECT.resolve("target/release");

    @Test
    void the_same_folders_give_the_same_files() throws Exception {
        String first = sums();
        assertThat(first.lines().toList()).hasSizeBetween(2, 6);
        Map<String, Long> sizes = sizes();
        assertThat(sums()).isEqualTo(first);
        assertThat(sizes()).isEqualTo(sizes).hasSize((int) first.lines().count() + 1);

        String flavours = String.join(
                " ",
                first.lines()
                        .map(line -> line.replaceFirst(".*-(jvm|native)-.*", "$1"))
                        .distinct()
                        .toList());
        assertThat(flavours).isEqualTo(Flavour.built().contains(Flavour.NATIVE) ? "jvm native" : flavours);
        RebuildTest.run(RELEASE, "sha256sum", "--check", "--strict", "SHA256SUMS");
    }

    private static String sums() throws IOException, InterruptedException {
        RebuildTest.run(PROJECT, ".ci/release");
        return Files.readString(RELEASE.resolve("SHA256SUMS"));
    }

    private static Map<String, Long> sizes() throws IOException {
        try (Stream<Path> files = Files.list(RELEASE)) {
            return files.collect(Collectors.toMap(
                    file -> file.getFileName().toString(), file -> file.toFile().length()));
        }
    }

    @Test
    void another_version_than_was_built_is_no_release() throws Exception {
        Process process = new ProcessBuilder(List.of(".ci/release", "--version", "0.0.1"))
                .directory(PROJECT.toFile())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(process.getInputStream().readAllBytes())).matches("release: this is \\S+, not 0.0.1\n");
        assertThat(process.waitFor()).isEqualTo(1);
    }
}
