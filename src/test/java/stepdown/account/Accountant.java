package stepdown.account;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import stepdown.kernel.JffiBinding;
import stepdown.kernel.Kernel;
import stepdown.kernel.Linux;

/** A JVM beside the test: it holds the lock until it is killed, or writes the rows again and again. */
final class Accountant {
    private Accountant() {}

    static Process start(String task, Path etc) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = List.of(
                java,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Djnr.ffi.asm.enabled=false",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Accountant.class.getName(),
                task,
                etc.toString());
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    public static void main(String[] args) throws Exception {
        Kernel kernel = new Kernel(new JffiBinding());
        if (args[0].equals("hold")) {
            PasswordLock.take(kernel, kernel.open(args[1], Linux.O_RDONLY), "lock", 300_000);
            tell();
            // Until it is killed; should the test be gone, too.
            System.in.read();
        } else {
            write(kernel, new AccountFiles(kernel, args[1]));
        }
    }

    private static void write(Kernel kernel, AccountFiles files) throws Exception {
        files.write(AccountFilesTest.PING);
        tell();
        for (long id = 20_000; kernel.uids().size() == 3; id++) {
            files.write(told(id));
        }
    }

    static AccountRequest told(long id) {
        return new AccountRequest(id, id, "ping", "identity", "/home/ping", "/sbin/nologin");
    }

    private static void tell() {
        System.out.print('.');
        System.out.flush();
    }
}
