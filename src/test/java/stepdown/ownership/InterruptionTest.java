package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.Patience;
import stepdown.Rounds;
import stepdown.ownership.Paths.Policy;
import stepdown.ownership.Scene.Ask;

@Tag("slow")
class InterruptionTest {
    private static final int FOLDERS = 300;
    private static final int FILES_IN_EACH = 50;
    private static final int FILES = 5000;
    private static final int INTERRUPTED = Rounds.of(20);

    @TempDir
    Path temp;

    private Path tree;

    @BeforeEach
    void setUp() throws IOException {
        Scene.needsRoot();
        tree = new Scene(temp.toRealPath()).folder("tree");
        Scene.run(
                "perl",
                "-e",
                "($tree, $folders, $each, $files) = @ARGV; chdir $tree; for $d (1..$folders) { mkdir $d; for (1..$each) {"
                        + " open(F, '>', \"$d/$_\") or die } } for (1..$files) { open(F, '>', \"f$_\") or die }",
                tree.toString(),
                "" + FOLDERS,
                "" + FILES_IN_EACH,
                "" + FILES);
    }

    @Test
    void a_killed_walk_is_finished_by_the_next_start() throws Exception {
        Random random = new Random(1);
        int unfinished = 0;
        for (int round = 0; unfinished < INTERRUPTED; round++) {
            assertThat(round).as("kills, %d of them before the end", unfinished).isLessThan(4 * INTERRUPTED);
            Scene.run("sh", "-c", "chown -R 0:0 \"$1\" && chmod -R 755 \"$1\"", "sh", tree.toString());
            Process child = Child.start("", List.of("walk", tree.toString(), "ROOT"));
            awaitTheUsers(any(random));
            child.destroyForcibly().waitFor();
            unfinished += wrong().isEmpty() ? 0 : 1;
            Scene.apply(new Ask().writable(tree).policy(Policy.ROOT));
            assertThat(wrong()).isEmpty();
        }
    }

    /** One file of all: how far a walk is when it has come there is as good as drawn by lot. */
    private Path any(Random random) {
        int n = random.nextInt(FOLDERS * FILES_IN_EACH + FILES);
        return tree.resolve(n < FILES ? "f" + (n + 1) : n % FOLDERS + 1 + "/" + ((n - FILES) / FOLDERS + 1));
    }

    private static void awaitTheUsers(Path path) {
        Patience.until(path + " to be the user's", () -> isTheUsers(path));
    }

    private static boolean isTheUsers(Path path) {
        return Scene.state(path).startsWith(Scene.UID + ":");
    }

    private String wrong() {
        return Scene.run(
                "find", tree.toString(), "!", "-user", "2000", "-o", "!", "-group", "3000", "-o", "-perm", "/7");
    }

    @Test
    void TERM_ends_a_walk_before_its_end() throws Exception {
        // Any of these, as the order of a walk is its own: when the first of them is done, most of the rest is not.
        Random random = new Random(2);
        List<Path> some = Stream.generate(() -> any(random)).limit(50).toList();
        Process child = Child.start("", List.of("walk", tree.toString(), "MISMATCH"));
        Patience.until("one of 50 files to be the user's", () -> some.stream().anyMatch(InterruptionTest::isTheUsers));
        child.destroy();
        assertThat(child.waitFor()).isEqualTo(143);
        assertThat(wrong()).isNotEmpty();
    }
}
