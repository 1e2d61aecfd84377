package stepdown.start;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import stepdown.Refusal;
import stepdown.kernel.Capability;
import stepdown.kernel.Errno;
import stepdown.privilege.Confinement;
import stepdown.privilege.IdMap;
import stepdown.privilege.Target;
import stepdown.settings.Settings;

/** What a start needs and the container lacks, named before anything is changed, with the way out. */
final class PreFlight {
    private static final List<Capability> FOR_PATHS =
            List.of(Capability.CHOWN, Capability.FOWNER, Capability.FSETID, Capability.DAC_OVERRIDE);

    private final Found found;
    private final Set<String> missing = new LinkedHashSet<>();

    private PreFlight(Found found) {
        this.found = found;
    }

    /** @throws Refusal for ids that are not mapped, and for capabilities that are missing, all of them in one line */
    static void check(Settings settings, Found found, Target target, boolean withProduct) {
        String prefix = settings.prefix();
        checkId((settings.uidGiven() ? prefix + "_UID=" : "user id ") + target.uid(), target.uid(), found.uidMap());
        for (Long gid : target.groups()) {
            boolean given = gid == target.gid() && settings.gidGiven();
            checkId((given ? prefix + "_GID=" : "group ") + gid, gid, found.gidMap());
        }
        if (withProduct && found.setgroupsDenied()) {
            throw new Refusal("this user namespace forbids setgroups, so root's groups could not be dropped:"
                    + " map groups with newgidmap");
        }
        new PreFlight(found).checkCapabilities(target, withProduct);
    }

    /**
     * @param abi the version of Landlock, or the negative errno
     * @throws Refusal where the kernel or the container has none, or one that lets through too much
     */
    static void checkLandlock(int abi) {
        if (abi < Confinement.LEAST_ABI) {
            String why = switch (-abi) {
                case Errno.ENOSYS -> "this kernel has no Landlock, or the container's seccomp profile is older than it";
                case Errno.EOPNOTSUPP -> "this kernel was booted without Landlock (lsm=)";
                case Errno.EPERM -> "the container's seccomp profile forbids Landlock";
                default ->
                    abi < 0
                            ? "Landlock is not to be had: " + Errno.text(-abi)
                            : "this kernel's Landlock is of ABI " + abi + ", which lets truncate(2) through";
            };
            throw new Refusal("--confine cannot be had: " + why + "; it takes ABI " + Confinement.LEAST_ABI
                    + " (Linux 6.2): leave it out, or start the container with --read-only");
        }
    }

    private static void checkId(String which, long id, IdMap map) {
        if (!map.has(id)) {
            throw new Refusal(which + " is not mapped in this user namespace, which has " + map
                    + ": choose one of these, or map more");
        }
    }

    private void checkCapabilities(Target target, boolean withProduct) {
        boolean drop = withProduct && lacks(List.of(Capability.SETUID, Capability.SETGID));
        boolean bounding = withProduct && !target.keepBounding() && lacks(List.of(Capability.SETPCAP));
        boolean walk = found.work().walks() && lacks(FOR_PATHS);
        boolean copy = found.credentialFolder() != null && lacks(List.of(Capability.CHOWN));
        long had = found.credentials().permitted() & found.credentials().bounding();
        long kept = withProduct ? target.capabilities() & ~had : 0;
        if (kept != 0) {
            missing.addAll(List.of(Capability.names(kept).split(",")));
        }
        // A way out that does not lead out is none: what mends one want is said where there is no other.
        String otherwise = "";
        if (drop && !walk && !copy && kept == 0) {
            otherwise = ", or start the container as the user (--user " + target.uid() + ":" + target.gid() + ")";
        } else if (bounding && !drop && !walk && !copy && kept == 0 && target.noNewPrivs()) {
            otherwise = ", or leave the bounding set alone with --keep-bounding-set";
        } else if (walk && !drop && !bounding && !copy && kept == 0) {
            otherwise = ", or use --ownership off";
        } else if (kept != 0 && !drop && !bounding && !walk && !copy) {
            otherwise = ", or leave out --keep-cap " + Capability.names(kept);
        } else if (copy && !drop && !bounding && !walk && kept == 0) {
            otherwise = ", or leave out --credential";
        }
        if (!missing.isEmpty()) {
            throw new Refusal("missing CAP_" + String.join(", CAP_", missing) + ": add "
                    + (missing.size() == 1 ? "it" : "them") + " with --cap-add="
                    + String.join(" --cap-add=", missing) + " (in a pod: capabilities.add: ["
                    + String.join(", ", missing) + "])" + otherwise);
        }
    }

    private boolean lacks(List<Capability> needed) {
        boolean lacks = false;
        for (Capability capability : needed) {
            if (!capability.in(found.credentials().effective())) {
                lacks = true;
                missing.add(capability.name());
            }
        }
        return lacks;
    }
}
