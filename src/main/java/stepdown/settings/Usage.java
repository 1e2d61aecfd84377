package stepdown.settings;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;
import stepdown.Refusal;
import stepdown.kernel.Raw;

/**
 * What is said of the command line: {@code --help}, and what is wrong with one that {@link Arguments} cannot read. The
 * options come from {@link Option}; picocli lays out the one and explains the other, and takes a tenth of a start to
 * set up, which a start that is written right does not pay.
 */
public final class Usage {
    private static final String PRODUCTS = "? (the product's own options come after its command, or after --)";

    static final String UNCLEAR = "the options cannot be told apart: see stepdown --help";

    private final CommandLine commandLine = new CommandLine(spec());

    private static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create().name("stepdown");
        spec.parser()
                .expandAtFiles(false)
                .posixClusteredShortOptionsAllowed(false)
                .overwrittenOptionsAllowed(true);
        for (Option option : Option.values()) {
            boolean valued = !option.parameter.isEmpty();
            spec.addOption(OptionSpec.builder(option.brief, option.flag)
                    .description(option.description)
                    .type(valued ? String.class : boolean.class)
                    .arity(valued ? "1" : "0")
                    .paramLabel(option.parameter)
                    .build());
        }
        return spec;
    }

    /** @param words up to the one that is wrong */
    Refusal refusal(List<String> words) {
        try {
            commandLine.parseArgs(words.toArray(new String[0]));
            return new Refusal(UNCLEAR);
        } catch (UnmatchedArgumentException e) {
            List<String> near = e.getSuggestions();
            String meant = near.isEmpty() ? "see stepdown --help" : "did you mean " + near.get(0) + PRODUCTS;
            return new Refusal("unknown option " + Raw.show(e.getUnmatched().get(0)) + ": " + meant);
        } catch (ParameterException e) {
            return new Refusal(Raw.show(String.valueOf(e.getMessage())) + ": see stepdown --help");
        }
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
              PING_CONTAINER_UID         user id, or owner:PATH (default 9031)
              PING_CONTAINER_GID         group id, or owner:PATH (default 9999)
              PING_CONTAINER_UNAME       user name, where no row has that id (default ping)
              PING_CONTAINER_GNAME       group name, where no row has that id (default identity)
              STEPDOWN_WRITABLE, ...     one for each option from --writable to --log

            Exit status: 125 stepdown refused or failed, 126 COMMAND cannot be executed, 127 it was not
            found; otherwise that of COMMAND.
            """;
}
