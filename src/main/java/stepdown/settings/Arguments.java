package stepdown.settings;

import java.util.List;
import java.util.Map;

/**
 * A parsed command line.
 *
 * @param values for each option that was given, its values in order; empty for one that takes none
 * @param command the product's command and its arguments; with {@code --verify}, at most the process id
 */
public record Arguments(Map<Option, List<String>> values, List<String> command) {
    public boolean has(Option option) {
        return values.containsKey(option);
    }

    List<String> of(Option option) {
        return values.getOrDefault(option, List.of());
    }
}
