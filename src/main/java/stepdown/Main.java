package stepdown;

import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;
import stepdown.start.Launcher;

/** The JVM flavour: C is reached through jffi, and start.c came before it, which hands over what the container gave. */
public final class Main {
    private Main() {}

    /**
     * Ends by halt: exit would first look for a logger of its own and start a thread, and there is nothing to be run at
     * the end.
     */
    public static void main(String[] arguments) {
        int status = Refusal.REFUSED;
        try {
            status = Launcher.launch(() -> Jnr.kernel(new JffiBinding()), arguments.length, true);
        } finally {
            Runtime.getRuntime().halt(status);
        }
    }
}
