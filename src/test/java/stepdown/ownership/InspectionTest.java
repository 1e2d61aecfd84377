package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stepdown.Refusal;
import stepdown.ownership.OwnershipRequest.Policy;
import stepdown.ownership.Scene.Ask;
import stepdown.ownership.TopFacts.State;

class InspectionTest {
    @TempDir
    Path temp;

    private Scene scene;
    private Path tree;
    private final Ownership ownership = new Ownership(Scene.KERNEL);

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

    private TopFacts facts(OwnershipRequest request) {
        return ownership.inspect(request).tops().getFirst();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0    | 0    | 755  | WRONG | CHOWN FOWNER",
                "0    | 0    | 750  | WRONG | CHOWN",
                "2000 | 0    | 750  | WRONG | CHOWN DAC_OVERRIDE",
                "2000 | 3000 | 755  | WRONG | FOWNER",
                "2000 | 3000 | 2775 | WRONG | FOWNER FSETID",
                "2000 | 3000 | 2770 | RIGHT | ''",
                "2000 | 3000 | 700  | RIGHT | ''",
                "5000 | 5000 | 700  | WRONG | CHOWN DAC_OVERRIDE",
                "0    | 0    | 1777 | WRONG | ''"
            })
    void the_work_at_the_top_tells_which_capabilities_it_takes(
            long uid, long gid, String mode, State state, String needs) throws IOException {
        Scene.owner(tree, uid, gid);
        Scene.mode(tree, Integer.parseInt(mode, 8));
        TopFacts facts = facts(new Ask().writable(tree).request());
        assertThat(facts.state()).isEqualTo(state);
        assertThat(String.join(" ", facts.needs())).isEqualTo(needs);
        assertThat(facts.stat().uid()).isEqualTo(uid);
        assertThat(Scene.state(tree)).isEqualTo(uid + ":" + gid + " " + mode);
    }

    @Test
    void a_right_top_is_skipped_by_root_only() {
        Scene.handOver(tree);
        assertThat(facts(new Ask().writable(tree).policy(Policy.ROOT).request()).state())
                .isEqualTo(State.SKIPPED);
        assertThat(facts(new Ask().writable(tree).request()).state()).isEqualTo(State.RIGHT);
        assertThat(ownership
                        .inspect(new Ask().writable(tree).policy(Policy.OFF).request())
                        .tops())
                .isEmpty();
    }

    @Test
    void a_missing_path_is_not_made_yet() {
        TopFacts facts = facts(new Ask().writable(tree + "//x/./y").request());
        assertThat(facts.state()).isEqualTo(State.MISSING);
        assertThat(facts.path()).isEqualTo(tree + "/x/y");
        assertThat(facts.stat()).isNull();
        assertThat(facts.needs()).containsExactly("CHOWN");
        assertThat(tree.resolve("x")).doesNotExist();
    }

    @Test
    void a_path_that_cannot_be_reached_says_why() throws IOException {
        scene.file("tree/file", 0644);
        TopFacts facts = facts(new Ask().writable(tree + "/file/x").request());
        assertThat(facts.state()).isEqualTo(State.UNREACHABLE);
        assertThat(facts.problem()).contains("ENOTDIR");
    }

    @Test
    void an_excluded_path_is_said_to_be_one() {
        assertThat(facts(new Ask().writable(tree).excludes(tree).request()).state())
                .isEqualTo(State.EXCLUDED);
    }

    @Test
    void a_refused_path_is_refused_here() {
        assertThatThrownBy(() -> ownership.inspect(new Ask()
                        .writable(tree + "/../../../../../../../../usr/bin")
                        .request()))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("(that is /usr/bin) is refused");
    }

    @Test
    void what_the_current_ids_cannot_write_is_reported() throws IOException {
        Path view = scene.folder("view");
        scene.mount(view, "--bind", "-o", "ro", tree.toString());
        List<Unwritable> found = ownership.unwritable(
                new Ask().writable(tree, view, tree + "/none").request());
        assertThat(found).extracting(Unwritable::path).containsExactly(view.toString(), tree + "/none");
        assertThat(found.get(0).problem()).startsWith("EROFS");
        assertThat(found.get(0).stat().permissions()).isEqualTo(0755);
        assertThat(found.get(1).stat()).isNull();
    }
}
