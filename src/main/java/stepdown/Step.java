package stepdown;

import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;

/**
 * One thing that a start does. A list of them is the whole of it: making the list touches nothing, {@code --dry-run}
 * prints it, and a start carries it out.
 *
 * @param words what it does, a line, or more where there is more than one of it
 */
public record Step(String words, Action action) {
    /** Either happens or throws. */
    @FunctionalInterface
    public interface Action {
        void on(Kernel kernel) throws KernelException;
    }
}
