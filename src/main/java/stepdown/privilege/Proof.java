package stepdown.privilege;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Capability;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/**
 * Whether this thread is what it should be, before exec. {@code --verify} compares the sets of any process in the same
 * way; of its ids it knows less.
 */
public final class Proof {
    /** What the kernel says of the calling thread: proc_pid_status(5). */
    public static final String STATUS = "/proc/thread-self/status";

    private Proof() {}

    /** Line by line, what {@code target} asks for and what {@code found} is. */
    static List<Finding> compare(Target target, Credentials found) {
        List<Finding> findings = new ArrayList<>();
        String kept = Capability.names(target.capabilities());
        findings.add(Finding.equal("user id", "" + target.uid(), ids(found.uids())));
        findings.add(Finding.equal("group id", "" + target.gid(), ids(found.gids())));
        findings.add(Finding.equal("supplementary groups", ids(target.groups()), ids(found.groups())));
        findings.addAll(compareSets(kept, found));
        if (!target.keepBounding()) {
            findings.add(Finding.equal("bounding set", kept, Capability.names(found.bounding())));
        }
        if (target.noNewPrivs()) {
            findings.add(Finding.equal("no_new_privs", "on", found.noNewPrivs() ? "on" : "off"));
        }
        return findings;
    }

    /** The four sets that are to hold just the names in {@code kept}. */
    public static List<Finding> compareSets(String kept, Credentials found) {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.equal("inheritable set", kept, Capability.names(found.inheritable())));
        findings.add(Finding.equal("permitted set", kept, Capability.names(found.permitted())));
        findings.add(Finding.equal("effective set", kept, Capability.names(found.effective())));
        findings.add(Finding.equal("ambient set", kept, Capability.names(found.ambient())));
        return findings;
    }

    /**
     * Proves the drop on the thread that will exec: by system calls, by /proc/thread-self/status as a second witness,
     * by trying to become root again, and to do what is not permitted any more.
     *
     * @param confinement what was entered; null where nothing was
     * @throws Refusal on any doubt
     */
    public static void ofThisThread(Kernel kernel, Target target, @Nullable Confinement confinement)
            throws KernelException {
        refuseUnlessRight(compare(target, Credentials.ofThisThread(kernel)));
        refuseUnlessRight(compare(target, Credentials.of(STATUS, kernel.readFile(STATUS))));
        tryToBecomeRoot(kernel, target.gid());
        if (confinement != null) {
            confinement.prove();
        }
    }

    private static void refuseUnlessRight(List<Finding> findings) {
        for (Finding finding : findings) {
            if (!finding.right()) {
                throw unproven(finding.toString());
            }
        }
    }

    /** By raw system calls: glibc's wrappers abort the process when the threads of a JVM get different answers. */
    private static void tryToBecomeRoot(Kernel kernel, long gid) throws KernelException {
        mustFail("setuid(0)", kernel.libc().syscall(Linux.SYS_SETUID, 0, 0, 0));
        mustFail("setresuid(0, 0, 0)", kernel.libc().syscall(Linux.SYS_SETRESUID, 0, 0, 0));
        if (gid != 0) {
            mustFail("setgid(0)", kernel.libc().syscall(Linux.SYS_SETGID, 0, 0, 0));
            mustFail("setresgid(0, 0, 0)", kernel.libc().syscall(Linux.SYS_SETRESGID, 0, 0, 0));
        }
        kernel.withMemory(4, group -> {
            mustFail("setgroups(0)", kernel.libc().syscall(Linux.SYS_SETGROUPS, 1, group, 0));
            return 0;
        });
    }

    private static void mustFail(String call, long result) {
        if (result != -1) {
            throw unproven(call + " succeeded afterwards");
        }
    }

    static Refusal unproven(String why) {
        return new Refusal("the drop could not be proven: " + why + "; the product was not started");
    }

    /** Each once, ascending. */
    public static String ids(Collection<Long> ids) {
        StringBuilder list = new StringBuilder();
        for (Long id : new TreeSet<>(ids)) {
            list.append(list.isEmpty() ? "" : ",").append(id);
        }
        return list.isEmpty() ? "none" : list.toString();
    }
}
