package stepdown.privilege;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.Step;
import stepdown.kernel.Capability;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Stat;

/** How a process becomes a {@link Target}: each step once, in the one order that is safe. All on the calling thread. */
public final class Drop {
    private Drop() {}

    /**
     * The steps, none of them done yet.
     *
     * @param fromRoot whether there are ids to change; else only what a user may have is taken away
     * @param confinement what is entered, complete by then; null where nothing is
     */
    public static List<Step> steps(Target target, boolean fromRoot, @Nullable Confinement confinement) {
        List<Step> steps = new ArrayList<>();
        long uid = target.uid();
        long gid = target.gid();
        long kept = target.capabilities();
        String names = Capability.names(kept);

        if (!target.keepBounding()) {
            // First, while SETPCAP is still there.
            steps.add(new Step("empty the bounding set (keep: " + names + ")", kernel -> dropBounding(kernel, kept)));
        }
        if (fromRoot) {
            // While CHOWN is still there.
            String streams = "give descriptors 0 to 2 to " + uid + " where they are pipes or terminals";
            steps.add(new Step(streams, kernel -> giveStreams(kernel, uid)));
            if (kept != 0) {
                // Else the change of the user id clears the permitted set.
                steps.add(new Step("keep the permitted set over the change of the user id", Drop::keepCapabilities));
            }
            // Each needs a capability that the next one takes away: whoever changes the uid first keeps root's groups.
            steps.add(new Step("set the supplementary groups " + target.groups(), k -> k.setgroups(target.groups())));
            steps.add(new Step("set the group id " + gid, kernel -> kernel.setgid(gid)));
            steps.add(new Step("set the user id " + uid, kernel -> kernel.setuid(uid)));
        }
        // No later change of ids is to keep anything.
        steps.add(new Step("clear keep-caps", kernel -> kernel.prctl("PR_SET_KEEPCAPS", Linux.PR_SET_KEEPCAPS, 0, 0)));
        // In so many words: securebits may have kept the kernel from it, and inheritable ones it never clears.
        String sets = "set the effective, permitted and inheritable set (" + names + "), and empty the ambient set";
        steps.add(new Step(sets, kernel -> setCapabilities(kernel, kept)));
        if (kept != 0) {
            // After inheritable, which it must be part of; without it an execve by a user loses them.
            steps.add(new Step("raise the ambient set (" + names + ")", kernel -> raiseAmbient(kernel, kept)));
        }
        if (target.noNewPrivs()) {
            // Last of the changes: no execve from here on grants anything by set-id bits or file capabilities.
            steps.add(new Step("set no_new_privs", Drop::setNoNewPrivs));
        }
        if (confinement != null) {
            // Only with no_new_privs may a user do that.
            steps.add(new Step("confine writing to what is permitted (Landlock)", kernel -> confinement.enter()));
        }
        // When nothing is changed any more.
        String proof = "prove it: read everything back, and fail to become root again";
        steps.add(new Step(proof, kernel -> Proof.ofThisThread(kernel, target, confinement)));
        return steps;
    }

    private static void dropBounding(Kernel kernel, long kept) throws KernelException {
        for (int number = 0; number < Long.SIZE; number++) {
            if ((kept >>> number & 1) == 0) {
                int dropped = kernel.libc().prctl(Linux.PR_CAPBSET_DROP, number, 0, 0, 0);
                if (dropped < 0 && kernel.errno() == Errno.EINVAL && number > 0) {
                    return; // the first that this kernel does not know
                }
                kernel.checked("prctl", "PR_CAPBSET_DROP " + number, dropped);
            }
        }
    }

    /**
     * So that /dev/stdout can be opened again by name. Only pipes and terminals: a file, a socket or /dev/null is not
     * the container's own. Where the kernel does not let us (EPERM, EROFS, EACCES), the product can still write to what
     * is open.
     */
    private static void giveStreams(Kernel kernel, long uid) throws KernelException {
        for (int fd = 0; fd <= 2; fd++) {
            Stat stream = kernel.stat(fd);
            boolean terminal = stream.is(Linux.S_IFCHR) && kernel.libc().isatty(fd) == 1;
            if ((!terminal && !stream.is(Linux.S_IFIFO)) || stream.uid() == uid) {
                continue;
            }
            try {
                kernel.chown(fd, "descriptor " + fd, (int) uid, -1);
            } catch (KernelException e) {
                if (e.errno() != Errno.EPERM && e.errno() != Errno.EROFS && e.errno() != Errno.EACCES) {
                    throw e;
                }
            }
        }
    }

    private static void keepCapabilities(Kernel kernel) throws KernelException {
        kernel.prctl("PR_SET_KEEPCAPS", Linux.PR_SET_KEEPCAPS, 1, 0);
    }

    /** The ambient set is emptied first, as nothing is in it that is not inheritable. */
    private static void setCapabilities(Kernel kernel, long kept) throws KernelException {
        kernel.prctl("PR_CAP_AMBIENT_CLEAR_ALL", Linux.PR_CAP_AMBIENT, Linux.PR_CAP_AMBIENT_CLEAR_ALL, 0);
        Credentials.capset(kernel, kept);
    }

    private static void raiseAmbient(Kernel kernel, long kept) throws KernelException {
        for (Capability capability : Capability.values()) {
            if (capability.in(kept)) {
                String what = "PR_CAP_AMBIENT_RAISE " + capability;
                kernel.prctl(what, Linux.PR_CAP_AMBIENT, Linux.PR_CAP_AMBIENT_RAISE, capability.number());
            }
        }
    }

    private static void setNoNewPrivs(Kernel kernel) throws KernelException {
        kernel.prctl("PR_SET_NO_NEW_PRIVS", Linux.PR_SET_NO_NEW_PRIVS, 1, 0);
    }

    /**
     * Becomes the user that a process runs as, with its capabilities and no fewer, for good: what the kernel asks of
     * whoever looks into it (ptrace(2)).
     */
    public static void become(Kernel kernel, Credentials user) throws KernelException {
        keepCapabilities(kernel);
        kernel.setgroups(user.groups());
        kernel.setgid(user.gids().get(0));
        kernel.setuid(user.uids().get(0));
        setCapabilities(kernel, user.permitted());
    }
}
