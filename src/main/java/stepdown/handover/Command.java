package stepdown.handover;

import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;

/**
 * The product's command: finding its file, and becoming it.
 *
 * @param arguments the command and its arguments; empty only where there is no product
 */
public record Command(List<String> arguments, Environment environment) {
    /** What execvp(3) searches where there is no PATH. */
    private static final String DEFAULT_PATH = "/bin:/usr/bin";

    public String name() {
        return arguments.get(0);
    }

    /**
     * The file to execute, looked up as the calling process: a name with a slash as it is, any other in the folders of
     * PATH, where an empty entry is the working directory, as execvp(3) does.
     *
     * @throws Refusal with 127 where there is none, with 126 where there is one that this user may not execute
     */
    public String find(Kernel kernel) {
        String name = name();
        if (name.indexOf('/') >= 0) {
            KernelException failure = obstacle(kernel, name);
            if (failure != null) {
                throw failed(name, failure, false);
            }
            return name;
        }
        String given = environment.get("PATH");
        String path = given == null ? DEFAULT_PATH : given;
        Refusal denied = null;
        for (String folder : path.split(":", -1)) {
            String file = folder.isEmpty() ? "./" + name : folder + "/" + name;
            KernelException failure = obstacle(kernel, file);
            if (failure == null) {
                return file;
            }
            boolean missing = failure.errno() == Errno.ENOENT || failure.errno() == Errno.ENOTDIR;
            Stat there = missing || denied != null ? null : kernel.find(file, 0);
            if (there != null && there.isRegularFile()) {
                denied = failed(file, failure, false);
            }
        }
        if (denied != null) {
            throw denied;
        }
        String words =
                ": not found in PATH as this user: check the name, PATH, and that the user may enter its folders";
        throw new Refusal(Refusal.NOT_FOUND, Raw.show(name) + words, null);
    }

    /** Why {@code file} cannot be executed, or null. A folder is EACCES, as for execve. */
    private static @Nullable KernelException obstacle(Kernel kernel, String file) {
        try {
            if (!kernel.stat(Linux.AT_FDCWD, file, 0).isRegularFile()) {
                return new KernelException("execve", Raw.show(file), Errno.EACCES);
            }
            kernel.access(file, Linux.X_OK);
            return null;
        } catch (KernelException e) {
            return e;
        }
    }

    /** Becomes {@code file}. It returns only where execve(2) fails: how the start ends then. */
    public Refusal become(Kernel kernel, String file) {
        return failed(file, kernel.execve(file, arguments, environment.entries()), true);
    }

    /** @param found whether there is such a file, so that what is missing is another that it names */
    private static Refusal failed(String file, KernelException failure, boolean found) {
        String why = switch (failure.errno()) {
            case Errno.ENOENT, Errno.ENOTDIR ->
                found ? "the interpreter or loader that it names is not in this image" : "not found";
            case Errno.EACCES ->
                "permission denied: is it an executable file, on a mount without noexec,"
                        + " in folders that the user may enter?";
            case Errno.EPERM ->
                "EPERM: it has file capabilities that this process may not get:"
                        + " keep them with --keep-cap or remove them with setcap -r";
            case Errno.ENOEXEC -> "not a program for this machine, or a script without a #! line";
            case Errno.E2BIG ->
                "the arguments and the environment, with USER, LOGNAME and HOME, are larger than execve takes:"
                        + " a quarter of the limit of the stack (--ulimit stack), and 131071 bytes in one entry";
            case Errno.EAGAIN ->
                "EAGAIN: this user already runs as many processes as its limit allows; raise --ulimit nproc";
            default -> Errno.text(failure.errno());
        };
        int status = switch (failure.errno()) {
            case Errno.ENOENT, Errno.ENOTDIR -> found ? Refusal.NOT_EXECUTABLE : Refusal.NOT_FOUND;
            case Errno.E2BIG -> Refusal.REFUSED;
            default -> Refusal.NOT_EXECUTABLE;
        };
        return new Refusal(status, Raw.show(file) + ": " + why, failure);
    }
}
