package stepdown.privilege;

import stepdown.Refusal;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;

/** The folder that stepdown itself was started from. Nothing in it, and none of its parents, may be anybody's but root's: it runs before the drop. */
public final class OwnFolder {
    private static final String JAVA = "/runtime/bin/java";
    private static final String BINARY = "/bin/stepdown";
    private static final String[] LOADED = {
        "/bin", "/lib", "/runtime", "/runtime/bin", "/runtime/lib", "/runtime/lib/server"
    };

    private OwnFolder() {}

    /** Its path without links, as /proc/self/exe tells: {@code FOLDER/runtime/bin/java} or {@code FOLDER/bin/stepdown}. Empty where it is neither. */
    public static String find(Kernel kernel) throws KernelException {
        String exe = kernel.readLink(Linux.AT_FDCWD, "/proc/self/exe");
        String tail = exe.endsWith(JAVA) ? JAVA : BINARY;
        return exe.endsWith(tail) ? exe.substring(0, exe.length() - tail.length()) : "";
    }

    /**
     * Checks the folder, its parents, and every file in the folders that code is loaded from.
     *
     * @throws Refusal naming the first that a user other than root can write
     */
    public static void check(Kernel kernel, String folder) throws KernelException {
        for (int slash = 0; slash >= 0; slash = folder.indexOf('/', slash + 1)) {
            checkOne(kernel, Linux.AT_FDCWD, slash == 0 ? "/" : folder.substring(0, slash), "");
        }
        checkOne(kernel, Linux.AT_FDCWD, folder, "");
        for (String loaded : LOADED) {
            int directory;
            try {
                directory = kernel.open(folder + loaded, Linux.O_RDONLY | Linux.O_DIRECTORY | Linux.O_NOFOLLOW);
            } catch (KernelException e) {
                if (e.errno() == Errno.ENOENT) {
                    continue;
                }
                throw e;
            }
            try {
                checkOne(kernel, Linux.AT_FDCWD, folder + loaded, "");
                for (String name : kernel.list(directory, folder + loaded)) {
                    checkOne(kernel, directory, name, folder + loaded + "/");
                }
            } finally {
                kernel.close(directory);
            }
        }
    }

    private static void checkOne(Kernel kernel, int directory, String name, String prefix) throws KernelException {
        Stat stat = kernel.stat(directory, name, Linux.AT_SYMLINK_NOFOLLOW);
        if (!stat.onlyRootWrites()) {
            throw new Refusal(
                    "stepdown's own " + Raw.show(prefix + name) + " can be written by others than root (owner "
                            + stat.uid() + ", mode " + Integer.toOctalString(stat.permissions())
                            + "): install it with COPY --chown=0:0 --chmod=go-w, below folders that are root's");
        }
    }
}
