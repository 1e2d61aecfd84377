package stepdown.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.account.Identity;
import stepdown.handover.Environment;
import stepdown.kernel.Capability;
import stepdown.kernel.Raw;
import stepdown.ownership.Paths;

/**
 * Makes {@link Settings} of options and variables: options win, lists add up, malformed values are refused, and nothing
 * of a value but its own is ever shown.
 */
public final class SettingsReader {
    private static final String OUR_PREFIX = "STEPDOWN_";
    private static final List<String> SUFFIXES = List.of("_PRIVILEGED", "_UID", "_GID", "_UNAME", "_GNAME");

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
        choice(Option.LOG); // for its warning
        String prefix = value(Option.ENV_PREFIX, Values::prefix);
        boolean privileged = privileged(prefix + "_PRIVILEGED");
        String uid = variable(prefix + "_UID", "9031");
        String uidOwner = Values.owner(prefix + "_UID", uid);
        String gid = variable(prefix + "_GID", uidOwner == null ? "9999" : uid);
        String gidOwner = Values.owner(prefix + "_GID", gid);
        Identity identity = identity(prefix, uidOwner == null ? uid : "9031", gidOwner == null ? gid : "9999");
        warnOfUnread(prefix);
        boolean allowNewPrivileges = flag(Option.ALLOW_NEW_PRIVILEGES);
        boolean keepBoundingSet = flag(Option.KEEP_BOUNDING_SET);
        if (keepBoundingSet && allowNewPrivileges) {
            throw new Refusal("--keep-bounding-set needs no_new_privs: leave out --allow-new-privileges");
        }
        boolean confine = flag(Option.CONFINE);
        if (confine && (allowNewPrivileges || privileged)) {
            throw new Refusal("--confine needs a drop and no_new_privs: leave out "
                    + (privileged ? prefix + "_PRIVILEGED=true" : "--allow-new-privileges"));
        }
        String umask = value(Option.UMASK, Values::umask);
        Paths paths = paths();
        List<String> groupsOf = all(Option.GROUPS_OF, Values::path);
        NavigableMap<String, String> credentials = credentials();
        List<String> asked = new ArrayList<>(groupsOf);
        asked.addAll(credentials.values());
        asked.add(uidOwner == null ? "" : uidOwner);
        asked.add(gidOwner == null ? "" : gidOwner);
        asked.forEach(path -> refuseBelow(paths, path));
        return new Settings(
                prefix,
                privileged,
                identity,
                variable(prefix + "_UID") != null,
                gidOwner != null || variable(prefix + "_GID") != null,
                uidOwner,
                gidOwner,
                arguments.last(Option.DEFAULT_USER),
                paths,
                flag(Option.STRICT),
                new TreeSet<>(all(Option.GROUPS, (source, value) -> Values.id(source, value, 1))),
                groupsOf,
                flag(Option.INIT_GROUPS),
                keptCapabilities(),
                keepBoundingSet,
                allowNewPrivileges,
                new TreeSet<>(all(Option.KEEP_FD, Values::descriptor)),
                credentials,
                umask.isEmpty() ? -1 : Integer.parseInt(umask, 8) & 0777, // as umask(2) takes it
                confine,
                List.copyOf(warnings));
    }

    private boolean privileged(String name) {
        boolean privileged = Values.truth(name, variable(name, "false"));
        if (privileged && arguments.has(Option.NO_PRIVILEGED)) {
            throw new Refusal(name + "=true is not allowed by this image (--no-privileged): leave it out");
        }
        return privileged;
    }

    private Identity identity(String prefix, String uid, String gid) {
        if (uid.equals("0")) {
            String way = arguments.has(Option.NO_PRIVILEGED)
                    ? ", which this image does not allow (--no-privileged): set another id"
                    : ": to stay root, set " + prefix + "_PRIVILEGED=true";
            throw new Refusal(prefix + "_UID=0 is root" + way);
        }
        long uidNumber = Values.id(prefix + "_UID", uid, 1);
        long gidNumber = Values.id(prefix + "_GID", gid, 0);
        String user = Values.name(prefix + "_UNAME", variable(prefix + "_UNAME", "ping"));
        String group = Values.name(prefix + "_GNAME", variable(prefix + "_GNAME", "identity"));
        if (gidNumber == 0) {
            warnings.add(prefix + "_GID=0: the product runs in root's group");
        }
        boolean named = arguments.has(Option.HOME) || variable(Option.HOME.variable) != null;
        String home = value(Option.HOME, Values::rowPath);
        String shell = value(Option.SHELL, Values::rowPath);
        return new Identity(uidNumber, gidNumber, user, group, named ? home : "/home/" + user, shell);
    }

    private Paths paths() {
        return new Paths(
                all(Option.WRITABLE, Values::path),
                all(Option.EXCLUDE, Values::path),
                Paths.Strip.valueOf(choice(Option.STRIP).toUpperCase(Locale.ROOT)),
                Paths.Policy.valueOf(choice(Option.OWNERSHIP).toUpperCase(Locale.ROOT)),
                flag(Option.ONE_FILE_SYSTEM),
                flag(Option.HARDLINKS));
    }

    private NavigableMap<String, String> credentials() {
        NavigableMap<String, String> paths = new TreeMap<>();
        for (String credential : all(Option.CREDENTIAL, Values::credential)) {
            String name = credential.substring(0, credential.indexOf('='));
            String path = credential.substring(name.length() + 1);
            String other = paths.put(name, path);
            if (other != null && !other.equals(path)) {
                throw new Refusal("credential " + name + " has two paths, " + Raw.show(other) + " and " + Raw.show(path)
                        + ": give one of them another name");
            }
        }
        return paths;
    }

    /** What one start gives to the user, the next one could not trust any more. */
    private static void refuseBelow(Paths paths, String asked) {
        for (String writable : paths.policy() == Paths.Policy.OFF ? List.<String>of() : paths.writable()) {
            if (asked.startsWith(writable + "/")) {
                throw new Refusal(Raw.show(asked) + " lies below the writable path " + Raw.show(writable)
                        + ", where the user could exchange it before the next start: name one outside of it");
            }
        }
    }

    private long keptCapabilities() {
        long kept = 0;
        for (Capability capability : all(Option.KEEP_CAP, Values::capability)) {
            kept |= capability.bit();
        }
        return kept;
    }

    // ---- one option and its variable

    /** What option and variable ask for together. Empty parts of a variable, as in {@code a::b}, are none. */
    private <T> List<T> all(Option option, BiFunction<String, String, T> check) {
        boolean list = option.kind == Option.Kind.LIST;
        List<T> all = new ArrayList<>();
        for (String value : arguments.of(option)) {
            for (String part : list ? value.split(",", -1) : new String[] {value}) {
                all.add(check.apply(option.flag, part));
            }
        }
        for (String part : Raw.words(variable(option.variable, ""), list ? "," : ":")) {
            all.add(check.apply(option.variable, part));
        }
        return List.copyOf(all);
    }

    private String choice(Option option) {
        return value(option, (source, value) -> Values.choice(source, value, option.parameter));
    }

    /**
     * The last one given, else the variable's, else the default. Each that stands somewhere is checked, also one that
     * another wins over.
     */
    private String value(Option option, BinaryOperator<String> check) {
        String variable = option.kind == Option.Kind.MODE ? null : variable(option.variable);
        String value = variable == null ? option.otherwise : check.apply(option.variable, variable);
        for (String given : arguments.of(option)) {
            value = check.apply(option.flag, given);
        }
        warnIfDifferent(option, variable != null && !variable.equals(value));
        return value;
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

    // ---- what is set, and not read

    private void warnOfUnread(String prefix) {
        List<String> known = new ArrayList<>();
        for (Option option : Option.values()) {
            if (option.kind != Option.Kind.MODE) {
                known.add(option.variable);
            }
        }
        warnOfUnknown(OUR_PREFIX, known, true);
        String usual = Option.ENV_PREFIX.otherwise;
        // Below another prefix the product may have variables of its own: only what looks like one of these is told.
        List<String> names = new ArrayList<>();
        for (String suffix : SUFFIXES) {
            names.add(prefix + suffix);
        }
        warnOfUnknown(prefix + "_", names, prefix.equals(usual));
        for (String id : List.of("UID", "GID")) {
            if (!prefix.equals(usual) && variable(usual + "_" + id) != null) {
                warnings.add(usual + "_" + id + " is not read: this image reads " + prefix + "_" + id);
            }
            if (variable("P" + id) != null && variable(prefix + "_" + id) == null) {
                warnings.add("P" + id + " is not read: set " + prefix + "_" + id);
            }
        }
    }

    private void warnOfUnknown(String prefix, List<String> known, boolean all) {
        for (String name : environment.namesWith(prefix)) {
            String near = known.contains(name) ? name : Nearest.to(name, known);
            if (!near.equals(name) && (all || Nearest.distance(name, near) == 1)) {
                warnings.add(Raw.show(name) + " is not a variable of stepdown: did you mean " + near + "?");
            }
        }
    }
}
