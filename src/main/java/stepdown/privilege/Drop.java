package stepdown.privilege;

import java.util.List;
import stepdown.kernel.Capability;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Stat;

/** The single steps of a drop. Their order, and the reason for it, stand in the plan; each either happens or throws. All on the calling thread. */
public final class Drop {
    private final Kernel kernel;

    public Drop(Kernel kernel) {
        this.kernel = kernel;
    }

    /** Takes every capability but {@code kept} out of the bounding set; needs SETPCAP (capabilities(7)). */
    public void emptyBoundingSet(long kept) throws KernelException {
        for (int number = 0; number < Long.SIZE; number++) {
            int present = kernel.libc().prctl(Linux.PR_CAPBSET_READ, number, 0, 0, 0);
            if (present < 0 && kernel.errno() == Errno.EINVAL && number > 0) {
                return;
            }
            kernel.checked("prctl", "PR_CAPBSET_READ " + number, present);
            if (present == 1 && (kept >>> number & 1) == 0) {
                kernel.prctl("PR_CAPBSET_DROP " + number, Linux.PR_CAPBSET_DROP, number, 0);
            }
        }
    }

    /**
     * Gives descriptors 0 to 2 to the user, so that /dev/stdout can be opened again by name. Only pipes and terminals: a file, a socket or /dev/null is not the
     * container's own. Where the kernel does not let us (EPERM, EROFS, EACCES), the product can still write to what is open.
     */
    public void handOverStandardStreams(long uid) throws KernelException {
        for (int fd = 0; fd <= 2; fd++) {
            Stat stream = kernel.stat(fd);
            boolean ours = stream.is(Linux.S_IFIFO)
                    || (stream.is(Linux.S_IFCHR) && kernel.libc().isatty(fd) == 1);
            if (!ours || stream.uid() == uid) {
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

    /** Whether the permitted set outlives the change of the user id. */
    public void keepCapabilities(boolean keep) throws KernelException {
        kernel.prctl("PR_SET_KEEPCAPS", Linux.PR_SET_KEEPCAPS, keep ? 1 : 0, 0);
    }

    public void setGroups(List<Long> groups) throws KernelException {
        kernel.setgroups(groups);
    }

    public void setGid(long gid) throws KernelException {
        kernel.setgid(gid);
    }

    public void setUid(long uid) throws KernelException {
        kernel.setuid(uid);
    }

    /** Sets the effective, permitted and inheritable set to just {@code kept}; the ambient set is emptied first, as nothing is in it that is not inheritable. */
    public void setCapabilities(long kept) throws KernelException {
        kernel.prctl("PR_CAP_AMBIENT_CLEAR_ALL", Linux.PR_CAP_AMBIENT, Linux.PR_CAP_AMBIENT_CLEAR_ALL, 0);
        Credentials.capset(kernel, kept);
    }

    /** Puts {@code kept} into the ambient set: without it an execve by a user who is not root loses them. */
    public void raiseAmbient(long kept) throws KernelException {
        for (Capability capability : Capability.values()) {
            if (capability.in(kept)) {
                String what = "PR_CAP_AMBIENT_RAISE " + capability;
                kernel.prctl(what, Linux.PR_CAP_AMBIENT, Linux.PR_CAP_AMBIENT_RAISE, capability.number());
            }
        }
    }

    /** PR_SET_NO_NEW_PRIVS: no execve from here on grants anything by set-id bits or file capabilities. */
    public void setNoNewPrivileges() throws KernelException {
        kernel.prctl("PR_SET_NO_NEW_PRIVS", Linux.PR_SET_NO_NEW_PRIVS, 1, 0);
    }
}
