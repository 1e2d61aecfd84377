package stepdown.kernel.jnr;

import stepdown.kernel.Binding;
import stepdown.kernel.Kernel;

/**
 * The kernel as both flavours call it: setuid and setgid through jnr-posix, all else by the addresses of C functions.
 */
public final class Jnr {
    private Jnr() {}

    public static Kernel kernel(Binding binding) {
        return new Kernel(binding, new BoundLibc(binding), JnrPosix.over(binding));
    }
}
