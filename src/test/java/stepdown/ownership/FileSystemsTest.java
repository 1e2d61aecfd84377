package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;

@Tag("slow")
class FileSystemsTest {
    @TempDir
    Path temp;

    private Scene scene;

    @BeforeEach
    void setUp() throws IOException {
        Scene.needsRoot();
        scene = new Scene(temp.toRealPath());
    }

    @AfterEach
    void tearDown() {
        scene.close();
    }

    @Test
    void an_immutable_file_is_an_error_and_the_rest_is_done() throws IOException {
        Path disk = scene.folder("disk");
        Path image = scene.root.resolve("image");
        Scene.run("truncate", "-s", "16M", image.toString());
        Scene.run("/sbin/mkfs.ext4", "-q", "-F", image.toString());
        scene.mount(disk, "-o", "loop", image.toString());
        Path tree = scene.folder("disk/tree");
        Path fixed = scene.file("disk/tree/fixed", 0644);
        Path sparse = scene.file("disk/tree/sparse", 0644);
        Scene.run("truncate", "-s", "1T", sparse.toString());
        Scene.run("chattr", "+i", fixed.toString());
        try {
            Counts counts = Scene.handOver(tree);
            assertThat(counts.of(Kind.ERRORS)).isEqualTo(1);
            assertThat(counts.errors()).containsExactly(fixed + ": chown: EPERM (operation not permitted)");
            assertThat(Scene.state(fixed)).isEqualTo("0:0 644");
            assertThat(Scene.state(sparse)).isEqualTo("2000:3000 640");
            assertThat(Scene.state(tree)).isEqualTo("2000:3000 750");
        } finally {
            Scene.run("chattr", "-i", fixed.toString());
        }
    }

    @Test
    void a_file_of_a_lower_layer_that_is_right_is_not_copied_up() throws IOException {
        Path base = scene.folder("base");
        scene.mount(base, "-t", "tmpfs", "-o", "mode=755", "none");
        Path right = scene.file("base/lower/tree/right", 0640);
        scene.file("base/lower/tree/wrong", 0644);
        Scene.owner(right, Scene.UID, Scene.GID);
        for (String name : new String[] {"base/upper", "base/work", "base/merged"}) {
            scene.folder(name);
        }
        scene.mount(
                base.resolve("merged"),
                "-t",
                "overlay",
                "-o",
                "lowerdir=" + base + "/lower,upperdir=" + base + "/upper,workdir=" + base + "/work",
                "none");
        Counts counts = Scene.handOver(base.resolve("merged/tree"));
        assertThat(counts.of(Kind.CHANGED)).isEqualTo(2);
        assertThat(base.resolve("upper/tree/wrong")).exists();
        assertThat(base.resolve("upper/tree/right")).doesNotExist();
        assertThat(Scene.state(base.resolve("merged/tree/wrong"))).isEqualTo("2000:3000 640");
        assertThat(Files.readString(base.resolve("merged/tree/right"))).isEqualTo("content");
    }
}
