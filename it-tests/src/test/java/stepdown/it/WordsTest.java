package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/**
 * All that stepdown says, word for word: plans, refusals, warnings and summaries. What is changed inside changes no
 * word; what changes a word is seen as a difference.
 */
@EachFlavour
class WordsTest {
    private static final Path RESOURCES = Path.of("src", "test", "resources");
    private static final Path EXPECTED = RESOURCES.resolve("words.txt");
    private static final int LEAST_ROWS = 60;

    /** What Docker gives a container, whatever this engine is set to; and what some rows mount with. */
    private static final String CAPABILITIES = "CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP"
            + " NET_BIND_SERVICE NET_RAW SYS_CHROOT MKNOD AUDIT_WRITE SETFCAP SYS_ADMIN";

    @Parameter
    Flavour flavour;

    @Test
    void every_word_is_the_one_that_is_written_down() throws IOException {
        Path said = Path.of("target", "words-" + flavour.tag() + ".txt");
        Files.write(said, transcript(Files.readString(EXPECTED)));
        assertThat(Files.readAllLines(said).stream().filter(line -> line.startsWith("$ ")))
                .hasSizeGreaterThanOrEqualTo(LEAST_ROWS);
        assertThat(said)
                .as(
                        "%s has what is said now. Where a change of words is meant, review and take it: cp it-tests/%s it-tests/%s",
                        said.toAbsolutePath(), said, EXPECTED)
                .hasSameTextualContentAs(EXPECTED);
    }

    /** The same commands in the same order, with what they say today, all in one container. */
    private byte[] transcript(String written) throws IOException {
        List<String> command = new ArrayList<>(List.of("run", "--rm", "-i", "--network=none", "--label", Docker.LABEL));
        command.add("--cap-drop=ALL");
        for (String capability : CAPABILITIES.split(" ")) {
            command.add("--cap-add=" + capability);
        }
        command.addAll(List.of("--security-opt", "apparmor=unconfined", "--entrypoint", "sh"));
        command.addAll(List.of(Images.probe(flavour), "-c", Files.readString(RESOURCES.resolve("words.sh"))));
        return Docker.docker(written, command).succeeded().output();
    }
}
