package stepdown.it;

import java.util.List;

/** What {@code stepdown --verify} says of a process where every line is yes. */
final class Verified {
    private static final List<String> OF_CAPABILITIES =
            List.of("inheritable set", "permitted set", "effective set", "ambient set", "bounding set");

    private Verified() {}

    static String yes(String comm) {
        return yes(comm, "9999", "none");
    }

    /**
     * @param groups the supplementary groups
     * @param kept the kept capabilities
     */
    static String yes(String comm, String groups, String kept) {
        StringBuilder text = new StringBuilder("process 1 (" + comm + "):\n");
        text.append("  yes  user id is 9031 (default)\n  yes  group id is 9999 (default)\n");
        text.append("  yes  supplementary groups is ").append(groups).append('\n');
        OF_CAPABILITIES.forEach(set ->
                text.append("  yes  ").append(set).append(" is ").append(kept).append('\n'));
        return text.append("  yes  no_new_privs is on\n  yes  descriptors of stepdown is none")
                .toString();
    }
}
