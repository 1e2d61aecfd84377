package stepdown.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.handover.Environment;
import stepdown.kernel.Raw;

/** Makes {@link Settings} of options and variables: options win, lists add up, malformed values are refused, and nothing of a value but its own is ever shown. */
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
        SettingsReader reader = new SettingsReader(arguments, environment);
        return Words.choice(reader.source(Option.LOG), reader.value(Option.LOG, "info"), Option.LOG.parameter());
    }

    private Settings read() {
        value(Option.LOG, "info");
        Settings.Variables names = Settings.Variables.under(prefix());
        boolean privileged = privileged(names.privileged());
        long uid = uid(names);
        String gidText = variable(names.gid());
        long gid = gidText == null ? 9999 : Words.id(names.gid(), gidText, 0);
        String userName = name(names.userName(), "ping");
        String groupName = name(names.groupName(), "identity");
        if (gid == 0) {
            warnings.add(names.gid() + "=0: the product runs in root's group");
        }
        warnAboutUnknownVariables();
        String home = value(Option.HOME, "/home/" + userName);
        String shell = value(Option.SHELL, "/sbin/nologin");
        boolean allowNewPrivileges = flag(Option.ALLOW_NEW_PRIVILEGES);
        boolean keepBoundingSet = flag(Option.KEEP_BOUNDING_SET);
        if (keepBoundingSet && allowNewPrivileges) {
            throw new Refusal("--keep-bounding-set needs no_new_privs: leave out --allow-new-privileges");
        }
        return new Settings(
                privileged,
                uid,
                variable(names.uid()) != null,
                gid,
                userName,
                groupName,
                names,
                paths(Option.WRITABLE),
                paths(Option.EXCLUDE),
                Words.choice(source(Option.STRIP), value(Option.STRIP, "o"), Option.STRIP.parameter()),
                Words.choice(
                        source(Option.OWNERSHIP), value(Option.OWNERSHIP, "mismatch"), Option.OWNERSHIP.parameter()),
                flag(Option.ONE_FILE_SYSTEM),
                flag(Option.HARDLINKS),
                flag(Option.STRICT),
                groups(),
                flag(Option.INIT_GROUPS),
                keptCapabilities(),
                keepBoundingSet,
                allowNewPrivileges,
                Words.rowPath(source(Option.HOME), home),
                Words.rowPath(source(Option.SHELL), shell),
                keptDescriptors(),
                List.copyOf(warnings));
    }

    private @Nullable String prefix() {
        if (!arguments.has(Option.ENV_PREFIX)) {
            return null;
        }
        String prefix = arguments.of(Option.ENV_PREFIX).get(0);
        boolean right = !prefix.isEmpty();
        for (int i = 0; right && i < prefix.length(); i++) {
            char c = prefix.charAt(i);
            right = (c >= 'A' && c <= 'Z') || c == '_' || (i > 0 && c >= '0' && c <= '9');
        }
        if (!right) {
            throw new Refusal("--env-prefix=" + Raw.show(prefix) + " is not a variable's name of A-Z, 0-9 and _");
        }
        return prefix;
    }

    private boolean privileged(String name) {
        String value = variable(name);
        if (value == null) {
            return false;
        }
        boolean privileged = Words.truth(name, value);
        if (privileged && arguments.has(Option.NO_PRIVILEGED)) {
            throw new Refusal(name + "=true is not allowed by this image (--no-privileged): leave it out");
        }
        return privileged;
    }

    private long uid(Settings.Variables names) {
        String value = variable(names.uid());
        if ("0".equals(value)) {
            throw new Refusal(names.uid() + "=0 is root: to stay root, set " + names.privileged() + "=true");
        }
        return value == null ? 9031 : Words.id(names.uid(), value, 1);
    }

    private String name(String variable, String otherwise) {
        String value = variable(variable);
        return value == null ? otherwise : Words.name(variable, value);
    }

    private List<String> paths(Option option) {
        List<String> paths = new ArrayList<>();
        for (String path : arguments.of(option)) {
            paths.add(Words.path(option.flag(), path));
        }
        for (String path : fromVariable(option, ':')) {
            paths.add(Words.path(option.variable(), path));
        }
        return List.copyOf(paths);
    }

    private NavigableSet<Long> groups() {
        NavigableSet<Long> groups = new TreeSet<>();
        for (Given given : list(Option.GROUPS)) {
            groups.add(Words.id(given.source(), given.value(), 1));
        }
        return groups;
    }

    private long keptCapabilities() {
        long kept = 0;
        for (Given given : list(Option.KEEP_CAP)) {
            kept |= Words.capability(given.source(), given.value()).bit();
        }
        return kept;
    }

    private NavigableSet<Integer> keptDescriptors() {
        NavigableSet<Integer> kept = new TreeSet<>();
        for (Given given : list(Option.KEEP_FD)) {
            kept.add(Words.descriptor(given.source(), given.value()));
        }
        return kept;
    }

    private record Given(String source, String value) {}

    private List<Given> list(Option option) {
        List<Given> all = new ArrayList<>();
        for (String values : arguments.of(option)) {
            for (String value : values.split(",", -1)) {
                all.add(new Given(option.flag(), value));
            }
        }
        for (String value : fromVariable(option, ',')) {
            all.add(new Given(option.variable(), value));
        }
        return all;
    }

    /** The parts of an option's variable; empty parts, as in {@code a::b}, are none. */
    private List<String> fromVariable(Option option, char separator) {
        List<String> parts = new ArrayList<>();
        String value = variable(option.variable());
        for (int start = 0; value != null && start <= value.length(); ) {
            int end = value.indexOf(separator, start);
            end = end < 0 ? value.length() : end;
            if (end > start) {
                parts.add(value.substring(start, end));
            }
            start = end + 1;
        }
        return parts;
    }

    private String value(Option option, String otherwise) {
        String variable = variable(option.variable());
        if (!arguments.has(option)) {
            return variable == null ? otherwise : variable;
        }
        List<String> given = arguments.of(option);
        String value = given.get(given.size() - 1);
        warnIfDifferent(option, variable != null && !variable.equals(value));
        return value;
    }

    /** Where the value of {@link #value} came from. */
    private String source(Option option) {
        return arguments.has(option) ? option.flag() : option.variable();
    }

    private boolean flag(Option option) {
        String variable = variable(option.variable());
        boolean asVariable = variable != null && Words.truth(option.variable(), variable);
        if (!arguments.has(option)) {
            return asVariable;
        }
        warnIfDifferent(option, variable != null && !asVariable);
        return true;
    }

    private void warnIfDifferent(Option option, boolean different) {
        if (different) {
            warnings.add("the image's " + option.flag() + " wins over the different " + option.variable());
        }
    }

    /** An empty variable counts as unset. */
    private @Nullable String variable(String name) {
        String value = environment.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    private void warnAboutUnknownVariables() {
        List<String> given = environment.namesWith(OUR_PREFIX);
        if (given.isEmpty()) {
            return;
        }
        List<String> known = new ArrayList<>();
        for (Option option : Option.values()) {
            if (option.hasVariable()) {
                known.add(option.variable());
            }
        }
        for (String name : given) {
            if (!known.contains(name)) {
                warnings.add(Raw.show(name) + " is not a variable of stepdown: did you mean " + Nearest.to(name, known)
                        + "?");
            }
        }
    }
}
