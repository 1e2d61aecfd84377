package stepdown.account;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What fits in the heap that a start is given. */
class LargeFilesTest {
    /** As the first program starts Java. */
    private static final List<String> HEAP = List.of("-Xms8m", "-Xmx32m", "-Xss512k");

    private static final String PING = "ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin\n";
    private static final int LONG = 5 << 20;

    @TempDir
    Path etc;

    private void assertStarts(String passwd, String group) throws Exception {
        Files.writeString(etc.resolve("passwd"), passwd, ISO_8859_1);
        Files.writeString(etc.resolve("group"), group, ISO_8859_1);
        Process start = Accountant.start("wait", etc, HEAP);
        start.getOutputStream().close();
        assertThat(new String(start.getInputStream().readAllBytes(), ISO_8859_1))
                .isEqualTo(".ping []\n");
        assertThat(start.waitFor()).isZero();
        assertThat(Files.readString(etc.resolve("passwd"), ISO_8859_1).equals(passwd + PING))
                .isTrue();
        assertThat(Files.readString(etc.resolve("group"), ISO_8859_1).equals(group + "identity:x:9999:\n"))
                .isTrue();
    }

    private static String rows(String format) {
        return IntStream.range(0, 50_000)
                .mapToObj(i -> String.format(java.util.Locale.ROOT, format, i, 100_000 + i))
                .collect(Collectors.joining());
    }

    @Test
    void fifty_thousand_rows_in_both_files() throws Exception {
        assertStarts(rows("user%d:x:%d:1:A name:/home/u:/bin/sh\n"), rows("group%d:x:%d:root,al,user7\n"));
    }

    @Test
    void a_line_of_five_megabytes_in_both_files() throws Exception {
        assertStarts("al:x:1:1:" + "\u00ff".repeat(LONG) + "::\n", "al:x:1:" + "ab,".repeat(LONG / 3) + "\n");
    }

    @Test
    void a_line_of_five_megabytes_that_is_no_row_or_one_name() throws Exception {
        assertStarts("#" + "x".repeat(LONG) + "\n", "g".repeat(LONG) + "\n");
    }
}
