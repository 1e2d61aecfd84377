package stepdown.handover;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An environment as execve(2) passes it: entries in order, as raw strings, also those without {@code =} and those that
 * come twice.
 *
 * @param entries each {@code NAME=VALUE}, or whatever else was given
 */
public record Environment(List<String> entries) {
    /** The value of the first entry of that name, as getenv(3) finds it; null where there is none. */
    public @Nullable String get(String name) {
        for (String entry : entries) {
            if (names(entry, name)) {
                return entry.substring(name.length() + 1);
            }
        }
        return null;
    }

    /** The names that begin with {@code prefix}, each once, in order. */
    public List<String> namesWith(String prefix) {
        List<String> names = new ArrayList<>();
        for (String entry : entries) {
            String name = entry.substring(0, Math.max(0, entry.indexOf('=')));
            if (!name.isEmpty() && name.startsWith(prefix) && !names.contains(name)) {
                names.add(name);
            }
        }
        return names;
    }

    /**
     * This environment with {@code name} set: in the place of the first entry of that name, without its later ones, or
     * else at the end.
     */
    public Environment with(String name, String value) {
        List<String> changed = new ArrayList<>(entries.size() + 1);
        int place = -1;
        for (String entry : entries) {
            if (!names(entry, name)) {
                changed.add(entry);
            } else if (place < 0) {
                place = changed.size();
            }
        }
        changed.add(place < 0 ? changed.size() : place, name + "=" + value);
        return new Environment(List.copyOf(changed));
    }

    private static boolean names(String entry, String name) {
        return entry.length() > name.length() && entry.charAt(name.length()) == '=' && entry.startsWith(name);
    }
}
