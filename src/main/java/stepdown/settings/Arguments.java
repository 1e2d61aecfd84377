package stepdown.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import stepdown.Refusal;
import stepdown.kernel.Raw;

/**
 * A parsed command line.
 *
 * @param values for each option that was given, its values in order; empty for one that takes none
 * @param command the product's command and its arguments; with {@code --verify}, at most the process id
 * @param ended whether {@code --} stood before the command
 */
public record Arguments(Map<Option, List<String>> values, List<String> command, boolean ended) {
    public boolean has(Option option) {
        return values.containsKey(option);
    }

    /**
     * The command that is asked for, behind that of {@code --default-command} where it is none or begins with an option
     * of the product's.
     *
     * @throws Refusal where an option of the product's could have been taken for one of ours, or there is no command
     */
    public List<String> product() {
        List<String> whole = new ArrayList<>(command);
        if (has(Option.DEFAULT_COMMAND)) {
            String name = of(Option.DEFAULT_COMMAND).getLast();
            if (!ended || name.isEmpty() || name.startsWith("-")) {
                throw new Refusal("--default-command=" + Raw.show(name) + " needs a command, and -- as the last word of"
                        + " the ENTRYPOINT: what comes behind it is the product's");
            }
            if (whole.isEmpty() || whole.get(0).startsWith("-")) {
                whole.add(0, name);
            }
        }
        if (whole.isEmpty() || whole.get(0).isEmpty()) {
            throw new Refusal((whole.isEmpty() ? "no command to become" : "the command is an empty word")
                    + ": give one after the options (in a Dockerfile: CMD), or --prepare-only");
        }
        return whole;
    }

    List<String> of(Option option) {
        return values.getOrDefault(option, List.of());
    }
}
