package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Need;
import stepdown.Patience;
import stepdown.ownership.Summary.Counts;

/**
 * Walks in a process that may have no more threads, or hardly a descriptor, from before the first call of the walk on.
 */
@Tag("slow")
class LimitsTest {
    private static final String WIDE_AND_DEEP =
            "chdir $ARGV[0]; for (1..20) { mkdir \"w$_\" or die; for $f (1..200) { open F, '>', \"w$_/$f\" or die } }"
                    + " for (1..%d) { mkdir 'd' or die; mkdir 'e'; open F, '>', 'f' or die; chdir 'd' or die }";

    @TempDir
    Path temp;

    private Scene scene;
    private Path tree;

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

    private void grow(int deep) {
        Scene.run("perl", "-e", String.format(WIDE_AND_DEEP, deep), tree.toString());
    }

    /** A walk that has not begun: it waits for a line. */
    private Process child(String prefix) throws IOException {
        return Child.start(prefix, List.of("wait", tree.toString(), "MISMATCH"));
    }

    /** Lets it go on, and gives what it said: seen, changed, errors, memory, and the errors themselves. */
    private static String[] walk(Process child) throws Exception {
        child.getOutputStream().write('\n');
        child.getOutputStream().flush();
        String said = new String(child.getInputStream().readAllBytes());
        assertThat(child.waitFor()).isZero();
        return said.strip().split(" ", 5);
    }

    private List<String> find(String... tests) {
        List<String> command = new ArrayList<>(List.of("find", tree.toString()));
        command.addAll(List.of(tests));
        return Scene.run(command.toArray(String[]::new)).lines().toList();
    }

    private void assertWhole(String[] said) {
        String all = "" + find().size();
        assertThat(said).startsWith(all, all, "0");
        assertThat(find("!", "-user", "2000")).isEmpty();
    }

    // ---- no thread to be had

    /** A group of the pids controller, in a hierarchy of the first version or the only one of the second. */
    private record Pids(Path folder) implements AutoCloseable {
        static Pids make() throws IOException {
            Path root = Path.of("/sys/fs/cgroup");
            Path first = root.resolve("pids");
            Path folder = (Files.isDirectory(first) ? first : root)
                    .resolve("stepdown-" + ProcessHandle.current().pid());
            try {
                if (!Files.isDirectory(first)) {
                    Files.writeString(root.resolve("cgroup.subtree_control"), "+pids");
                }
                Files.createDirectory(folder);
            } catch (IOException e) {
                Need.MOUNT.isMissing("no group of processes can be made: " + e);
            }
            return new Pids(folder);
        }

        /** No more than there are. */
        void close(Process child) throws IOException {
            Files.writeString(folder.resolve("cgroup.procs"), "" + child.pid());
            Files.writeString(folder.resolve("pids.max"), Files.readString(folder.resolve("pids.current")));
        }

        long refused() throws IOException {
            return Long.parseLong(
                    Files.readString(folder.resolve("pids.events")).strip().split("\\s+")[1]);
        }

        @Override
        public void close() {
            Patience.until("an empty group", () -> folder.toFile().delete());
        }
    }

    /** Where the group cannot be read, a thread is asked for in vain. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_group_that_may_have_no_more_processes_is_enough(boolean readable) throws Exception {
        grow(100);
        String hide = "exec unshare -m sh -c 'mount -t tmpfs none /sys/fs/cgroup && exec \"$@\"' sh \"$@\"; ";
        try (Pids pids = Pids.make()) {
            Process child = child(readable ? "" : hide);
            pids.close(child);
            assertWhole(walk(child));
            assertThat(readable || pids.refused() > 0)
                    .as("a thread was refused")
                    .isTrue();
        }
    }

    /**
     * Root of the machine is not bound by this limit: root of a user namespace is, where it is another user outside.
     */
    @Test
    void a_user_of_a_namespace_that_may_have_no_more_processes_is_enough() throws Exception {
        grow(100);
        // Outside it is user 50011; the files of the machine's root belong to 65000 there, and can be handed over.
        String map = "printf '0 50011 1\\n2000 2000 2000\\n65000 0 1\\n' >/proc/$1/";
        String enter = "mkfifo \"$T/go\"; (read pid <\"$T/go\"; set -- $pid; " + map + "uid_map; " + map
                + "gid_map; echo >\"$T/go\") & exec unshare --user --keep-caps sh -c 'echo $$ >\"$T/go\"; read x <\"$T/go\";"
                + " exec setpriv --reuid 0 --regid 0 --clear-groups \"$@\"' sh \"$@\"; ";
        Process child = child("export T=" + scene.root + "; " + enter);
        Scene.run("prlimit", "--pid", "" + child.pid(), "--nproc=1:1");
        assertWhole(walk(child));
    }

    // ---- few descriptors

    @ParameterizedTest
    @ValueSource(ints = {20, 50, 200})
    void with_few_descriptors_all_is_done_but_what_is_named_and_what_is_below_it(int deep) throws Exception {
        grow(deep);
        String[] said = walk(child("ulimit -n 64; "));
        List<String> wrong = find("!", "-user", "2000");
        List<String> errors = wrong.stream()
                .filter(path -> !wrong.contains(path.substring(0, path.lastIndexOf('/'))))
                .toList();
        assertThat(errors.isEmpty()).isEqualTo(deep < 40);
        int all = find().size();
        assertThat(said)
                .startsWith("" + (all - wrong.size() + errors.size()), "" + (all - wrong.size()), "" + errors.size());
        assertThat(said[4]).endsWith("files 64");
        // Long ones are cut.
        List<String> named = Pattern.compile("(/\\S*/d/\\S*?)(\\.\\.\\.)?: [a-z0-9]+: EMFILE")
                .matcher(said[4])
                .results()
                .map(result -> result.group(1))
                .toList();
        assertThat(named).as(said[4]).hasSize(Math.min(Counts.NAMED, errors.size()));
        assertThat(named).allMatch(name -> errors.stream().anyMatch(path -> path.startsWith(name)));
    }
}
