package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.Refusal;
import stepdown.kernel.KernelException;
import stepdown.path.Place;
import stepdown.path.Resolver;

class ResolverTest {
    @TempDir
    Path temp;

    private Scene scene;
    private Path root;
    private final Resolver resolver = new Resolver(Scene.KERNEL);

    @BeforeEach
    void setUp() throws IOException {
        Scene.needsRoot();
        root = temp.toRealPath();
        scene = new Scene(root);
        Scene.mode(root, 0755);
    }

    private String resolved(Object path) throws KernelException {
        Place place = resolver.resolve(path.toString());
        Scene.KERNEL.close(place.fd());
        return place.path() + (place.exists() ? "" : " missing " + place.missing());
    }

    @Test
    void slashes_and_dots_are_taken_out() throws Exception {
        scene.folder("a/b");
        assertThat(resolved("/" + root + "//a/./b/../b/")).isEqualTo(root + "/a/b");
        assertThat(resolved(root + "/a/../../../../../../../..")).isEqualTo("/");
    }

    @Test
    void a_link_of_roots_in_a_folder_of_roots_is_followed() throws Exception {
        scene.folder("real/app");
        Files.createSymbolicLink(root.resolve("absolute"), root.resolve("real"));
        Files.createSymbolicLink(root.resolve("relative"), Path.of("absolute/../real"));
        assertThat(resolved(root + "/absolute/app")).isEqualTo(root + "/real/app");
        assertThat(resolved(root + "/relative/app")).isEqualTo(root + "/real/app");
        assertThat(resolved(root + "/relative")).isEqualTo(root + "/real");
    }

    @Test
    void a_link_that_points_to_what_is_missing_leads_there() throws Exception {
        Files.createSymbolicLink(root.resolve("link"), Path.of("later/on"));
        assertThat(resolved(root + "/link/x")).isEqualTo(root + "/later/on/x missing [later, on, x]");
    }

    @Test
    void a_link_of_somebody_elses_is_refused() throws Exception {
        Files.createSymbolicLink(root.resolve("link"), Path.of("/usr"));
        Scene.owner(root.resolve("link"), Scene.UID, Scene.GID);
        assertRefused();
    }

    @Test
    void a_link_in_a_folder_of_somebody_elses_is_refused() throws Exception {
        Files.createSymbolicLink(root.resolve("link"), Path.of("/usr"));
        Scene.owner(root, Scene.UID, Scene.GID);
        assertRefused();
    }

    @Test
    void a_link_in_a_folder_that_the_group_can_write_is_refused() throws Exception {
        Files.createSymbolicLink(root.resolve("link"), Path.of("/usr"));
        Scene.mode(root, 0775);
        assertRefused();
    }

    @Test
    void a_link_in_a_folder_that_others_can_write_is_refused() throws Exception {
        Files.createSymbolicLink(root.resolve("link"), Path.of("/usr"));
        Scene.mode(root, 01777);
        assertRefused();
    }

    private void assertRefused() {
        assertThatThrownBy(() -> resolver.resolve(root + "/link/share"))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith("path " + root + "/link/share leads through the link " + root
                        + "/link, which others than root can make or replace: give the");
    }

    @Test
    void links_in_a_circle_end() throws Exception {
        Files.createSymbolicLink(root.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(root.resolve("b"), Path.of("a"));
        assertThatThrownBy(() -> resolver.resolve(root + "/a"))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("ELOOP");
    }

    @Test
    void a_file_on_the_way_is_an_error() throws Exception {
        scene.file("file", 0644);
        assertThatThrownBy(() -> resolver.resolve(root + "/file/x"))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("ENOTDIR");
    }

    @Test
    void dots_behind_what_is_missing_are_refused() {
        assertThatThrownBy(() -> resolver.resolve(root + "/none/../../usr"))
                .isInstanceOf(Refusal.class)
                .hasMessage("path " + root
                        + "/none/../../usr has a .. behind a folder that does not exist: write it without");
    }

    @Test
    void no_descriptor_stays_open() throws Exception {
        scene.folder("a/b");
        Files.createSymbolicLink(root.resolve("l"), root.resolve("a"));
        Files.createSymbolicLink(root.resolve("evil"), root.resolve("a"));
        Scene.owner(root.resolve("evil"), 1, 1);
        resolved(root + "/l/../a/b");
        resolved(root + "/none/x");
        assertThatThrownBy(() -> resolver.resolve(root + "/evil/x")).isInstanceOf(Refusal.class);
        assertThat(scene.descriptors()).isZero();
    }

    @Test
    void missing_folders_are_roots_and_the_last_one_the_users() throws Exception {
        Place place = resolver.resolve(root + "/x/y/z");
        Scene.KERNEL.close(resolver.create(place, Scene.UID, Scene.GID, 0750));
        Scene.KERNEL.close(place.fd());
        assertThat(Scene.state(root.resolve("x"))).isEqualTo("0:0 755");
        assertThat(Scene.state(root.resolve("x/y"))).isEqualTo("0:0 755");
        assertThat(Scene.state(root.resolve("x/y/z"))).isEqualTo("2000:3000 750");
    }

    @Test
    void a_folder_that_somebody_made_meanwhile_is_left_to_the_walk() throws Exception {
        Place place = resolver.resolve(root + "/x");
        Scene.mode(scene.folder("x"), 0777);
        Scene.KERNEL.close(resolver.create(place, Scene.UID, Scene.GID, 0750));
        Scene.KERNEL.close(place.fd());
        assertThat(Scene.state(root.resolve("x"))).isEqualTo("0:0 777");
    }

    @Test
    void a_link_that_somebody_made_meanwhile_is_not_followed() throws Exception {
        scene.folder("outside");
        Place place = resolver.resolve(root + "/x");
        Files.createSymbolicLink(root.resolve("x"), root.resolve("outside"));
        assertThatThrownBy(() -> resolver.create(place, Scene.UID, Scene.GID, 0750))
                .isInstanceOf(KernelException.class);
        Scene.KERNEL.close(place.fd());
        assertThat(Scene.state(root.resolve("outside"))).isEqualTo("0:0 755");
    }
}
