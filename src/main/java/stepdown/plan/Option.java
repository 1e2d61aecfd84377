package stepdown.plan;

/** Every option there is: its words on the command line, its variable, and what {@code --help} says of it. */
public enum Option {
    WRITABLE("--writable", Kind.PATHS, "PATH", "Give PATH and all below it to the user."),
    EXCLUDE("--exclude", Kind.PATHS, "PATH", "Leave PATH and all below it alone."),
    STRIP("--strip", Kind.VALUE, "o|go|none", "Mode bits that writable paths lose: o-rwx (default), go-rwx, or none."),
    OWNERSHIP(
            "--ownership",
            Kind.VALUE,
            "mismatch|root|off",
            "Change what differs (default), skip trees whose top is right, or change nothing."),
    ONE_FILE_SYSTEM("--one-file-system", Kind.SWITCH, "", "Do not enter other mounts below a writable path."),
    HARDLINKS("--hardlinks", Kind.SWITCH, "", "Change files with more than one link too."),
    STRICT("--strict", Kind.SWITCH, "", "Refuse to start where a writable path could not be made so."),
    GROUPS("--groups", Kind.LIST, "GID[,GID]", "Supplementary groups besides those the runtime gave."),
    INIT_GROUPS("--init-groups", Kind.SWITCH, "", "Add the groups that /etc/group lists for the user."),
    KEEP_CAP("--keep-cap", Kind.LIST, "NAME[,NAME]", "Keep a capability, such as NET_BIND_SERVICE."),
    KEEP_BOUNDING_SET(
            "--keep-bounding-set", Kind.SWITCH, "", "Leave the bounding set alone, for containers without SETPCAP."),
    ALLOW_NEW_PRIVILEGES("--allow-new-privileges", Kind.SWITCH, "", "Leave no_new_privs alone: set-id programs work."),
    HOME("--home", Kind.VALUE, "PATH", "Home of a user row that stepdown writes (default /home/NAME)."),
    SHELL("--shell", Kind.VALUE, "PATH", "Shell of a user row that stepdown writes (default /sbin/nologin)."),
    KEEP_FD("--keep-fd", Kind.LIST, "N[,N]", "Leave descriptor N open for the product."),
    LOG("--log", Kind.VALUE, "error|warn|info|debug", "How much is said on stderr (default info)."),
    ENV_PREFIX(
            "--env-prefix",
            Kind.MODE_VALUE,
            "PREFIX",
            "Read PREFIX_UID, PREFIX_GID, ... in place of PING_CONTAINER_UID, ..."),
    NO_PRIVILEGED("--no-privileged", Kind.MODE, "", "Forbid PING_CONTAINER_PRIVILEGED=true."),
    DRY_RUN("--dry-run", Kind.MODE, "", "Print the plan and change nothing."),
    PREPARE_ONLY("--prepare-only", Kind.MODE, "", "Write rows and own paths, then exit without a product."),
    VERIFY("--verify", Kind.MODE, "", "Say whether process PID (default 1) runs as asked for; exit 0 or 1."),
    JSON("--json", Kind.MODE, "", "With --verify: print JSON."),
    HELP("--help", Kind.MODE, "", "Print this text."),
    VERSION("--version", Kind.MODE, "", "Print the version.");

    /** What an option takes, and how its variable is read. */
    public enum Kind {
        /** One path each time; the variable holds several, separated by colons. They add up. */
        PATHS,
        /** One or more values separated by commas, in the variable too. They add up. */
        LIST,
        /** One value. The option wins over the variable. */
        VALUE,
        /** Present or not; the variable is {@code true} or {@code false}. */
        SWITCH,
        /** Present or not, without a variable. */
        MODE,
        /** One value, without a variable. */
        MODE_VALUE
    }

    private final String flag;
    private final Kind kind;
    private final String parameter;
    private final String description;

    Option(String flag, Kind kind, String parameter, String description) {
        this.flag = flag;
        this.kind = kind;
        this.parameter = parameter;
        this.description = description;
    }

    public String flag() {
        return flag;
    }

    public Kind kind() {
        return kind;
    }

    /** What {@code --help} writes for its value; empty where it takes none. */
    public String parameter() {
        return parameter;
    }

    public String description() {
        return description;
    }

    public boolean repeatable() {
        return kind == Kind.PATHS || kind == Kind.LIST;
    }

    public boolean hasVariable() {
        return kind != Kind.MODE && kind != Kind.MODE_VALUE;
    }

    /** {@code STEPDOWN_} and the name of the option. */
    public String variable() {
        return "STEPDOWN_" + name();
    }
}
