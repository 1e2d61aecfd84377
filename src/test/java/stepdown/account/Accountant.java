package stepdown.account;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import stepdown.kernel.Kernel;
import stepdown.kernel.Linux;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;

/**
 * A JVM beside the test: it holds the lock until it is killed, is killed at a system call, or writes the rows when it
 * is told to.
 */
final class Accountant {
    private Accountant() {}

    static Process start(String task, Path etc) throws IOException {
        return start(task, etc, List.of());
    }

    static Process start(String task, Path etc, List<String> options, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        command.addAll(List.of("-Djnr.ffi.asm.enabled=false", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Accountant.class.getName()));
        command.addAll(List.of(task, etc.toString()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    public static void main(String[] args) throws Exception {
        Kernel kernel = Jnr.kernel(new JffiBinding());
        if (args[0].equals("hold")) {
            String path = args[1] + "/.pwd.lock";
            int lock = kernel.open(Linux.AT_FDCWD, path, Linux.O_WRONLY | Linux.O_CREAT, 0600);
            kernel.lock(lock, path, 0);
            tell();
            // Until it is killed; should the test be gone, too.
            System.in.read();
        } else if (args[0].equals("die")) {
            Watched dying = new Watched().dyingAt(Integer.parseInt(args[2]));
            Etc.start(new AccountFiles(dying.kernel(), args[1], Etc.OWNER, 15_000), told(20_000));
        } else {
            tell();
            System.in.read();
            AccountFiles files = new AccountFiles(kernel, args[1], Etc.OWNER, 15_000);
            files.read().groupsOfRoot();
            AccountPlan done = Etc.start(files, AccountFilesTest.PING);
            System.out.println(done.user().name() + " " + done.warnings());
        }
    }

    static Identity told(long id) {
        return new Identity(id, id, "ping", "identity", "/home/ping", "/sbin/nologin");
    }

    private static void tell() {
        System.out.print('.');
        System.out.flush();
    }
}
