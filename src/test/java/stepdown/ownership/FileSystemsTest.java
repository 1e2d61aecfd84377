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

    /** Of its dots no type is told either: to follow them leads out of the tree. */
    @Test
    void where_a_file_system_tells_no_types_of_entries_nothing_above_the_tree_changes() throws IOException {
        Path disk = scene.folder("disk");
        Path image = scene.root.resolve("image");
        Scene.run("truncate", "-s", "16M", image.toString());
        Scene.run("/sbin/mkfs.ext4", "-q", "-F", "-O", "^filetype", image.toString());
        scene.mount(disk, "-o", "loop", image.toString());
        Path tree = scene.folder("disk/app/data");
        Path inside = scene.file("disk/app/data/sub/file", 0644);
        Path beside = scene.file("disk/app/other/secret", 0600);
        Counts counts = Scene.handOver(tree);
        assertThat(counts.of(Kind.SEEN)).isEqualTo(3);
        assertThat(counts.of(Kind.CHANGED)).isEqualTo(3);
        assertThat(Scene.state(inside)).isEqualTo("2000:3000 640");
        assertThat(Scene.state(beside)).isEqualTo("0:0 600");
        assertThat(Scene.state(tree.getParent())).startsWith("0:0 ");
    }

    /** Copying up changes birth times above, and a position in a lower folder means nothing in the merged one. */
    @Test
    void nothing_is_left_out_of_a_tree_on_overlayfs() throws IOException {
        Path base = scene.folder("base");
        scene.mount(base, "-t", "tmpfs", "-o", "mode=755", "none");
        for (String name : new String[] {"base/lower/tree", "base/upper", "base/work", "base/merged"}) {
            scene.folder(name);
        }
        Scene.run(
                "perl",
                "-e",
                "chdir $ARGV[0]; for (1..40) { mkdir 'd' or die; open F, '>', \"f$_\" for 1..20; chdir 'd' or die;"
                        + " if ($_ == 3 || $_ == 30) { for (1..5000) { open F, '>', \"n$_\" or die } } }",
                base + "/lower/tree");
        Path merged = base.resolve("merged");
        scene.mount(
                merged,
                "-t",
                "overlay",
                "-o",
                "lowerdir=" + base + "/lower,upperdir=" + base + "/upper,workdir=" + base + "/work",
                "none");
        Path tree = merged.resolve("tree");
        Counts counts = Scene.handOver(tree);
        assertThat(counts.of(Kind.SEEN)).isEqualTo(1 + 40 + 40 * 20 + 2 * 5000);
        assertThat(counts.of(Kind.ERRORS)).isZero();
        assertThat(Scene.run("find", tree.toString(), "!", "-user", "2000")).isEmpty();
        assertThat(Scene.handOver(tree).of(Kind.CHANGED)).isZero();
    }

    @Test
    void what_is_mounted_over_a_file_is_never_opened() throws IOException {
        Path tree = scene.folder("tree");
        Path over = scene.file("tree/file", 0644);
        Path fifo = scene.root.resolve("fifo");
        Scene.run("mkfifo", fifo.toString());
        scene.mount(over, "--bind", fifo.toString());
        Counts counts = Scene.handOver(tree);
        assertThat(counts.of(Kind.SEEN)).isEqualTo(2);
        assertThat(counts.of(Kind.MOUNTED_FILES)).isEqualTo(1);
        assertThat(Scene.state(fifo)).startsWith("0:0 ");
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
