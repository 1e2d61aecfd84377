package stepdown.settings;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;
import stepdown.Refusal;
import stepdown.kernel.Raw;

/** picocli, told of the options by their table rather than by annotations: no reflection at start. */
public final class CommandLineParser {
    private static final String SYNOPSIS = "stepdown [OPTIONS] [--] COMMAND [ARG...]";

    private final CommandLine commandLine = new CommandLine(spec());

    public CommandLineParser() {
        commandLine.setStopAtPositional(true);
        commandLine.setExpandAtFiles(false);
        commandLine.setTrimQuotes(false);
        commandLine.setOverwrittenOptionsAllowed(true);
    }

    private static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("stepdown");
        for (Option option : Option.values()) {
            spec.addOption(option(option));
        }
        spec.addPositional(PositionalParamSpec.builder()
                .index("0..*")
                .arity("0..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .hidden(true)
                .build());
        return spec;
    }

    private static OptionSpec option(Option option) {
        OptionSpec.Builder builder = OptionSpec.builder(option.flag()).description(option.description());
        if (option.parameter().isEmpty()) {
            return builder.type(boolean.class).arity("0").build();
        }
        builder.arity("1").paramLabel(option.parameter());
        return option.addsUp()
                ? builder.type(List.class).auxiliaryTypes(String.class).build()
                : builder.type(String.class).build();
    }

    /** @throws Refusal for an option that there is not, or that lacks its value */
    public Arguments parse(List<String> raw) {
        ParseResult result;
        try {
            result = commandLine.parseArgs(raw.toArray(new String[0]));
        } catch (UnmatchedArgumentException e) {
            List<String> near = e.getSuggestions();
            throw new Refusal("unknown option " + Raw.show(e.getUnmatched().get(0))
                    + (near.isEmpty()
                            ? ": see stepdown --help"
                            : ": did you mean " + near.get(0)
                                    + "? (the product's own options come after its command, or after --)"));
        } catch (ParameterException e) {
            String message = e.getMessage();
            throw new Refusal(
                    Raw.show(message == null ? "the options cannot be read" : message) + ": see stepdown --help");
        }
        Map<Option, List<String>> values = new EnumMap<>(Option.class);
        for (Option option : Option.values()) {
            if (result.hasMatchedOption(option.flag())) {
                values.put(
                        option,
                        option.parameter().isEmpty()
                                ? List.of()
                                : List.copyOf(
                                        result.matchedOption(option.flag()).originalStringValues()));
            }
        }
        List<String> command = result.hasMatchedPositional(0)
                ? new ArrayList<>(result.matchedPositional(0).originalStringValues())
                : List.of();
        return new Arguments(values, List.copyOf(command));
    }

    /** The text of {@code --help}. */
    public String help() {
        UsageMessageSpec usage = commandLine.getCommandSpec().usageMessage();
        usage.width(100);
        usage.sortOptions(false);
        usage.customSynopsis(SYNOPSIS, "stepdown --prepare-only [OPTIONS]", "stepdown --verify [OPTIONS] [PID]");
        usage.description(
                "",
                "Starts as root, creates the user and the group, gives them the writable paths, drops every privilege,"
                        + " proves that it did, and becomes COMMAND.",
                "");
        usage.footer(
                "",
                "Variables (an empty one counts as unset):",
                "  PING_CONTAINER_PRIVILEGED  true: stay root (default false)",
                "  PING_CONTAINER_UID         user id (default 9031)",
                "  PING_CONTAINER_GID         group id (default 9999)",
                "  PING_CONTAINER_UNAME       user name, where no row has that id (default ping)",
                "  PING_CONTAINER_GNAME       group name, where no row has that id (default identity)",
                "  STEPDOWN_WRITABLE, ...     one for each option from --writable to --log",
                "",
                "Exit status: 125 stepdown refused or failed, 126 COMMAND cannot be executed, 127 it was not found; otherwise that of COMMAND.");
        return commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF);
    }
}
