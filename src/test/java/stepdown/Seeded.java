package stepdown;

import java.util.List;
import java.util.Random;

/** Cases made at random, each of a seed of its own: {@code -Dseed=N} begins with the one that has failed. */
public final class Seeded {
    private static final Long GIVEN = Long.getLong("stepdown.seed");

    /** What is tried with one case. */
    @FunctionalInterface
    public interface Trial {
        void of(Random random) throws Exception;
    }

    private Seeded() {}

    /** @param few how many cases, where attacks are not repeated more often */
    public static void cases(int few, Trial trial) {
        long first = GIVEN != null ? GIVEN : System.nanoTime();
        System.out.println("seeds from " + first + " on");
        for (int i = 0; i < Rounds.of(few); i++) {
            long seed = first + i;
            try {
                // Seeds that follow one another begin alike, unless they are scattered.
                trial.of(new Random(seed * 0x9E3779B97F4A7C15L));
            } catch (Exception | AssertionError e) {
                throw new AssertionError("seed " + seed + " (-Dseed=" + seed + " repeats it): " + e, e);
            }
        }
    }

    public static <T> T any(Random random, List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    /** Any bytes, as a raw string. */
    public static String bytes(Random random, int most) {
        StringBuilder bytes = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            bytes.append((char) random.nextInt(256));
        }
        return bytes.toString();
    }

    /** Characters out of a few. */
    public static String text(Random random, int most, String characters) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(most + 1); i > 0; i--) {
            text.append(characters.charAt(random.nextInt(characters.length())));
        }
        return text.toString();
    }
}
