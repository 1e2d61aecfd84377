package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.kernel.KernelException;
import stepdown.ownership.Scene.Ask;
import stepdown.ownership.Summary.Kind;
import stepdown.ownership.Top.State;

/** The home of a row that stepdown writes is owned like a writable path under {@code --ownership root}. */
class HomeTest {
    @TempDir
    Path temp;

    private Scene scene;
    private Path root;
    private Path home;

    @BeforeEach
    void setUp() throws IOException {
        Scene.needsRoot();
        root = temp.toRealPath();
        scene = new Scene(root);
        Scene.mode(root, 0755);
        home = root.resolve("home/ping");
    }

    @AfterEach
    void tearDown() {
        scene.close();
    }

    private Summary apply(Ask ask) throws KernelException {
        try (Ownership found = ask.home(home).find(Scene.KERNEL)) {
            return found.applyHome((where, seen, changed, perSecond) -> {});
        }
    }

    private Top top(Ask ask) {
        try (Ownership found = ask.home(home).find(Scene.KERNEL)) {
            return found.home();
        }
    }

    @Test
    void a_missing_home_is_made_private_and_takes_no_more_than_chown() throws Exception {
        assertThat(top(new Ask()).state()).isEqualTo(State.MISSING);
        assertThat(top(new Ask()).needsCapabilities()).isFalse();
        apply(new Ask());
        assertThat(Scene.state(home.getParent())).isEqualTo("0:0 755");
        assertThat(Scene.state(home)).isEqualTo("2000:3000 700");
    }

    @Test
    void a_right_home_is_nothing_to_do_and_another_ids_is_walked() throws Exception {
        apply(new Ask());
        Path file = scene.file("home/ping/file", 0640);
        Scene.mode(home, 0700);
        assertThat(top(new Ask()).state()).isEqualTo(State.SKIPPED);
        apply(new Ask());
        assertThat(Scene.state(file)).isEqualTo("0:0 640");
        assertThat(top(new Ask().ids(1, 2)).needsCapabilities()).isTrue();
        Scene.owner(home, 5, 5);
        assertThat(apply(new Ask().ids(1, 2)).total().of(Kind.CHANGED)).isEqualTo(2);
        assertThat(Scene.state(file)).isEqualTo("1:2 640");
    }

    @Test
    void excludes_hold_in_the_home_too() throws Exception {
        Path kept = scene.file("home/ping/kept", 0644);
        apply(new Ask().excludes(kept));
        assertThat(Scene.state(home)).isEqualTo("2000:3000 750");
        assertThat(Scene.state(kept)).isEqualTo("0:0 644");
    }

    @Test
    void refusals_hold_for_the_home_and_are_an_error_of_its_own() throws Exception {
        home = Path.of("/usr/lib/ping");
        assertThat(apply(new Ask()).total().errors()).singleElement().asString().contains("is refused");
        home = root.resolve("link/ping");
        Files.createSymbolicLink(root.resolve("link"), scene.folder("outside"));
        Scene.owner(root.resolve("link"), 5, 5);
        assertThat(apply(new Ask()).total().errors()).singleElement().asString().contains("leads through the link");
        assertThat(root.resolve("outside/ping")).doesNotExist();
    }

    @Test
    void a_home_that_cannot_be_made_is_said() throws Exception {
        Path view = scene.folder("view");
        scene.mount(view, "--bind", "-o", "ro", scene.folder("elsewhere").toString());
        home = view.resolve("ping");
        assertThatThrownBy(() -> apply(new Ask()))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("EROFS");
    }
}
