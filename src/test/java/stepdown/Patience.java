package stepdown;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Tests wait for a state, never for a time. What does not come at all is a failure that says what was waited for. */
public final class Patience {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private final Supplier<String> what;
    private final long end;

    private Patience(Supplier<String> what, Duration limit) {
        this.what = what;
        this.end = System.nanoTime() + limit.toNanos();
    }

    /** For a loop that does something itself, of as many rounds as {@link Rounds} says. */
    public static Patience forRounds(Supplier<String> what) {
        return new Patience(what, LIMIT.multipliedBy(Rounds.of(1)));
    }

    public void check() {
        if (System.nanoTime() - end > 0) {
            throw new AssertionError("still waiting for " + what.get());
        }
    }

    public static void until(String what, BooleanSupplier state) {
        Patience patience = new Patience(() -> what, LIMIT);
        while (!state.getAsBoolean()) {
            patience.check();
            // Not a spin: on a single processor it would keep from working what is waited for.
            LockSupport.parkNanos(20_000);
        }
    }
}
