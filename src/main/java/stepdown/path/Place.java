package stepdown.path;

import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.kernel.Stat;

/**
 * What a path came to.
 *
 * @param path without links, {@code ..} and {@code //}, a raw string; also where some of it does not exist yet
 * @param fd an O_PATH descriptor of it, or of the last folder above it that exists; whoever asked closes it
 * @param stat of what {@code fd} holds
 * @param through the folders that led there, each as it was held, and what {@code fd} holds
 * @param missing the names that do not exist, outermost first
 * @param exposed the outermost folder above it that others than root can write, sticky ones apart; or null
 */
public record Place(
        String path,
        int fd,
        Stat stat,
        List<Stat> through,
        List<String> missing,
        @Nullable String exposed) {
    public boolean exists() {
        return missing.isEmpty();
    }
}
