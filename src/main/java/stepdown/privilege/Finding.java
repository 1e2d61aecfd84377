package stepdown.privilege;

/**
 * One line of a comparison between what was asked for and what the kernel says.
 *
 * @param what the name of the line
 * @param asked the value that was asked for
 * @param found the value that was found
 */
public record Finding(String what, String asked, String found, boolean right) {
    static Finding equal(String what, String asked, String found) {
        return new Finding(what, asked, found, asked.equals(found));
    }

    @Override
    public String toString() {
        return what + " is " + found + (right ? "" : ", not " + asked);
    }
}
