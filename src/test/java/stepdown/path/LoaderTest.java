package stepdown.path;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stepdown.kernel.SimulatedLinux;

class LoaderTest {
    @TempDir
    Path root;

    private void write(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void folders_are_those_of_the_configuration_of_what_it_includes_and_of_what_is_preloaded() throws IOException {
        write(
                "etc/ld.so.conf",
                "# one\n/srv/a, /srv/b:/srv//c/\n\tinclude ld.so.conf.d/*.conf /none/*\n/srv/d=libc6 #/x\n");
        write("etc/ld.so.conf.d/e.conf", "/srv/e\n/usr/lib/x\nrelative\ninclude e.conf");
        write("etc/ld.so.conf.d/f.off", "/srv/f\n");
        write("etc/ld.so.preload", "/srv/g/one.so two.so\n/srv/h/three.so");
        assertThat(Loader.folders(new SimulatedLinux(root).kernel()))
                .containsOnly("/srv/a", "/srv/b", "/srv/c", "/srv/d", "/srv/e", "/srv/g", "/srv/h");
    }

    @Test
    void an_image_without_configuration_names_none() {
        assertThat(Loader.folders(new SimulatedLinux(root).kernel())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "x.conf, *.conf, true",
        ".conf, *.conf, true",
        "x.conf.d, *.conf, false",
        "x.conf, x.conf, true",
        "x.conf, ?.conf, true",
        "xy.conf, ?.conf, false",
        "a-b-c, a*c, true",
        "a-b-c, a*-*-?, true",
        "a-b, a*-*-?, false",
        "x.conf, *, true",
        "xconf, x.conf, false",
        "x, '', false"
    })
    void a_pattern_is_one_of_glob(String name, String pattern, boolean matches) {
        assertThat(Loader.matches(name, pattern)).isEqualTo(matches);
    }
}
