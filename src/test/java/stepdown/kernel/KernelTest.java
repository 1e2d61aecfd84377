package stepdown.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jnr.ffi.LibraryLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;

/** The real kernel, through both ways that lead to it. */
class KernelTest {
    private static final JffiBinding BINDING = new JffiBinding();

    @TempDir
    private Path folder;

    /** The product's binding, and jnr-ffi's own of the very same interface. */
    static List<Libc> bindings() {
        return List.of(
                Jnr.kernel(BINDING).libc(), LibraryLoader.create(Libc.class).load("c"));
    }

    private static String raw(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String raw(Path path) {
        return raw(path.toString());
    }

    @ParameterizedTest
    @MethodSource("bindings")
    void the_interface_is_one_that_jnr_ffi_loads_and_both_ways_give_the_same(Libc libc) throws Exception {
        Kernel kernel = new Kernel(BINDING, libc, null);
        Path file = Files.writeString(folder.resolve("caf\u00e9"), "text");
        assertThat(libc.getpid()).isEqualTo((int) ProcessHandle.current().pid());
        assertThat(kernel.uids()).hasSize(3).containsOnly((long) (int) Files.getAttribute(file, "unix:uid"));
        Stat stat = kernel.stat(Linux.AT_FDCWD, raw(file), Linux.AT_SYMLINK_NOFOLLOW);
        assertThat(stat.inode()).isEqualTo(Files.getAttribute(file, "unix:ino"));
        assertThat(stat.mode()).isEqualTo(Files.getAttribute(file, "unix:mode"));
        assertThat(stat.size()).isEqualTo(4);
        assertThat(stat.isRegularFile()).isTrue();
        assertThat(kernel.readFile(raw(file))).isEqualTo("text");
        int fd = kernel.open(raw(folder), Linux.O_RDONLY | Linux.O_DIRECTORY);
        assertThat(kernel.list(fd, "folder")).containsExactly(raw("caf\u00e9"));
        kernel.close(fd);
    }

    @Test
    void a_failure_names_call_path_and_errno() {
        assertThatThrownBy(() -> Jnr.kernel(BINDING).readFile("/no/such\nfile"))
                .isInstanceOf(KernelException.class)
                .hasMessage("open /no/such\\x0afile: ENOENT (no such file or directory)")
                .satisfies(e -> assertThat(((KernelException) e).errno()).isEqualTo(Errno.ENOENT));
    }

    @ParameterizedTest
    @CsvSource({
        "/a/name, name, true",
        "/name, name, true",
        "/a/name, /a/name, true",
        "/a/name (deleted), name, false",
        "/a/name (deleted), name (deleted), false",
        "/a/surname, name, false",
        "/b/a/name, /a/name, false",
        "/a/nama, name, false",
        "/n, name, false"
    })
    void a_path_leads_to_a_name_only_where_it_ends_with_it(String path, String name, boolean leads) throws Exception {
        Kernel kernel = Jnr.kernel(BINDING);
        assertThat(kernel.<Boolean>withMemory(128, at -> {
                    long tail = kernel.putString(at + 64, 64, name);
                    return kernel.isPathTo(kernel.putString(at, 64, path), path.length(), tail);
                }))
                .isEqualTo(leads);
    }

    @Test
    void nothing_is_written_beyond_the_place_for_a_name() throws Exception {
        Kernel kernel = Jnr.kernel(BINDING);
        kernel.withMemory(16, at -> {
            kernel.putString(at, 8, "1234567");
            assertThat(kernel.stringAt(kernel.putWithSlash(at + 8, 8, kernel.putString(at, 8, "123456"))))
                    .isEqualTo("123456/");
            kernel.putString(at, 8, "1234567");
            assertThatThrownBy(() -> kernel.putWithSlash(at + 8, 8, at)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> kernel.putString(at, 8, "12345678")).isInstanceOf(IllegalStateException.class);
            return 0;
        });
    }

    @Test
    void bytes_go_through_unchanged_and_are_shown_escaped() throws Exception {
        StringBuilder all = new StringBuilder();
        for (char c = 1; c < 256; c++) {
            all.append(c);
        }
        Path file = Files.write(folder.resolve("f"), all.toString().getBytes(StandardCharsets.ISO_8859_1));
        assertThat(Jnr.kernel(BINDING).readFile(raw(file))).isEqualTo(all.toString());
        assertThat(Raw.show("a\\b\u00e9\n\u007f")).isEqualTo("a\\\\b\\xe9\\x0a\\x7f");
        assertThat(Raw.show("x".repeat(101))).isEqualTo("x".repeat(100) + "...");
    }

    @Test
    void a_function_that_the_c_library_lacks_has_no_address() {
        assertThat(BINDING.symbol("no_such_function")).isZero();
    }
}
