package stepdown.account;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts that share one /etc: each row is written once, whoever comes first. */
class StartsAtOnceTest {
    @TempDir
    Path etc;

    @Test
    void five_starts_at_once_write_each_row_once() throws Exception {
        startAtOnce(5);
    }

    @Test
    @Tag("slow")
    void a_hundred_starts_at_once_write_each_row_once() throws Exception {
        startAtOnce(100);
    }

    private void startAtOnce(int many) throws Exception {
        Files.writeString(etc.resolve("passwd"), AccountFilesTest.PASSWD, ISO_8859_1);
        Files.writeString(etc.resolve("group"), AccountFilesTest.GROUP, ISO_8859_1);
        List<Process> starts = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            Process start = Accountant.start("wait", etc, List.of("-Xmx32m"));
            starts.add(start);
            assertThat(start.getInputStream().read())
                    .isEqualTo('.'); // made one after the other, and told to go at once
        }
        for (Process start : starts) {
            start.getOutputStream().close();
        }
        for (Process start : starts) {
            assertThat(new String(start.getInputStream().readAllBytes(), ISO_8859_1))
                    .isEqualTo("ping []\n");
            assertThat(start.waitFor()).isZero();
        }
        assertThat(Files.readString(etc.resolve("passwd"), ISO_8859_1)).isEqualTo(AccountFilesTest.PASSWD_AFTER);
        assertThat(Files.readString(etc.resolve("group"), ISO_8859_1)).isEqualTo(AccountFilesTest.GROUP_AFTER);
        assertThat(etc.toFile().list()).containsExactlyInAnyOrder("passwd", "group", ".pwd.lock");
    }
}
