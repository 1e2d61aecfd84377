package stepdown.privilege;

import java.util.ArrayList;
import java.util.List;
import stepdown.kernel.Raw;

/**
 * /proc/PID/uid_map or gid_map: which ids a user namespace knows (user_namespaces(7)).
 *
 * @param ranges pairs of the first id inside and one past the last
 */
public record IdMap(List<Range> ranges) {
    /** @param end one past the last id */
    public record Range(long first, long end) {}

    public static IdMap parse(String text) {
        List<Range> ranges = new ArrayList<>();
        // In threes: the first one inside, the first one outside, how many.
        List<String> numbers = Raw.words(text, " \t\n");
        for (int i = 0; i < numbers.size(); i += 3) {
            long first = Long.parseLong(numbers.get(i));
            long end = first + Long.parseLong(numbers.get(i + 2));
            Range last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
            if (last != null && last.end() == first) { // a rootless engine's: the user, and then its further ids
                ranges.set(ranges.size() - 1, new Range(last.first(), end));
            } else {
                ranges.add(new Range(first, end));
            }
        }
        return new IdMap(List.copyOf(ranges));
    }

    public boolean has(long id) {
        for (Range range : ranges) {
            if (id >= range.first() && id < range.end()) {
                return true;
            }
        }
        return false;
    }

    /** Whether there is no id that is not mapped. */
    public boolean isWhole() {
        return ranges.size() == 1 && ranges.get(0).first() == 0 && ranges.get(0).end() >= 4294967295L;
    }

    /** The ids that there are, as {@code 0-65535}. */
    @Override
    public String toString() {
        StringBuilder all = new StringBuilder();
        for (Range range : ranges) {
            all.append(all.isEmpty() ? "" : ",").append(range.first() + "-" + (range.end() - 1));
        }
        return all.isEmpty() ? "none" : all.toString();
    }
}
