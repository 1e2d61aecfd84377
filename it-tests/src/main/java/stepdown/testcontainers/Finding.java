package stepdown.testcontainers;

/**
 * One thing that was found, in the words of {@code stepdown --verify}.
 *
 * @param what such as {@code user id}
 * @param thread the thread that is not as the first one; empty for that
 * @param found its value; {@code none} for nothing
 */
record Finding(String what, String thread, String found) {
    /** Real, effective, saved, and that of the file system: one number where they are the same. */
    static final String USER = "user id";

    static final String GROUP = "group id";
    static final String GROUPS = "supplementary groups";
    static final String BOUNDING = "bounding set";
    static final String NO_NEW_PRIVS = "no_new_privs";
    /** Of the first thread alone: those of others are the product's own, and a JVM blocks signals in most. */
    static final String BLOCKED = "blocked signals";
}
