package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.kernel.Headers;
import stepdown.kernel.Kernel;
import stepdown.kernel.Linux;

/** The walk reads structures by itself, as each architecture lays them out. */
class LayoutTest {
    @TempDir
    private Path folder;

    @Test
    void entries_are_read_as_they_are_laid_out() throws Exception {
        assertEntries(Headers.own(folder));
    }

    @Test
    @Tag("slow")
    void entries_are_read_as_they_are_laid_out_on_the_other_architecture() throws Exception {
        assertEntries(Headers.other(folder));
    }

    private static void assertEntries(Headers headers) throws Exception {
        Kernel kernel = headers.kernel();
        kernel.withMemory(Node.BYTES, buffer -> {
            Node node = new Node(kernel.libc(), kernel.memory(), buffer);
            assertThat(node.read(7, 0)).isTrue();
            assertThat(node.uid()).isEqualTo(4_000_000_001L);
            assertThat(node.owner >>> 32).isEqualTo(4_000_000_002L);
            assertThat(node.mode).isEqualTo(Linux.S_IFREG | 04750);
            assertThat(node.nlink()).isEqualTo(3);
            assertThat(node.device()).isEqualTo(0x12_0000_0345L);
            assertThat(node.isMount(node.device())).isTrue();
            assertThat(node.isOneOf(List.of(kernel.stat(7)))).isTrue();
            return 0;
        });
        assertThat(headers.differences(Map.of(
                        "offsetof(struct dirent64, d_reclen)", constant("LENGTH"),
                        "offsetof(struct dirent64, d_type)", constant("TYPE"),
                        "offsetof(struct dirent64, d_name)", constant("NAME"))))
                .isEmpty();
    }

    private static long constant(String name) throws ReflectiveOperationException {
        Field field = Changer.class.getDeclaredField(name);
        field.setAccessible(true);
        return field.getInt(null);
    }
}
