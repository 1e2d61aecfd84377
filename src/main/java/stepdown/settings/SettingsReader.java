package stepdown.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.account.Identity;
import stepdown.handover.Environment;
import stepdown.kernel.Raw;
import stepdown.ownership.Paths;

/**
 * Makes {@link Settings} of options and variables: options win, lists add up, malformed values are refused, and nothing
 * of a value but its own is ever shown.
 */
public final class SettingsReader {
    private static final String OUR_PREFIX = "STEPDOWN_";

    private final Arguments arguments;
    private final Environment environment;
    private final List<String> warnings = new ArrayList<>();

    private SettingsReader(Arguments arguments, Environment environment) {
        this.arguments = arguments;
        this.environment = environment;
    }

    /** @throws Refusal for the first malformed value */
    public static Settings read(Arguments arguments, Environment environment) {
        return new SettingsReader(arguments, environment).read();
    }

    /** How much is to be said: known first, as what the other values say depends on it. */
    public static String logLevel(Arguments arguments, Environment environment) {
        return new SettingsReader(arguments, environment).choice(Option.LOG);
    }

    private Settings read() {
        choice(Option.LOG);
        List<String> given = arguments.of(Option.ENV_PREFIX);
        String prefix =
                given.isEmpty() ? Option.ENV_PREFIX.otherwise : Values.prefix(Option.ENV_PREFIX.flag, given.get(0));
        boolean privileged = privileged(prefix + "_PRIVILEGED");
        Identity identity = identity(prefix);
        boolean allowNewPrivileges = flag(Option.ALLOW_NEW_PRIVILEGES);
        boolean keepBoundingSet = flag(Option.KEEP_BOUNDING_SET);
        if (keepBoundingSet && allowNewPrivileges) {
            throw new Refusal("--keep-bounding-set needs no_new_privs: leave out --allow-new-privileges");
        }
        return new Settings(
                prefix,
                privileged,
                identity,
                variable(prefix + "_UID") != null,
                paths(),
                flag(Option.STRICT),
                groups(),
                flag(Option.INIT_GROUPS),
                keptCapabilities(),
                keepBoundingSet,
                allowNewPrivileges,
                keptDescriptors(),
                List.copyOf(warnings));
    }

    private boolean privileged(String name) {
        boolean privileged = Values.truth(name, variable(name, "false"));
        if (privileged && arguments.has(Option.NO_PRIVILEGED)) {
            throw new Refusal(name + "=true is not allowed by this image (--no-privileged): leave it out");
        }
        return privileged;
    }

    private Identity identity(String prefix) {
        String uid = variable(prefix + "_UID", "9031");
        if (uid.equals("0")) {
            throw new Refusal(prefix + "_UID=0 is root: to stay root, set " + prefix + "_PRIVILEGED=true");
        }
        long uidNumber = Values.id(prefix + "_UID", uid, 1);
        long gid = Values.id(prefix + "_GID", variable(prefix + "_GID", "9999"), 0);
        String user = Values.name(prefix + "_UNAME", variable(prefix + "_UNAME", "ping"));
        String group = Values.name(prefix + "_GNAME", variable(prefix + "_GNAME", "identity"));
        if (gid == 0) {
            warnings.add(prefix + "_GID=0: the product runs in root's group");
        }
        warnAboutUnknownVariables();
        String home = value(Option.HOME);
        return new Identity(
                uidNumber,
                gid,
                user,
                group,
                Values.rowPath(source(Option.HOME), home.equals(Option.HOME.otherwise) ? "/home/" + user : home),
                Values.rowPath(source(Option.SHELL), value(Option.SHELL)));
    }

    private Paths paths() {
        return new Paths(
                paths(Option.WRITABLE),
                paths(Option.EXCLUDE),
                Paths.Strip.valueOf(choice(Option.STRIP).toUpperCase(Locale.ROOT)),
                Paths.Policy.valueOf(choice(Option.OWNERSHIP).toUpperCase(Locale.ROOT)),
                flag(Option.ONE_FILE_SYSTEM),
                flag(Option.HARDLINKS));
    }

    private List<String> paths(Option option) {
        List<String> paths = new ArrayList<>();
        for (Asked path : all(option)) {
            paths.add(Values.path(path.source, path.value));
        }
        return List.copyOf(paths);
    }

    private NavigableSet<Long> groups() {
        NavigableSet<Long> groups = new TreeSet<>();
        for (Asked gid : all(Option.GROUPS)) {
            groups.add(Values.id(gid.source, gid.value, 1));
        }
        return groups;
    }

    private long keptCapabilities() {
        long kept = 0;
        for (Asked name : all(Option.KEEP_CAP)) {
            kept |= Values.capability(name.source, name.value).bit();
        }
        return kept;
    }

    private NavigableSet<Integer> keptDescriptors() {
        NavigableSet<Integer> kept = new TreeSet<>();
        for (Asked fd : all(Option.KEEP_FD)) {
            kept.add(Values.descriptor(fd.source, fd.value));
        }
        return kept;
    }

    // ---- one option and its variable

    private record Asked(String source, String value) {}

    /** What option and variable ask for together. Empty parts of a variable, as in {@code a::b}, are none. */
    private List<Asked> all(Option option) {
        String separator = option.kind == Option.Kind.LIST ? "," : ":";
        List<Asked> all = new ArrayList<>();
        for (String value : arguments.of(option)) {
            for (String part : option.kind == Option.Kind.LIST ? value.split(separator, -1) : new String[] {value}) {
                all.add(new Asked(option.flag, part));
            }
        }
        for (String part : variable(option.variable, "").split(separator, -1)) {
            if (!part.isEmpty()) {
                all.add(new Asked(option.variable, part));
            }
        }
        return all;
    }

    private String choice(Option option) {
        return Values.choice(source(option), value(option), option.parameter);
    }

    private String value(Option option) {
        String variable = variable(option.variable);
        List<String> given = arguments.of(option);
        if (given.isEmpty()) {
            return variable == null ? option.otherwise : variable;
        }
        String value = given.get(given.size() - 1);
        warnIfDifferent(option, variable != null && !variable.equals(value));
        return value;
    }

    /** Where the value of {@link #value} came from. */
    private String source(Option option) {
        return arguments.has(option) ? option.flag : option.variable;
    }

    private boolean flag(Option option) {
        String variable = variable(option.variable);
        boolean asVariable = variable != null && Values.truth(option.variable, variable);
        warnIfDifferent(option, arguments.has(option) && variable != null && !asVariable);
        return arguments.has(option) || asVariable;
    }

    private void warnIfDifferent(Option option, boolean different) {
        if (different) {
            warnings.add("the image's " + option.flag + " wins over the different " + option.variable);
        }
    }

    /** An empty variable counts as unset. */
    private @Nullable String variable(String name) {
        String value = environment.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    private String variable(String name, String otherwise) {
        String value = variable(name);
        return value == null ? otherwise : value;
    }

    private void warnAboutUnknownVariables() {
        List<String> given = environment.namesWith(OUR_PREFIX);
        List<String> known = new ArrayList<>();
        for (Option option : given.isEmpty() ? new Option[0] : Option.values()) {
            if (option.kind != Option.Kind.MODE) {
                known.add(option.variable);
            }
        }
        for (String name : given) {
            if (!known.contains(name)) {
                String near = Nearest.to(name, known);
                warnings.add(Raw.show(name) + " is not a variable of stepdown: did you mean " + near + "?");
            }
        }
    }
}
