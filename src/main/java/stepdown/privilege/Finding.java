package stepdown.privilege;

/**
 * One line of a comparison between what was asked for and what the kernel says.
 *
 * @param what the name of the line
 * @param asked the value that was asked for; empty where nothing was, so that nothing is judged
 * @param found the value that was found
 * @param note why it is right, or not judged; or nothing
 */
public record Finding(String what, String asked, String found, boolean right, String note) {
    public Finding(String what, String asked, String found, boolean right) {
        this(what, asked, found, right, "");
    }

    static Finding equal(String what, String asked, String found) {
        return new Finding(what, asked, found, asked.equals(found));
    }

    @Override
    public String toString() {
        return what + " is " + found + (note.isEmpty() ? "" : " (" + note + ")") + (right ? "" : ", not " + asked);
    }
}
