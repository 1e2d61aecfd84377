package stepdown.privilege;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.Need;
import stepdown.Refusal;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;
import stepdown.path.PathRules;

/**
 * The confinement and its proof on the real kernel: on a thread that ends with the test, as no_new_privs, Landlock and
 * ids that are set by system calls are a thread's own.
 */
class ConfinementTest {
    private static final Kernel KERNEL = Jnr.kernel(new JffiBinding());
    private static final long ALL = 0x7ff2;

    /** The test's own folder, below /tmp, where writing is permitted. */
    @TempDir
    Path inside;

    /** Everybody's, beside the folders where writing is permitted. */
    private int outside;

    @BeforeEach
    void makeOutside() throws Exception {
        Need.root();
        Path folder = Files.createTempDirectory(Path.of("target"), "outside");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(inside, PosixFilePermissions.fromString("rwxrwxrwx"));
        outside = KERNEL.open(folder.toString(), Linux.O_PATH);
        folder.toFile().deleteOnExit();
    }

    private interface Mistake {
        void make(Confinement confinement) throws KernelException;
    }

    /** Becomes the user and confines itself; the summary's words and what a file outside and one inside came to. */
    private String confined(boolean asUser, Mistake mistake) {
        FutureTask<String> thread = new FutureTask<>(() -> {
            if (asUser) {
                become();
            }
            Confinement confinement = new Confinement(KERNEL, new PathRules(KERNEL, "/opt/stepdown"));
            confinement.permitCommon();
            mistake.make(confinement);
            if (!asUser) {
                become();
            }
            String before = errno(outside, "before");
            KERNEL.prctl("PR_SET_NO_NEW_PRIVS", Linux.PR_SET_NO_NEW_PRIVS, 1, 0);
            confinement.enter();
            confinement.prove();
            int within = KERNEL.open(inside.toString(), Linux.O_PATH);
            return confinement.proof() + "; " + before + " " + errno(outside, "after") + " " + errno(within, "after");
        });
        Thread.ofPlatform().start(thread);
        try {
            return thread.get();
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof Refusal refusal) {
                return String.valueOf(refusal.getMessage());
            }
            throw new CompletionException(e);
        } catch (InterruptedException e) {
            throw new CompletionException(e);
        }
    }

    private static void become() throws KernelException {
        KERNEL.checked("setresgid", "", KERNEL.libc().syscall(Linux.SYS_SETRESGID, 9999, 9999, 9999));
        KERNEL.checked("setresuid", "", KERNEL.libc().syscall(Linux.SYS_SETRESUID, 9031, 9031, 9031));
    }

    private static String errno(int folder, String name) throws KernelException {
        try {
            KERNEL.close(KERNEL.open(folder, name, Linux.O_WRONLY | Linux.O_CREAT, 0600));
            KERNEL.libc().unlinkat(folder, KERNEL.putString(KERNEL.memory().allocate(64), 64, name), 0);
            return "made";
        } catch (KernelException e) {
            return Errno.text(e.errno());
        }
    }

    private static void permit(Confinement confinement, String path, long rights) throws KernelException {
        confinement.permit(KERNEL.open(path, Linux.O_PATH), rights);
    }

    @Test
    void what_was_root_is_denied_both_attempts_and_everything_outside() {
        assertThat(confined(false, none -> {}))
                .isEqualTo("writes confined, proven by two attempts; made EACCES (permission denied) made");
    }

    @Test
    void a_user_is_denied_the_one_that_a_user_can_make() {
        assertThat(confined(true, none -> {}))
                .isEqualTo("writes confined, proven by one attempt; made EACCES (permission denied) made");
    }

    @Test
    void a_path_of_the_products_is_permitted() {
        assertThat(confined(
                        false,
                        right -> right.permit(Path.of("target").toAbsolutePath().toString())))
                .isEqualTo("writes confined, proven by two attempts; made made made");
    }

    @Test
    void a_rule_too_many_on_the_root_folder_is_not_proven() {
        String why = "the drop could not be proven: --confine let through a file in /dev that everybody may write"
                + " (no error in place of EACCES); the product was not started";
        assertThat(confined(false, wrong -> permit(wrong, "/", ALL & ~0x800))).isEqualTo(why);
        assertThat(confined(false, wrong -> permit(wrong, "/dev", 0x4002))).isEqualTo(why);
    }

    @Test
    void a_rule_that_permits_devices_is_not_proven() {
        assertThat(confined(true, wrong -> permit(wrong, "/", ALL)))
                .isEqualTo("the drop could not be proven: --confine let through a block device in a writable folder"
                        + " (EPERM (operation not permitted) in place of EACCES); the product was not started");
    }
}
