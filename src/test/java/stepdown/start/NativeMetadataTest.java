package stepdown.start;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the native flavour is told to keep for reflection, beside what is looked up by name. */
class NativeMetadataTest {
    private static final String METADATA = "/META-INF/native-image/stepdown/stepdown/reachability-metadata.json";

    @Test
    void each_class_that_is_kept_exists_and_can_be_made_without_arguments() throws Exception {
        for (String type : kept("type")) {
            assertThat(Class.forName(type).getConstructor().newInstance()).isNotNull();
        }
    }

    @Test
    void the_provider_of_the_log_is_kept_and_nothing_else() throws Exception {
        assertThat(kept("type")).containsExactly(Log.PROVIDER);
    }

    private static List<String> kept(String kind) throws Exception {
        try (InputStream file = NativeMetadataTest.class.getResourceAsStream(METADATA)) {
            String json = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            return Pattern.compile("\"" + kind + "\"\\s*:\\s*\"([^\"]+)\"")
                    .matcher(json)
                    .results()
                    .map(found -> found.group(1))
                    .toList();
        }
    }
}
