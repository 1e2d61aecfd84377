package stepdown.ownership;

import org.jspecify.annotations.Nullable;
import stepdown.kernel.Stat;

/**
 * A writable path that the current ids cannot write.
 *
 * @param path as it was given, a raw string
 * @param stat its owner and mode, or null where even that cannot be read
 * @param problem the errno in words
 */
public record Unwritable(String path, @Nullable Stat stat, String problem) {}
