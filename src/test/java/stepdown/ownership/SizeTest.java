package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees of any size in 32 MiB of heap and 64 descriptors, in a JVM of their own. */
@Tag("slow")
class SizeTest {
    @TempDir
    Path temp;

    private Scene scene;
    private Path tree;

    @BeforeEach
    void setUp() throws IOException {
        Scene.needsRoot();
        scene = new Scene(temp.toRealPath());
        tree = scene.folder("tree");
        scene.mount(tree, "-t", "tmpfs", "-o", "mode=755,nr_inodes=2000000", "none");
    }

    @AfterEach
    void tearDown() {
        scene.close();
    }

    /**
     * Makes the tree by a line of Perl that runs in it, and gives what the child said: seen, changed, errors, most
     * memory in KiB.
     */
    private String[] walk(String perl) throws Exception {
        String[] said = walk("ulimit -n 64; ", perl);
        assertThat(Scene.run("find", tree.toString(), "!", "-user", "2000")).isEmpty();
        return said;
    }

    private String[] walk(String limit, String perl) throws Exception {
        Scene.run("perl", "-e", "chdir $ARGV[0]; " + perl, tree.toString());
        Process child = Child.start(limit, List.of("walk", tree.toString(), "MISMATCH"));
        String said = new String(child.getInputStream().readAllBytes());
        assertThat(child.waitFor()).isZero();
        return said.strip().split(" ", 5);
    }

    private static final int MOST_KIB = 150_000;

    @Test
    void a_million_files_in_one_folder() throws Exception {
        String[] said = walk("for (1..1000000) { open(F, '>', $_) or die $! }");
        assertThat(said).startsWith("1000001", "1000001", "0");
        assertThat(Integer.parseInt(said[3])).isLessThan(MOST_KIB);
    }

    @Test
    void a_million_folders_in_one() throws Exception {
        String[] said = walk("for (1..1000000) { mkdir $_ or die $! }");
        assertThat(said).startsWith("1000001", "1000001", "0");
        assertThat(Integer.parseInt(said[3])).isLessThan(MOST_KIB);
    }

    @Test
    void two_hundred_thousand_folders_in_many() throws Exception {
        String[] said = walk(
                "for $a (1..100) { mkdir $a; for $b (1..100) { mkdir \"$a/$b\"; for $c (1..20) { mkdir \"$a/$b/$c\" or"
                        + " die $! } } }");
        assertThat(said).startsWith("210101", "210101", "0");
    }

    private static final String DEEP =
            "for (1..%d) { mkdir 'd' or die $!; mkdir 'e'; open(F, '>', 'f') or die; chdir 'd' or die $! }";

    @Test
    void where_few_descriptors_can_be_had_a_deep_tree_is_done_as_far_as_they_reach_and_the_rest_is_named()
            throws Exception {
        String[] said = walk("ulimit -n 64; ", String.format(DEEP, 200));
        assertThat(Integer.parseInt(said[0])).isGreaterThan(60);
        assertThat(said[2]).isNotEqualTo("0");
        assertThat(said[4]).contains("/d/d/d").contains("EMFILE (too many open files");
        assertThat(said[0]).isEqualTo(Integer.toString(Integer.parseInt(said[1]) + Integer.parseInt(said[2])));
    }

    @Test
    void the_soft_limit_of_descriptors_is_raised_for_the_walk_and_given_back() throws Exception {
        String[] said = walk("ulimit -S -n 64; ", String.format(DEEP, 256));
        assertThat(said).startsWith(Integer.toString(1 + 3 * 256), Integer.toString(1 + 3 * 256), "0");
        assertThat(said[4]).endsWith("files 64");
    }

    @Test
    void many_long_names_at_every_level() throws Exception {
        String[] said = walk(
                "ulimit -S -n 64; ",
                "for (1..256) { for $n (1..300) { mkdir(sprintf('%0200d', $n)) or die $! } mkdir 'zzz' or die; chdir"
                        + " 'zzz' or die $! }");
        assertThat(said).startsWith(Integer.toString(1 + 256 * 301), Integer.toString(1 + 256 * 301), "0");
        assertThat(Integer.parseInt(said[3])).isLessThan(MOST_KIB);
    }
}
