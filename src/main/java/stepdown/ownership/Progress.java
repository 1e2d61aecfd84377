package stepdown.ownership;

/** Told every few seconds how far a long walk is; called on the thread that called {@link Ownership#apply}. */
@FunctionalInterface
public interface Progress {
    /**
     * @param where the folder that is being walked, a raw string
     * @param seen entries so far, of all trees
     * @param changed those of them that were changed
     * @param perSecond entries seen per second, on average
     */
    void at(String where, long seen, long changed, long perSecond);
}
