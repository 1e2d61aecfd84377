package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One property makes the folder for the architecture that this machine has not. */
@Tag("slow")
class OtherArchitectureTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final boolean ON_ARM = System.getProperty("os.arch").equals("aarch64");

    /** Of a JDK for the other architecture, what the runtime is linked of. */
    private static final String JMODS = """
            FROM debian:trixie-slim AS jdk
            RUN dpkg --add-architecture %1$s && apt-get update && cd /tmp && apt-get download openjdk-25-jdk-headless:%1$s && dpkg -x *.deb / && rm *.deb
            RUN mkdir /jmods && cd /usr/lib/jvm/*/jmods && cp java.base.jmod java.logging.jmod /jmods/
            FROM scratch
            COPY --from=jdk /jmods /jmods
            """;

    @TempDir
    Path copy;

    @Test
    void the_folder_is_made_of_programs_of_that_architecture_alone() throws Exception {
        Need.CROSS.ask();
        String architecture = ON_ARM ? "x86_64" : "aarch64";
        String image = Images.made("jmods", Flavour.JVM, JMODS.formatted(ON_ARM ? "amd64" : "arm64"));
        String container = Docker.must("create", "--label", Docker.LABEL, image, "none");
        Docker.must("cp", container + ":/jmods", copy.toString());
        Docker.must("rm", container);
        RebuildTest.run(PROJECT, "cp", "-a", "src", "pom.xml", "maven", copy.toString());
        // Classes are the same for both.
        RebuildTest.run(PROJECT, "cp", "-a", "--parents", "target/classes", copy.toString());

        String said = RebuildTest.run(
                copy,
                "./maven",
                "-B",
                "-ntp",
                "-Dmaven.test.skip=true",
                "-Dmaven.main.skip=true",
                "package",
                "-Dstepdown.arch=" + architecture,
                "-Dstepdown.jmods=" + copy.resolve("jmods"),
                "-Dstepdown.floor=any");
        assertThat(said).contains("no AOT cache, which only a start on " + architecture + " makes");

        Path folder = copy.resolve("target/stepdown-" + architecture);
        List<Path> programs;
        try (Stream<Path> files = Files.walk(folder)) {
            programs = files.filter(file -> Files.isRegularFile(file) && isProgram(file))
                    .toList();
        }
        assertThat(programs)
                .extracting(file -> folder.relativize(file).toString())
                .contains("bin/stepdown", "runtime/bin/java", "runtime/lib/server/libjvm.so")
                .anyMatch(name -> name.startsWith("lib/libjffi"));
        for (Path program : programs) {
            assertThat(Files.readAllBytes(program)[18]).as("%s", program).isEqualTo((byte) (ON_ARM ? 62 : 183));
        }
        assertThat(Files.readString(folder.resolve("lib/files")))
                .contains(" runtime/lib/modules\n", " lib/stepdown.jar\n");
    }

    private static boolean isProgram(Path file) {
        try (var stream = Files.newInputStream(file)) {
            byte[] magic = stream.readNBytes(4);
            return magic.length == 4 && magic[0] == 0x7f && magic[1] == 'E' && magic[2] == 'L' && magic[3] == 'F';
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
