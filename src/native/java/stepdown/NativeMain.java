package stepdown;

import stepdown.kernel.GraalBinding;
import stepdown.kernel.jnr.Jnr;
import stepdown.start.Launcher;

/** The native flavour: it is the container's first process itself, so nothing came between it and what the container gave. */
public final class NativeMain {
    private NativeMain() {}

    /** Ends by halt: exit would first look for a logger of its own, and there is nothing to be run at the end. */
    public static void main(String[] arguments) {
        int status = Refusal.REFUSED;
        try {
            status = Launcher.launch(() -> Jnr.kernel(new GraalBinding()), arguments.length, false);
        } finally {
            Runtime.getRuntime().halt(status);
        }
    }
}
