package stepdown.plan;

import java.util.List;

/**
 * One thing to do.
 *
 * @param words what it does, for {@code --dry-run}: a line, or more where there is more than one of it
 */
public record Step(Kind kind, List<String> words) {
    /** What can be done, each carried out by one call of a room. */
    public enum Kind {
        WRITE_ACCOUNTS,
        CREATE_HOME,
        OWN_HOME,
        OWN_PATHS,
        REPORT_PATHS,
        EMPTY_BOUNDING_SET,
        HAND_OVER_STREAMS,
        KEEP_CAPABILITIES,
        SET_GROUPS,
        SET_GID,
        SET_UID,
        CLEAR_KEEP_CAPABILITIES,
        SET_CAPABILITIES,
        RAISE_AMBIENT,
        SET_NO_NEW_PRIVS,
        PROVE,
        FIND_COMMAND,
        MARK_DESCRIPTORS,
        RESET_SIGNALS,
        EXEC
    }
}
