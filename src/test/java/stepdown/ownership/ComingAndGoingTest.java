package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stepdown.Patience;
import stepdown.Rounds;
import stepdown.kernel.Kernel;
import stepdown.kernel.Libc;
import stepdown.ownership.Paths.Strip;
import stepdown.ownership.Scene.Ask;
import stepdown.ownership.Summary.Kind;

/**
 * Somebody lets names come into the tree and go again that belong to files outside: what is held has a link count of one when it is looked at, and is not the tree's all
 * the same.
 */
@Tag("slow")
class ComingAndGoingTest {
    private static final long SWAPS = Rounds.of(5_000);
    private static final int WALKS = Rounds.of(200);
    private static final int NAMES = 32;
    private static final int FOLDERS = 20;

    @TempDir
    Path temp;

    private Scene scene;
    private Path tree;
    private final List<String> pairs = new ArrayList<>();

    @BeforeEach
    void setUp() throws IOException {
        Scene.needsRoot();
        scene = new Scene(temp.toRealPath());
        tree = scene.folder("tree");
    }

    @AfterEach
    void tearDown() {
        scene.close();
    }

    /** Folders that others can write, with files of their own, and names that come and go among these. */
    private void grow() throws IOException {
        for (int i = 0; i < NAMES; i++) {
            Path folder = scene.folder("tree/folder" + i % FOLDERS);
            scene.file("tree/folder" + i % FOLDERS + "/file" + i, 0644);
            pairs.add(scene.file("outside/file" + i, 0604).toString());
            pairs.add(folder.resolve("name" + i).toString());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "link, tmpfs, false",
        "link, disk, false",
        "link, disk, true",
        "over, tmpfs, false",
        "over, disk, true",
        "folder, tmpfs, true"
    })
    void a_file_from_outside_is_never_taken_for_one_of_the_trees(String how, String where, boolean slow)
            throws Exception {
        if (where.equals("tmpfs")) {
            scene.mount(scene.root, "-t", "tmpfs", "-o", "mode=755", "none");
            tree = scene.folder("tree");
        }
        grow();
        Path counter = Files.write(temp.resolveSibling(temp.getFileName() + "-done"), new byte[Long.BYTES]);
        List<Process> attackers = new ArrayList<>();
        int walks = 0;
        long changed = 0;
        try (FileChannel channel = FileChannel.open(counter)) {
            ByteBuffer done = Child.inNativeOrder(channel.map(FileChannel.MapMode.READ_ONLY, 0, Long.BYTES));
            for (int i = 0; i < 2; i++) {
                List<String> arguments = new ArrayList<>(List.of(how, counter.toString()));
                arguments.addAll(pairs.subList(i * NAMES, (i + 1) * NAMES));
                attackers.add(Child.start("", arguments));
            }
            Patience patience = Patience.forRounds(() -> SWAPS + " names that came or went");
            Kernel kernel = slow ? waiting() : Scene.KERNEL;
            for (long begun = done.getLong(0); done.getLong(0) < begun + SWAPS || walks < WALKS; walks++) {
                patience.check();
                assertThat(attackers).as("attackers").allMatch(Process::isAlive);
                for (int i = 0; i < FOLDERS; i++) {
                    Scene.mode(tree.resolve("folder" + i), 0777);
                }
                Ask ask = new Ask().writable(tree).strip(Strip.NONE).ids(walks % 2 == 0 ? Scene.UID : 0, Scene.GID);
                changed += Scene.apply(kernel, ask.paths()).total().of(Kind.CHANGED);
                assertOutsideIsAsItWas();
            }
        } finally {
            for (Process attacker : attackers) {
                attacker.destroyForcibly().waitFor();
            }
            Files.delete(counter);
        }
        System.out.println(how + " " + where + ": " + walks + " walks, " + changed + " changes, nothing outside");
        assertThat(changed).isGreaterThan(walks * NAMES);
    }

    /** Where each look waits as for a server, all threads are at work, and what happens between two calls has the time to. */
    private static Kernel waiting() {
        Libc real = Scene.KERNEL.libc();
        Libc slow = (Libc) Proxy.newProxyInstance(
                Libc.class.getClassLoader(), new Class<?>[] {Libc.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("statx") || method.getName().equals("openat")) {
                        LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(200_000));
                    }
                    return method.invoke(real, arguments);
                });
        return new Kernel(Scene.KERNEL.memory(), slow, null);
    }

    private void assertOutsideIsAsItWas() {
        for (int i = 0; i < pairs.size(); i += 2) {
            assertThat(Scene.state(Path.of(pairs.get(i)))).isEqualTo("0:0 604");
        }
    }
}
