package stepdown.testcontainers;

import java.util.List;

/**
 * What was seen of a process at one time.
 *
 * @param process such as {@code process 1 (nginx)}
 * @param source how, such as {@code this machine's /proc}
 * @param findings of each thread those that differ from the first one's, or all
 */
record Sight(String process, String source, List<Finding> findings) {}
