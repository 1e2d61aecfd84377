package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Patience;
import stepdown.Rounds;
import stepdown.kernel.Linux;
import stepdown.ownership.Paths.Strip;
import stepdown.ownership.Scene.Ask;
import stepdown.ownership.Summary.Kind;

/**
 * Somebody swaps what is in the tree for what leads out of it, as fast as the kernel can, while the tree is handed over
 * again and again. For 200,000 swaps of each kind: {@code ./maven test -Dtest=RaceTest,ComingAndGoingTest
 * -Dtest.excluded= -Dtimes=40 -Dtest.timeout="4 h"}.
 */
@Tag("slow")
class RaceTest {
    private static final int DISTURBED = Rounds.of(500);
    private static final long SWAPS = Rounds.of(5_000);
    private static final int SHORT_WALKS = Rounds.of(20_000);
    private static final int SLOTS = 6;
    private static final int DEPTH = 24;

    @TempDir
    Path temp;

    private Scene scene;
    private Path tree;
    private final List<String> pairs = new ArrayList<>();
    private final List<Integer> files = new ArrayList<>();

    @BeforeEach
    void setUp() throws IOException {
        Scene.needsRoot();
        scene = new Scene(temp.toRealPath());
        tree = scene.folder("tree");
        scene.file("outside/folder/file", 0604);
        scene.file("outside/readonly/file", 0604);
        for (int i = 0; i < SLOTS; i++) {
            scene.file("outside/hard" + i, 0604);
            scene.file("outside/soft" + i, 0604);
        }
    }

    @AfterEach
    void tearDown() throws Exception {
        for (int file : files) {
            Scene.KERNEL.close(file);
        }
        scene.close();
    }

    /** A file in the tree, held so that its mode can be made wrong again whatever its name is. */
    private Path real(String name) throws Exception {
        Path file = scene.file(name, 0755);
        files.add(Scene.KERNEL.open(file.toString(), Linux.O_RDONLY));
        return file;
    }

    private void pair(Path one, Path other) {
        pairs.add(one.toString());
        pairs.add(other.toString());
    }

    /** Files, folders, links, pipes and devices that take each other's names. */
    private void slot(int i) throws Exception {
        Path outside = scene.root.resolve("outside");
        String at = "tree/sub" + i + "/";
        Path hard = scene.root.resolve(at + "hard");
        pair(real(at + "h"), hard);
        Files.createLink(hard, outside.resolve("hard" + i));
        Path soft = scene.root.resolve(at + "soft");
        pair(real(at + "s"), soft);
        Files.createSymbolicLink(soft, outside.resolve("soft" + i));
        Path link = scene.root.resolve(at + "link");
        scene.file(at + "folder/file", 0755);
        pair(scene.root.resolve(at + "folder"), link);
        Files.createSymbolicLink(link, outside.resolve("folder"));
        scene.file(at + "d/file", 0755);
        pair(scene.root.resolve(at + "d"), scene.file(at + "f", 0755));
        Path pipe = scene.root.resolve(at + "pipe");
        Scene.run("mkfifo", pipe.toString());
        pair(real(at + "p"), pipe);
        Path device = scene.root.resolve(at + "device");
        Scene.run("mknod", "-m", "604", device.toString(), "c", "1", "3");
        pair(real(at + "c"), device);
        pair(scene.root.resolve(at + "folder"), device);
    }

    /** A deep folder that is moved out and back: its {@code ..} is then the folder outside. */
    private void deep() throws IOException {
        StringBuilder path = new StringBuilder("tree");
        for (int i = 0; i < DEPTH; i++) {
            path.append("/level").append(i);
            scene.file(path + "/file", 0755);
        }
        for (int level : new int[] {5, 12, 18}) {
            String inside = path.substring(0, path.indexOf("/level" + (level + 1)));
            scene.file("outside/park" + level + "/file", 0755);
            pair(scene.root.resolve(inside), scene.root.resolve("outside/park" + level));
        }
    }

    @Test
    void nothing_outside_changes_and_every_walk_ends() throws Exception {
        for (int i = 0; i < SLOTS; i++) {
            slot(i);
        }
        deep();
        Path mounted = scene.folder("tree/mounted");
        scene.mount(
                mounted,
                "--bind",
                "-o",
                "ro",
                scene.root.resolve("outside/readonly").toString());
        pair(scene.root.resolve("tree/sub0/folder"), scene.root.resolve("tree/sub1/f"));
        race(DISTURBED, DISTURBED, 1);
    }

    /** Few names, so that each is swapped within the microseconds between two calls of the walk. */
    @ParameterizedTest
    @ValueSource(strings = {"hard", "soft"})
    void a_single_file_is_never_mistaken_for_what_takes_its_name(String kind) throws Exception {
        Path other = scene.root.resolve("tree/other");
        Path outside = scene.root.resolve("outside/" + kind + 0);
        pair(real("tree/file"), other);
        if (kind.equals("hard")) {
            Files.createLink(other, outside);
        } else {
            Files.createSymbolicLink(other, outside);
        }
        race(SHORT_WALKS, DISTURBED, 100);
    }

    /**
     * @param leastWalks how many there are at least
     * @param wanted how many of them must have had names swapped while they were at work: on a single processor few are
     */
    private void race(int leastWalks, int wanted, int walksBetweenLooks) throws Exception {
        Path counter = Files.write(scene.root.resolve("swaps"), new byte[Long.BYTES]);
        List<String> arguments = new ArrayList<>(List.of("swap", counter.toString()));
        arguments.addAll(pairs);
        Process swapper = Child.start("", arguments);
        int walks = 0;
        int disturbed = 0;
        long changed = 0;
        try (FileChannel channel = FileChannel.open(counter)) {
            ByteBuffer swaps = Child.inNativeOrder(channel.map(FileChannel.MapMode.READ_ONLY, 0, Long.BYTES));
            Patience patience = Patience.forRounds(() -> wanted + " walks that were disturbed");
            for (; walks < leastWalks || disturbed < wanted || swaps.getLong(0) < SWAPS; walks++) {
                assertThat(swapper.isAlive())
                        .as("swapping after %d walks", walks)
                        .isTrue();
                patience.check();
                for (int file : files) {
                    Scene.KERNEL.chmod(file, "", 0757);
                }
                // Root's own every other time: folders that are root's alone are walked in another way.
                Ask ask = new Ask()
                        .writable(tree)
                        .strip(walks % 3 == 0 ? Strip.NONE : Strip.O)
                        .ids(walks % 2 == 0 ? Scene.UID : 0, Scene.GID);
                Ask request = ask;
                long before = swaps.getLong(0);
                changed += Scene.apply(request).total().of(Kind.CHANGED);
                disturbed += swaps.getLong(0) > before ? 1 : 0;
                if (walks % walksBetweenLooks == 0) {
                    assertOutsideIsAsItWas();
                }
            }
        } finally {
            swapper.destroyForcibly().waitFor();
        }
        assertOutsideIsAsItWas();
        assertThat(Scene.run("find", tree.toString(), "-type", "c", "!", "-user", "0"))
                .isEmpty();
        System.out.println(walks + " walks, " + disturbed + " disturbed, " + changed + " changes, nothing outside");
        assertThat(changed).isGreaterThan(walks);
    }

    private void assertOutsideIsAsItWas() {
        Path outside = scene.root.resolve("outside");
        assertThat(Scene.state(outside)).isEqualTo("0:0 755");
        for (String folder : List.of("folder", "readonly")) {
            assertThat(Scene.state(outside.resolve(folder))).isEqualTo("0:0 755");
            assertThat(Scene.state(outside.resolve(folder + "/file"))).isEqualTo("0:0 604");
        }
        for (int i = 0; i < SLOTS; i++) {
            assertThat(Scene.state(outside.resolve("hard" + i))).isEqualTo("0:0 604");
            assertThat(Scene.state(outside.resolve("soft" + i))).isEqualTo("0:0 604");
        }
    }
}
