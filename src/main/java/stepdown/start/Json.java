package stepdown.start;

import java.util.List;

/** The little of JSON that is printed. All of it is printable ASCII by then, so that two characters need an escape. */
final class Json {
    /** What a reader asks first: it grows where something changes its meaning or goes, not where something is added. */
    static final String VERSION = "\"version\":1";

    private Json() {}

    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    static String list(List<String> texts) {
        return "[" + String.join(",", texts.stream().map(Json::quoted).toList()) + "]";
    }
}
