package stepdown.account;

import stepdown.Refusal;
import stepdown.kernel.Raw;

/**
 * The identity that the product is to run as; names, home and shell are used only where a row has to be written.
 *
 * @param uid 1 to 4294967294
 * @param gid 0 to 4294967294
 */
public record Identity(long uid, long gid, String userName, String groupName, String home, String shell) {
    /** Checked here once more, whoever made them: a colon or a newline would write another row than the one meant. */
    public Identity {
        String all = userName + groupName + home + shell;
        if (all.chars().anyMatch(c -> c == ':' || c < ' ' || c == 0x7F)) {
            throw new Refusal("a name or path of " + Raw.show(all)
                    + " does not fit in a row: use one without colons and control characters");
        }
    }
}
