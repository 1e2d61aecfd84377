package stepdown.settings;

import static stepdown.settings.Option.Kind.LIST;
import static stepdown.settings.Option.Kind.MODE;
import static stepdown.settings.Option.Kind.PATHS;
import static stepdown.settings.Option.Kind.SWITCH;
import static stepdown.settings.Option.Kind.VALUE;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Every option there is, in the order of {@code --help}: what it takes, what holds where nobody says anything, and its
 * line of help.
 */
public enum Option {
    WRITABLE(PATHS, "PATH", "", "Give PATH and all below it to the user"),
    EXCLUDE(PATHS, "PATH", "", "Leave PATH and all below it alone"),
    STRIP(VALUE, "o|go|none", "o", "Mode bits that writable paths lose: o-rwx, go-rwx, or none"),
    OWNERSHIP(VALUE, "mismatch|root|off", "mismatch", "Change what differs, skip trees whose top is right, or nothing"),
    ONE_FILE_SYSTEM(SWITCH, "", "", "Do not enter other mounts below a writable path"),
    HARDLINKS(SWITCH, "", "", "Change files with more than one link too"),
    STRICT(SWITCH, "", "", "Refuse to start where a writable path could not be made so"),
    GROUPS(LIST, "GID[,GID]", "", "Supplementary groups besides those the runtime gave"),
    GROUPS_OF(PATHS, "PATH", "", "Supplementary group: that of PATH, a device, socket or folder"),
    INIT_GROUPS(SWITCH, "", "", "Add the groups that /etc/group lists for the user"),
    KEEP_CAP(LIST, "NAME[,NAME]", "", "Keep a capability, such as NET_BIND_SERVICE"),
    KEEP_BOUNDING_SET(SWITCH, "", "", "Leave the bounding set alone, for containers without SETPCAP"),
    ALLOW_NEW_PRIVILEGES(SWITCH, "", "", "Leave no_new_privs alone: set-id programs work"),
    HOME(VALUE, "PATH", "/home/NAME", "Home of a user row that stepdown writes"),
    SHELL(VALUE, "PATH", "/sbin/nologin", "Shell of a user row that stepdown writes"),
    KEEP_FD(LIST, "N[,N]", "", "Leave descriptor N open for the product"),
    CREDENTIAL(PATHS, "NAME=PATH", "", "Copy a file into memory, to be read by the user alone"),
    UMASK(VALUE, "OCTAL", "", "File mode creation mask of the product"),
    CONFINE(SWITCH, "", "", "Let the product write below its paths only (Landlock)"),
    LOG(VALUE, "error|warn|info|debug", "info", "How much is said on stderr"),
    ENV_PREFIX(MODE, "PREFIX", "PING_CONTAINER", "Read PREFIX_UID, PREFIX_GID, ..."),
    DEFAULT_USER(MODE, "NAME", "", "Whose ids in /etc/passwd hold where no variable names one"),
    DEFAULT_COMMAND(MODE, "NAME", "", "Stands before a COMMAND that begins with -, or in its place"),
    NO_PRIVILEGED(MODE, "", "", "Forbid PING_CONTAINER_PRIVILEGED=true"),
    DRY_RUN(MODE, "", "", "Print the plan and change nothing"),
    PREPARE_ONLY(MODE, "", "", "Write rows and own paths, then exit without a product"),
    VERIFY(MODE, "", "", "Say whether process PID (default 1) runs as asked for; exit 0 or 1"),
    JSON(MODE, "", "", "With --dry-run or --verify: print JSON"),
    HELP(MODE, "", "", "Print this text"),
    VERSION(MODE, "", "", "Print the version");

    /** What an option takes, and how its variable is read. */
    public enum Kind {
        /** One path, or NAME=PATH, each time; the variable holds several, separated by colons. They add up. */
        PATHS,
        /** One or more values separated by commas, in the variable too. They add up. */
        LIST,
        /** One value. The option wins over the variable. */
        VALUE,
        /** Present or not; the variable is {@code true} or {@code false}. */
        SWITCH,
        /** The image author's, or the caller's: there is no variable. */
        MODE
    }

    final Kind kind;

    /** What {@code --help} writes for its value; empty where it takes none. */
    final String parameter;

    /** The default; empty where there is none. */
    final String otherwise;

    /** Its line of {@code --help}. */
    final String description;

    /** The option as it is written: {@code --one-file-system}. */
    final String flag;

    /** As it may be written in short; its flag where there is no such form. */
    final String brief;

    /** {@code STEPDOWN_} and its name, whether there is such a variable or not. */
    final String variable;

    Option(Kind kind, String parameter, String otherwise, String help) {
        this.kind = kind;
        this.parameter = parameter;
        this.otherwise = otherwise;
        this.description = help + (otherwise.isEmpty() ? "." : " (default " + otherwise + ").");
        this.flag = "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
        this.brief = name().equals("HELP") ? "-h" : name().equals("VERSION") ? "-V" : flag;
        this.variable = "STEPDOWN_" + name();
    }

    /** The option that a word of a command line is, alone or with a value behind {@code =}; null where it is none. */
    static @Nullable Option of(String word) {
        String name = word.substring(0, (word + '=').indexOf('='));
        for (Option option : values()) {
            if (option.flag.equals(name) || option.brief.equals(name)) {
                return option;
            }
        }
        return null;
    }
}
