package stepdown.plan;

import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;

/** Which descriptors from 3 on the product keeps: those that socket activation passed to this process (sd_listen_fds(3)), and those of {@code --keep-fd}. */
record KeptDescriptors(Settings settings, Observed observed) {
    private static final int FIRST = 3;

    NavigableSet<Integer> decide() {
        NavigableSet<Integer> kept = new TreeSet<>();
        for (Integer fd : settings.keptDescriptors()) {
            if (!observed.descriptors().contains(fd)) {
                throw new Refusal("--keep-fd " + fd + ": the container was not given that descriptor (it was given "
                        + observed.descriptors() + ")");
            }
            kept.add(fd);
        }
        if (number(observed.environment().get("LISTEN_PID")) == observed.pid()) {
            long end = FIRST + number(observed.environment().get("LISTEN_FDS"));
            for (Integer fd : observed.descriptors()) {
                if (fd < end) {
                    kept.add(fd);
                }
            }
        }
        return kept;
    }

    /** -1 where it is not a number. */
    private static long number(@Nullable String value) {
        if (value == null || value.isEmpty() || value.length() > 9) {
            return -1;
        }
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) < '0' || value.charAt(i) > '9') {
                return -1;
            }
        }
        return Long.parseLong(value);
    }
}
