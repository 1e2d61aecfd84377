package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CrewTest {
    @BeforeEach
    void setUp() {
        assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "needs two processors");
    }

    @Test
    void the_helper_has_ended_when_it_is_dismissed() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        Crew crew = new Crew(() -> {
            Thread.sleep(200);
            ended.set(true);
        });
        crew.hire();
        crew.dismiss();
        assertThat(ended).isTrue();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("stepdown-walk");
    }

    @Test
    void a_crew_without_a_helper_wants_nothing() throws Exception {
        Crew crew = new Crew(() -> {});
        assertThat(crew.isWanting()).isFalse();
        crew.dismiss();
    }

    @Test
    void what_happened_to_the_helper_is_not_lost() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Crew crew = new Crew(() -> {
            begun.countDown();
            throw new IllegalArgumentException("no");
        });
        crew.hire();
        begun.await();
        assertThatThrownBy(crew::dismiss).hasRootCauseMessage("no");
    }
}
