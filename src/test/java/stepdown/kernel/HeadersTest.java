package stepdown.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.privilege.Credentials;

/**
 * Numbers, flags and structures are those of the headers, on both architectures: that of this machine, and, by another
 * compiler and other headers, the one that it has not.
 */
class HeadersTest {
    @TempDir
    private Path folder;

    @Test
    void numbers_are_those_of_the_headers() throws Exception {
        assertThat(Headers.own(folder).differences()).isEmpty();
    }

    @Test
    void structures_are_read_as_they_are_laid_out() throws Exception {
        assertStructures(Headers.own(folder).kernel());
    }

    @Test
    @Tag("slow")
    void numbers_are_those_of_the_headers_of_the_other_architecture() throws Exception {
        assertThat(Headers.other(folder).differences()).isEmpty();
    }

    @Test
    @Tag("slow")
    void structures_are_read_as_they_are_laid_out_on_the_other_architecture() throws Exception {
        assertStructures(Headers.other(folder).kernel());
    }

    @Test
    @Tag("slow")
    void the_first_program_compiles_for_the_other_architecture_in_both_flavours() throws Exception {
        Headers other = Headers.other(folder);
        assertThat(other.compile()).isEmpty();
        assertThat(other.compile("-c", "-DSTEPDOWN_NATIVE")).isEmpty();
    }

    /** As one is that was linked from the runtime of this machine. */
    @Test
    @Tag("slow")
    void a_folder_with_programs_for_both_architectures_is_refused() throws Exception {
        Path mine = Files.createDirectory(folder.resolve("mine"));
        assertThat(Headers.own(mine).compile()).isEmpty();
        assertThat(Headers.other(Files.createDirectory(folder.resolve("theirs")))
                        .compile())
                .isEmpty();
        assertThat(Headers.floor(mine)).doesNotContain("in one folder");
        assertThat(Headers.floor(folder)).contains("in one folder are programs for");
    }

    private static void assertStructures(Kernel kernel) throws KernelException {
        assertThat(kernel.stat(7))
                .isEqualTo(new Stat(
                        Linux.S_IFREG | 04750,
                        4_000_000_001L,
                        4_000_000_002L,
                        0x1122334455667788L,
                        0x12_0000_0345L,
                        0x99aabbccddL,
                        3,
                        true));
        assertThat(kernel.list(7, "folder")).containsExactly("name");
        assertThat(kernel.fileSystem(7)).isEqualTo(0x9fa0);
        assertThat(kernel.isReadOnly(7)).isTrue();
        assertThat(kernel.limit(Linux.RLIMIT_NOFILE)).containsExactly(5, 7);
        kernel.lock(7, "/lock", 0);
        assertThat(kernel.isIgnored(Linux.SIGHUP)).isTrue();
        Credentials credentials = Credentials.ofThisThread(kernel);
        assertThat(credentials.effective()).isEqualTo(0x44_11111111L);
        assertThat(credentials.permitted()).isEqualTo(0x55_22222222L);
        assertThat(credentials.inheritable()).isEqualTo(0x66_33333333L);
    }
}
