package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stepdown.Refusal;
import stepdown.ownership.Paths.Policy;
import stepdown.ownership.Scene.Ask;
import stepdown.ownership.Top.State;
import stepdown.start.Said;

class InspectionTest {
    @TempDir
    Path temp;

    private Scene scene;
    private Path tree;

    @BeforeEach
    void setUp() throws IOException {
        Scene.needsRoot();
        scene = new Scene(temp.toRealPath());
        Scene.mode(scene.root, 0755);
        tree = scene.folder("tree");
    }

    @AfterEach
    void tearDown() {
        scene.close();
    }

    private static Top facts(Ask ask) {
        try (Ownership found = ask.find(Scene.KERNEL)) {
            return found.tops().getFirst();
        }
    }

    private static List<String> warnings(Ask ask) {
        try (Ownership found = ask.find(Scene.KERNEL)) {
            return Said.warnings(Scene.KERNEL, found);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0,    0,    755,  MISMATCH, WRONG,   true",
        "0,    0,    750,  MISMATCH, WRONG,   true",
        "2000, 0,    750,  MISMATCH, WRONG,   true",
        "2000, 3000, 755,  MISMATCH, WRONG,   true",
        "2000, 3000, 2770, MISMATCH, RIGHT,   true",
        "2000, 3000, 2770, ROOT,     SKIPPED, false",
        "2000, 3000, 700,  ROOT,     SKIPPED, false",
        "5000, 5000, 700,  ROOT,     WRONG,   true",
        "0,    0,    1777, ROOT,     WRONG,   true",
        "2000, 3000, 1777, ROOT,     SKIPPED, false"
    })
    void a_tree_that_will_be_walked_takes_the_capabilities_of_a_walk(
            long uid, long gid, String mode, Policy policy, State state, boolean needs) throws IOException {
        Scene.owner(tree, uid, gid);
        Scene.mode(tree, Integer.parseInt(mode, 8));
        Top top = facts(new Ask().writable(tree).policy(policy));
        assertThat(top.state()).isEqualTo(state);
        assertThat(top.needsCapabilities()).isEqualTo(needs);
        assertThat(top.stat().uid()).isEqualTo(uid);
        assertThat(Scene.state(tree)).isEqualTo(uid + ":" + gid + " " + mode);
    }

    @Test
    void nothing_is_looked_at_where_nothing_is_owned() {
        try (Ownership found = new Ask().writable(tree).policy(Policy.OFF).find(Scene.KERNEL)) {
            assertThat(found.tops()).isEmpty();
        }
    }

    @Test
    void a_missing_path_is_not_made_yet() {
        Top top = facts(new Ask().writable(tree + "//x/./y"));
        assertThat(top.state()).isEqualTo(State.MISSING);
        assertThat(top.path()).isEqualTo(tree + "/x/y");
        assertThat(top.stat()).isNull();
        assertThat(top.needsCapabilities()).isTrue();
        assertThat(tree.resolve("x")).doesNotExist();
    }

    @Test
    void a_path_that_cannot_be_reached_says_why() throws IOException {
        scene.file("tree/file", 0644);
        Top top = facts(new Ask().writable(tree + "/file/x"));
        assertThat(top.state()).isEqualTo(State.UNREACHABLE);
        assertThat(top.problem()).contains("ENOTDIR");
    }

    @Test
    void an_excluded_path_is_said_to_be_one_and_a_missing_exclude_to_be_missing() {
        assertThat(facts(new Ask().writable(tree).excludes(tree)).state()).isEqualTo(State.EXCLUDED);
        assertThat(warnings(new Ask().writable(tree).excludes(tree + "/none")))
                .containsExactly("exclude " + tree + "/none does not exist: nothing is left alone for it");
    }

    @ParameterizedTest
    @CsvSource({"0, 775, true", "0, 757, true", "5, 755, true", "0, 1777, false", "0, 755, false"})
    void a_folder_above_that_others_can_write_is_named(long uid, String mode, boolean named) throws IOException {
        Path path = scene.folder("tree/a/b");
        Scene.owner(tree, uid, 0);
        Scene.mode(tree, Integer.parseInt(mode, 8));
        List<String> expected = named
                ? List.of("others than root can write " + tree + ", above the writable path " + path
                        + ": they can exchange what stands under that name; make the folders above it root's")
                : List.of();
        assertThat(warnings(new Ask().writable(path))).isEqualTo(expected);
        if (named) {
            assertThat(warnings(new Ask().writable(tree + "/none")))
                    .singleElement()
                    .asString()
                    .contains("can write " + tree + ",");
        }
    }

    @Test
    void a_top_with_an_access_control_list_is_named_where_it_is_walked() throws Exception {
        assertThat(warnings(new Ask().writable(tree))).isEmpty();
        for (String list : List.of("access", "default")) {
            Path listed = scene.folder(list);
            Scene.accessList(listed, list);
            assertThat(warnings(new Ask().writable(listed)))
                    .containsExactly(listed + " has an access control list, which stays: whom it names keeps what it"
                            + " gives (getfacl shows it)");
        }
    }

    @Test
    void a_refused_path_is_refused_here() {
        assertThatThrownBy(() -> facts(new Ask().writable(tree + "/../../../../../../../../usr/bin")))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("(that is /usr/bin) is refused");
    }

    @ParameterizedTest
    @CsvSource({"own, alias", "own/lib, alias", ".., alias"})
    void stepdowns_own_folder_is_refused_under_another_name_too(String bound, String alias) throws IOException {
        Path own = scene.folder("opt/own");
        scene.folder("opt/own/lib");
        Path other = scene.folder(alias);
        scene.mount(other, "--bind", own.getParent().resolve(bound).normalize().toString());
        Ask ask = new Ask().writable(other).ownFolder(own);
        assertThatThrownBy(() -> facts(ask))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining(alias + " is refused: it is stepdown's own folder");
    }

    @Test
    void no_descriptor_stays_open_after_a_refusal() throws IOException {
        Files.createSymbolicLink(tree.resolve("evil"), scene.root);
        Scene.owner(tree.resolve("evil"), 1, 1);
        assertThatThrownBy(() -> facts(
                        new Ask().writable(scene.folder("x"), tree + "/evil/y").excludes(tree)))
                .isInstanceOf(Refusal.class);
        assertThat(scene.descriptors()).isZero();
    }

    @Test
    void what_the_current_ids_cannot_write_is_reported() throws IOException {
        Path view = scene.folder("view");
        scene.mount(view, "--bind", "-o", "ro", tree.toString());
        List<String> paths = List.of(tree.toString(), view.toString(), tree + "/none");
        String mend =
                "): mend it with fsGroup, with chown 5:6 on the volume, or in the image with chgrp 0 and chmod g=u";
        List<String> said = Said.unwritable(Scene.KERNEL, paths, 5, 6);
        assertThat(said)
                .containsExactly(
                        view + " cannot be written by 5:6 (owner 0:0 755" + mend,
                        tree
                                + "/none cannot be written by 5:6 (ENOENT (no such file or directory)): make it when the image is"
                                + " built, or mount a volume there");
    }
}
