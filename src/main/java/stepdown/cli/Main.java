package stepdown.cli;

import stepdown.kernel.JffiBinding;
import stepdown.kernel.Kernel;

/** The JVM flavour: C is reached through jffi, and a shell has left a stopped copy of itself that still knows what the container gave. */
public final class Main {
    private Main() {}

    /** Ends by halt: exit would first look for a logger of its own and start a thread, and there is nothing to be run at the end. */
    public static void main(String[] arguments) {
        Runtime.getRuntime()
                .halt(Launcher.launch(
                        () -> new Kernel(new JffiBinding()), arguments.length, Integer.getInteger("stepdown.copy", 0)));
    }
}
