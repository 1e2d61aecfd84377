package stepdown.privilege;

import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/**
 * Where stepdown itself stands. That nobody but root can write there, and in no folder above, was seen to by start.c,
 * before anything of it ran.
 */
public final class OwnFolder {
    private static final String JAVA = "/runtime/bin/java";

    private OwnFolder() {}

    /** The folder of the JVM flavour, or the one file of the native flavour, without links, as /proc/self/exe tells. */
    public static String find(Kernel kernel) throws KernelException {
        String exe = kernel.readLink(Linux.AT_FDCWD, "/proc/self/exe");
        return exe.endsWith(JAVA) ? exe.substring(0, exe.length() - JAVA.length()) : exe;
    }
}
