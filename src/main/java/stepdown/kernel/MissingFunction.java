package stepdown.kernel;

/** The C library of this image is older than a function that stepdown asked for. */
public final class MissingFunction extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MissingFunction(String name) {
        super("the C library of this image has no " + name + "()");
    }
}
