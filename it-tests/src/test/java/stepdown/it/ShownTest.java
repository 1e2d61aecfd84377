package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The test that the README shows: in the project of its example, which has the library as a jar and not as sources. */
class ShownTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Path EXAMPLE = PROJECT.resolve("docker/examples/java-service");

    private static final String INSTALL = "org.apache.maven.plugins:maven-install-plugin:3.1.4:install-file";

    @TempDir
    Path folder;

    @Test
    void the_test_that_is_shown_passes_and_fails_for_an_image_that_stays_root() throws Exception {
        install();
        RebuildTest.run(PROJECT, "cp", "-a", EXAMPLE + "/.", folder.toString());
        String image = Images.example(Flavour.JVM, "java-service");
        Docker.must("tag", image, "stepdown-java-service");
        assertThat(tested().succeeded().text()).contains("Tests run: 1, Failures: 0, Errors: 0, Skipped: 0");

        String root = Images.exampleWith(
                Flavour.JVM, "java-service", "RUN mkdir -p /var/lib/service", "ENV PING_CONTAINER_PRIVILEGED=true");
        Docker.must("tag", root, "stepdown-java-service");
        try {
            Finished failed = tested();
            assertThat(failed.exit()).as("%s", failed).isNotZero();
            assertThat(failed.text()).contains("expected user id 9031, but found 0, in process 1 (java)");
        } finally {
            Docker.must("tag", image, "stepdown-java-service");
        }
    }

    /** As the README's command does, but for the classes that are there: they are those of this run. */
    private void install() throws Exception {
        Path jar = folder.resolve("library.jar");
        String tool = Path.of(System.getProperty("java.home"), "bin", "jar").toString();
        RebuildTest.run(Path.of("."), tool, "--create", "--file", jar.toString(), "-C", "target/classes", ".");
        RebuildTest.run(
                PROJECT,
                "./maven",
                "-B",
                "-ntp",
                "-q",
                INSTALL,
                "-Dfile=" + jar,
                "-DpomFile=it-tests/target/.flattened-pom.xml");
    }

    private Finished tested() {
        return Docker.run(
                "", List.of("../maven", "-B", "-ntp", "-Dstyle.color=never", "-f", folder + "/pom.xml", "test"));
    }
}
