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
    private static final String PRODUCTS = "? (the product's own options come after its command, or after --)";

    /** picocli's own asks for a class of Groovy's first: one that is nowhere makes Java open and index every jar. */
    private static final CommandLine.IFactory LISTS = new CommandLine.IFactory() {
        @Override
        public <K> K create(Class<K> type) {
            return type.cast(new ArrayList<>());
        }
    };

    private final CommandLine commandLine = new CommandLine(spec(), LISTS);

    public CommandLineParser() {
        commandLine.setStopAtPositional(true);
        commandLine.setExpandAtFiles(false);
        commandLine.setTrimQuotes(false);
        commandLine.setOverwrittenOptionsAllowed(true);
    }

    private static CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(null, LISTS).name("stepdown");
        for (Option option : Option.values()) {
            String brief = option == Option.HELP ? "-h" : option == Option.VERSION ? "-V" : option.flag;
            OptionSpec.Builder row = OptionSpec.builder(brief, option.flag).description(option.description);
            if (option.parameter.isEmpty()) {
                row.type(boolean.class).arity("0");
            } else {
                row.type(option.addsUp() ? List.class : String.class).auxiliaryTypes(String.class);
                row.arity("1").paramLabel(option.parameter);
            }
            spec.addOption(row.build());
        }
        PositionalParamSpec.Builder command =
                PositionalParamSpec.builder().index("0..*").arity("0..*");
        command.type(List.class).auxiliaryTypes(String.class).hidden(true);
        return spec.addPositional(command.build());
    }

    /** @throws Refusal for an option that there is not, or that lacks its value */
    public Arguments parse(List<String> raw) {
        ParseResult result;
        try {
            result = commandLine.parseArgs(raw.toArray(new String[0]));
        } catch (UnmatchedArgumentException e) {
            List<String> near = e.getSuggestions();
            String meant = near.isEmpty() ? "see stepdown --help" : "did you mean " + near.get(0) + PRODUCTS;
            throw new Refusal("unknown option " + Raw.show(e.getUnmatched().get(0)) + ": " + meant);
        } catch (ParameterException e) {
            throw new Refusal(Raw.show(String.valueOf(e.getMessage())) + ": see stepdown --help");
        }
        Map<Option, List<String>> values = new EnumMap<>(Option.class);
        for (Option option : Option.values()) {
            if (result.hasMatchedOption(option.flag)) {
                OptionSpec given = result.matchedOption(option.flag);
                values.put(option, option.parameter.isEmpty() ? List.of() : List.copyOf(given.originalStringValues()));
            }
        }
        List<String> command = result.hasMatchedPositional(0)
                ? List.copyOf(result.matchedPositional(0).originalStringValues())
                : List.of();
        int before = raw.size() - command.size() - 1;
        return new Arguments(values, command, before >= 0 && raw.get(before).equals("--"));
    }

    /** The text of {@code --help}. */
    public String help() {
        UsageMessageSpec usage =
                commandLine.getCommandSpec().usageMessage().width(100).sortOptions(false);
        usage.customSynopsis(
                "stepdown [OPTIONS] [--] COMMAND [ARG...]",
                "stepdown --prepare-only [OPTIONS]",
                "stepdown --verify [OPTIONS] [PID]");
        usage.description("%nStarts as root, creates the user and the group, gives them the writable paths, drops every"
                + " privilege, proves that it did, and becomes COMMAND.%n");
        return commandLine.getUsageMessage(CommandLine.Help.Ansi.OFF) + AFTER_THE_OPTIONS;
    }

    private static final String AFTER_THE_OPTIONS = """

            Variables (an empty one counts as unset):
              PING_CONTAINER_PRIVILEGED  true: stay root (default false)
              PING_CONTAINER_UID         user id (default 9031)
              PING_CONTAINER_GID         group id (default 9999)
              PING_CONTAINER_UNAME       user name, where no row has that id (default ping)
              PING_CONTAINER_GNAME       group name, where no row has that id (default identity)
              STEPDOWN_WRITABLE, ...     one for each option from --writable to --log

            Exit status: 125 stepdown refused or failed, 126 COMMAND cannot be executed, 127 it was not
            found; otherwise that of COMMAND.
            """;
}
