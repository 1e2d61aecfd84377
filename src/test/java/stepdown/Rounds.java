package stepdown;

/** How often an attack is repeated: a few times always, many times with {@code it-tests/run --long}. */
public final class Rounds {
    private static final int TIMES = Integer.getInteger("stepdown.times", 1);

    private Rounds() {}

    public static int of(int few) {
        return few * TIMES;
    }
}
