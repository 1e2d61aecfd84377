package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/**
 * Volumes where each call waits for another machine: what a start asks for, how much of it at once, and a call that
 * does not return.
 */
@EachFlavour
class NetworkVolumeTest {
    /** No clock is read: this only has to be long beside what the processor needs for a call. */
    private static final int SLOW = 10_000;

    private static final int QUICK = 0;

    /** More than any test takes, so that how often the kernel asks does not hang on how quick the machine is. */
    private static final int CACHED = 100_000;

    private static final int NOT_CACHED = 0;

    @Parameter
    Flavour flavour;

    private Launch launch(LatencyFs.Mounted volume) {
        return Launch.of(flavour).flag("-v", volume.folder() + ":/data").options("--writable /data");
    }

    /** A start on a kernel that knows nothing of the volume yet. */
    private String requestsOfAStart(LatencyFs volume, int microseconds, int cacheSeconds, String... flags)
            throws IOException {
        try (LatencyFs.Mounted mounted = volume.mount(microseconds, cacheSeconds)) {
            launch(mounted).flag(flags).run("true").succeeded();
            assertThat(volume.wrong()).isEmpty();
            return mounted.requests();
        }
    }

    private static void assertRequestsOfAnEntry(String requests, double most) {
        assertThat(LatencyFs.Mounted.count(requests, "all") / (double) LatencyFs.ENTRIES)
                .as("requests of an entry: %s", requests)
                .isLessThanOrEqualTo(most);
    }

    @Test
    void a_start_asks_for_no_more_than_it_must_and_for_many_things_at_once() throws IOException {
        try (LatencyFs volume = new LatencyFs()) {
            String first = requestsOfAStart(volume, SLOW, CACHED);
            assertRequestsOfAnEntry(first, 3.3);
            assertThat(LatencyFs.Mounted.count(first, "peak"))
                    .as("in flight: %s", first)
                    .isGreaterThanOrEqualTo(24);
            assertRequestsOfAnEntry(requestsOfAStart(volume, QUICK, CACHED), 0.2);
        }
    }

    /** A thread that a quota keeps from the processor looks as if it waited. */
    @Test
    void half_a_processor_is_enough_and_asks_for_no_more() throws IOException {
        try (LatencyFs volume = new LatencyFs()) {
            assertRequestsOfAnEntry(requestsOfAStart(volume, QUICK, CACHED, "--cpus=0.5"), 3.3);
            assertRequestsOfAnEntry(requestsOfAStart(volume, QUICK, CACHED, "--cpus=0.5"), 0.2);
        }
    }

    @Test
    void a_volume_without_a_cache_is_asked_little_more() throws IOException {
        try (LatencyFs volume = new LatencyFs()) {
            assertRequestsOfAnEntry(requestsOfAStart(volume, QUICK, NOT_CACHED), 6.5);
        }
    }

    @Test
    void a_call_that_waits_keeps_nothing_else_waiting() throws IOException {
        try (LatencyFs volume = new LatencyFs();
                LatencyFs.Mounted mounted = volume.mount(QUICK, CACHED)) {
            volume.hold();
            try (Running container = launch(mounted).start("true")) {
                awaitAllButTheHeld(container, volume);
                volume.release();
                assertThat(container.awaitEnd()).isZero();
            }
            assertThat(volume.wrong()).isEmpty();
        }
    }

    @Test
    void term_ends_a_start_that_waits_for_a_call() throws IOException {
        try (LatencyFs volume = new LatencyFs();
                LatencyFs.Mounted mounted = volume.mount(QUICK, CACHED)) {
            volume.hold();
            try (Running container = launch(mounted).start("true")) {
                awaitAllButTheHeld(container, volume);
                container.kill("TERM");
                assertThat(container.awaitEnd()).isEqualTo(143);
            }
            assertThat(volume.wrong()).contains("/held");
        }
    }

    /** The top of a tree is changed last. */
    private static void awaitAllButTheHeld(Running container, LatencyFs volume) {
        container.await("all but /held is the user's", () -> volume.wrong().equals(List.of("", "/held")));
    }
}
