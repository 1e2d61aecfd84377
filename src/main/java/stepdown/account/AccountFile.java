package stepdown.account;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was found of /etc/passwd or /etc/group.
 *
 * @param path for messages
 * @param exists whether there is such an entry, readable or not
 * @param contents the raw bytes; null where it does not exist or cannot be read
 * @param obstacle why it is never written ("is a mount point"), or null
 */
public record AccountFile(
        String path,
        boolean exists,
        @Nullable String contents,
        @Nullable String obstacle) {
    public static AccountFile missing(String path) {
        return new AccountFile(path, false, null, null);
    }

    public static AccountFile of(String path, String contents) {
        return new AccountFile(path, true, contents, null);
    }

    /** The same file, which is not written for that reason. */
    public AccountFile but(String reason) {
        return new AccountFile(path, exists, contents, reason);
    }

    String text() {
        return contents == null ? "" : contents;
    }

    List<Row> rows() {
        return Row.of(text());
    }

    /** The contents with a row more, which starts on a line of its own even where the last one was not ended. */
    String with(String row) {
        String text = text();
        String gap = text.isEmpty() || text.endsWith("\n") ? "" : "\n";
        return text + gap + row + "\n";
    }

    /** The contents with one line replaced. */
    String with(Row old, String line) {
        String text = text();
        return text.substring(0, old.start())
                + line
                + text.substring(old.start() + old.line().length());
    }
}
