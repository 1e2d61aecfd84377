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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stepdown.Need;
import stepdown.Patience;
import stepdown.Rounds;
import stepdown.kernel.Kernel;
import stepdown.kernel.Libc;
import stepdown.ownership.Paths.Strip;
import stepdown.ownership.Scene.Ask;
import stepdown.ownership.Summary.Kind;

/**
 * Somebody lets names come into the tree and go again that belong to files outside: what is held has a link count of
 * one when it is looked at, and is not the tree's all the same.
 */
@Tag("slow")
class ComingAndGoingTest {
    private static final long SWAPS = Rounds.of(5_000);
    private static final int WALKS = Rounds.of(200);
    private static final int FEWER_WALKS = Rounds.of(25);
    private static final int MANY = 1500;
    private static final int NAMES = 32;
    private static final int FOLDERS = 20;

    /**
     * Whoever may read and write a file may link it, whatever protects links; of what is in a program's class path,
     * others may not even read all.
     */
    private static final int OUTSIDE = 0606;

    private static final String AS_USER = "set -- setpriv --reuid 2000 --regid 3000 --clear-groups"
            + " --inh-caps +dac_read_search --ambient-caps +dac_read_search \"$@\"; ";

    private static final Path PROTECTED_HARDLINKS = Path.of("/proc/sys/fs/protected_hardlinks");

    @TempDir
    Path temp;

    private Scene scene;
    private Path tree;
    private final List<String> pairs = new ArrayList<>();
    private final List<Path> outside = new ArrayList<>();
    private final Set<Long> threads = ConcurrentHashMap.newKeySet();

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
    private void grow(boolean folders, boolean much) throws IOException {
        for (int i = 0; i < NAMES; i++) {
            String folder = "tree/folder" + i % FOLDERS;
            scene.file(folder + "/file" + i, 0644);
            if (folders) {
                outside.add(scene.file("outside/name" + i + "/file", OUTSIDE));
                scene.file(folder + "/name" + i + "/deep/file", 0666);
                Scene.mode(scene.folder(folder + "/name" + i), 0777);
            } else {
                outside.add(scene.file("outside/name" + i, OUTSIDE));
            }
            pairs.add(scene.root.resolve("outside/name" + i).toString());
            pairs.add(scene.root.resolve(folder + "/name" + i).toString());
        }
        for (int i = 0; much && i < MANY; i++) {
            scene.file("tree/folder" + i % FOLDERS + "/other" + i, 0644);
        }
        Scene.mode(scene.root.resolve("outside"), 0777);
        openFolders();
    }

    private void openFolders() throws IOException {
        for (int i = 0; i < FOLDERS; i++) {
            Scene.mode(tree.resolve("folder" + i), 0777);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // how, where, threads, who, fs.protected_hardlinks
        "link,   tmpfs, few,  root, 1",
        "link,   disk,  few,  root, 0",
        "link,   disk,  slow, root, 1",
        "link,   tmpfs, few,  user, 1",
        "link,   disk,  all,  user, 0",
        "over,   tmpfs, few,  root, 1",
        "over,   disk,  slow, root, 1",
        "over,   disk,  few,  user, 1",
        "over,   tmpfs, all,  user, 0",
        "folder, tmpfs, slow, root, 1",
        "folder, disk,  all,  user, 0",
        "move,   tmpfs, all,  root, 1",
        "move,   disk,  few,  user, 0",
    })
    void a_file_from_outside_is_never_taken_for_one_of_the_trees(
            String how, String where, String work, String who, String links) throws Exception {
        boolean all = work.equals("all");
        if (where.equals("tmpfs")) {
            scene.mount(scene.root, "-t", "tmpfs", "-o", "mode=755", "none");
            tree = scene.folder("tree");
        }
        grow(how.equals("move"), all);
        Path counter = Files.write(temp.resolveSibling(temp.getFileName() + "-done"), new byte[Long.BYTES]);
        Scene.owner(counter, Scene.UID, Scene.GID);
        String before = Files.readString(PROTECTED_HARDLINKS);
        List<Process> attackers = new ArrayList<>();
        int walks = 0;
        long changed = 0;
        try (FileChannel channel = FileChannel.open(counter)) {
            protectHardlinks(links);
            ByteBuffer done = Child.inNativeOrder(channel.map(FileChannel.MapMode.READ_ONLY, 0, Long.BYTES));
            for (int i = 0; i < 2; i++) {
                List<String> arguments = new ArrayList<>(List.of(how, counter.toString()));
                arguments.addAll(pairs.subList(i * NAMES, (i + 1) * NAMES));
                attackers.add(Child.start(who.equals("user") ? AS_USER : "", arguments));
            }
            Patience patience = Patience.forRounds(() -> SWAPS + " names that came or went");
            Kernel kernel = work.equals("few") ? Scene.KERNEL : waiting(all ? 400_000 : 200_000);
            int least = all ? FEWER_WALKS : WALKS;
            for (long begun = done.getLong(0); done.getLong(0) < begun + SWAPS || walks < least; walks++) {
                patience.check();
                assertThat(attackers).as("attackers").allMatch(Process::isAlive);
                openFolders();
                Ask ask = new Ask().writable(tree).strip(Strip.NONE).ids(walks % 2 == 0 ? Scene.UID : 0, Scene.GID);
                changed += Scene.apply(kernel, ask).total().of(Kind.CHANGED);
                assertOutsideIsAsItWas();
            }
        } finally {
            protectHardlinks(before);
            for (Process attacker : attackers) {
                attacker.destroyForcibly().waitFor();
            }
            Files.delete(counter);
        }
        System.out.println(how + " " + where + ": " + walks + " walks, " + changed + " changes, nothing outside");
        assertThat(changed).isGreaterThan(walks * NAMES);
        if (all) {
            assertThat(threads).as("threads at work").hasSizeGreaterThan(16);
        }
    }

    private static void protectHardlinks(String value) {
        try {
            Files.writeString(PROTECTED_HARDLINKS, value);
        } catch (IOException e) {
            Need.MOUNT.isMissing(e.toString());
        }
    }

    /**
     * Where each look waits as for a server, all threads are at work, and what happens between two calls has the time
     * to.
     */
    private Kernel waiting(int nanos) {
        Libc real = Scene.KERNEL.libc();
        Libc slow = (Libc) Proxy.newProxyInstance(
                Libc.class.getClassLoader(), new Class<?>[] {Libc.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("statx") || method.getName().equals("openat")) {
                        threads.add(Thread.currentThread().threadId());
                        LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(nanos));
                    }
                    return method.invoke(real, arguments);
                });
        return new Kernel(Scene.KERNEL.memory(), slow, null);
    }

    private void assertOutsideIsAsItWas() {
        assertThat(Scene.state(scene.root.resolve("outside"))).isEqualTo("0:0 777");
        for (Path file : outside) {
            assertThat(Scene.state(file)).isEqualTo("0:0 " + Integer.toOctalString(OUTSIDE));
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            assertThat(Scene.state(Path.of(pairs.get(i)))).startsWith("0:0 ");
        }
    }
}
