package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.ownership.Paths.Policy;
import stepdown.ownership.Scene.Ask;

@Tag("slow")
class InterruptionTest {
    private static final int ROUNDS = Integer.getInteger("stepdown.interruption.rounds", 50);

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
                "chdir $ARGV[0]; for $d (1..300) { mkdir $d; for (1..50) { open(F, '>', \"$d/$_\") or die } } for"
                        + " (1..5000) { open(F, '>', \"f$_\") or die }",
                tree.toString());
    }

    @Test
    void a_killed_walk_is_finished_by_the_next_start() throws Exception {
        Random random = new Random(1);
        int unfinished = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Scene.run("sh", "-c", "chown -R 0:0 \"$1\" && chmod -R 755 \"$1\"", "sh", tree.toString());
            Process child = Child.start("", List.of("walk", tree.toString(), "ROOT"));
            if (!child.waitFor(random.nextInt(1000), TimeUnit.MILLISECONDS)) {
                child.destroyForcibly().waitFor();
            }
            unfinished += wrong().isEmpty() ? 0 : 1;
            Scene.apply(new Ask().writable(tree).policy(Policy.ROOT).paths());
            assertThat(wrong()).isEmpty();
        }
        System.out.println(unfinished + " of " + ROUNDS + " walks were interrupted");
        assertThat(unfinished).isGreaterThan(ROUNDS / 5);
    }

    private String wrong() {
        return Scene.run(
                "find", tree.toString(), "!", "-user", "2000", "-o", "!", "-group", "3000", "-o", "-perm", "/7");
    }

    @Test
    void TERM_ends_a_walk_at_once() throws Exception {
        Process child = Child.start("", List.of("walk", tree.toString(), "MISMATCH"));
        Thread.sleep(100);
        child.destroy();
        assertThat(child.waitFor(2, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isEqualTo(143);
    }
}
