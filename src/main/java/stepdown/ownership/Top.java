package stepdown.ownership;

import org.jspecify.annotations.Nullable;
import stepdown.kernel.Stat;
import stepdown.path.Place;

/**
 * What a path is before anything is changed, for the plan.
 *
 * @param given the path as it was given, a raw string
 * @param place what it came to, held; null where it could not be reached
 * @param state what is going to be done with it
 * @param needsCapabilities whether that takes the capabilities of a walk
 * @param problem why it could not be reached, or may not be handed over; or null
 */
public record Top(
        String given,
        @Nullable Place place,
        State state,
        boolean needsCapabilities,
        @Nullable String problem) {
    public enum State {
        /** Its top is as it should be; below it may be work to do. */
        RIGHT,
        /** Its top is to be changed. */
        WRONG,
        /** It is to be created. */
        MISSING,
        /** It is not walked, since its top is right and that is enough, or since the ids are its own. */
        SKIPPED,
        /** It is at or below an excluded path. */
        EXCLUDED,
        /** It could not be reached: an error that is counted, but does not end the start. */
        UNREACHABLE
    }

    /** Without links, {@code ..} and {@code //}; as given where that failed. */
    public String path() {
        return place == null ? given : place.path();
    }

    /** Of the path itself, or null where it does not exist or could not be reached. */
    public @Nullable Stat stat() {
        return place == null || !place.exists() ? null : place.stat();
    }
}
