package stepdown.settings;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
    /**
     * Reads the words up to the product's command. A value is the rest of its word behind {@code =}, or the next word;
     * what is an option itself is no value, but a sign that the value was forgotten.
     *
     * @throws Refusal for an option that there is not, or that lacks its value
     */
    public static Arguments of(List<String> words) {
        Map<Option, List<String>> values = new EnumMap<>(Option.class);
        int next = 0;
        while (next < words.size()
                && words.get(next).startsWith("-")
                && words.get(next).length() > 1) {
            String word = words.get(next++);
            if (word.equals("--")) {
                return new Arguments(values, words.subList(next, words.size()), true);
            }
            Option option = Option.of(word);
            boolean valued = option != null && !option.parameter.isEmpty();
            String value = word.contains("=") ? word.substring(word.indexOf('=') + 1) : null;
            if (value == null && valued && next < words.size()) {
                value = words.get(next++);
            }
            boolean forgotten = value != null && (value.equals("--") || Option.of(value) != null);
            if (option == null || valued != (value != null) || forgotten) {
                throw new Usage().refusal(words.subList(0, next));
            }
            List<String> all = values.computeIfAbsent(option, first -> new ArrayList<>());
            if (value != null) {
                all.add(value);
            }
        }
        return new Arguments(values, words.subList(next, words.size()), false);
    }

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
        String name = last(Option.DEFAULT_COMMAND);
        if (name != null) {
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

    @Nullable
    String last(Option option) {
        return has(option) ? of(option).getLast() : null;
    }

    List<String> of(Option option) {
        return values.getOrDefault(option, List.of());
    }
}
