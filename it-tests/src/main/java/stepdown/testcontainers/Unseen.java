package stepdown.testcontainers;

/** Why something cannot be told, in words for whoever wrote the test. */
final class Unseen extends Exception {
    private static final long serialVersionUID = 1;

    Unseen(String why) {
        super(why);
    }
}
