package stepdown.plan;

import java.util.ArrayList;
import java.util.List;
import stepdown.Refusal;
import stepdown.kernel.Capability;
import stepdown.privilege.Target;

/** What a drop needs and the container lacks, named before anything is changed, with the way out. */
final class PreFlight {
    private static final List<Capability> FOR_PATHS =
            List.of(Capability.CHOWN, Capability.FOWNER, Capability.FSETID, Capability.DAC_OVERRIDE);

    private final Settings settings;
    private final Observed observed;
    private final boolean withProduct;

    PreFlight(Settings settings, Observed observed, boolean withProduct) {
        this.settings = settings;
        this.observed = observed;
        this.withProduct = withProduct;
    }

    void check(Target target) {
        checkIds(target);
        List<String> missing = new ArrayList<>();
        String otherwise = "";
        if (withProduct) {
            otherwise = ", or start the container as the user (--user " + target.uid() + ":" + target.gid() + ")";
            need(missing, Capability.SETUID);
            need(missing, Capability.SETGID);
            boolean identity = !missing.isEmpty();
            if (!target.keepBounding() && need(missing, Capability.SETPCAP) && !identity) {
                otherwise = ", or leave the bounding set alone with --keep-bounding-set";
            }
        }
        if (observed.work().walks()) {
            boolean toDrop = !missing.isEmpty();
            boolean walk = false;
            for (Capability capability : FOR_PATHS) {
                walk |= need(missing, capability);
            }
            otherwise = walk ? (toDrop ? "" : ", or use --ownership off") : otherwise;
        }
        if (!missing.isEmpty()) {
            throw new Refusal("missing CAP_" + String.join(", CAP_", missing) + ": add "
                    + (missing.size() == 1 ? "it" : "them") + " with --cap-add="
                    + String.join(" --cap-add=", missing) + " (in a pod: capabilities.add: ["
                    + String.join(", ", missing) + "])" + otherwise);
        }
        if (withProduct) {
            checkKept(target);
        }
    }

    private boolean need(List<String> missing, Capability capability) {
        if (capability.in(observed.credentials().effective())) {
            return false;
        }
        missing.add(capability.name());
        return true;
    }

    private void checkKept(Target target) {
        long had = observed.credentials().permitted() & observed.credentials().bounding();
        long lacking = target.capabilities() & ~had;
        if (lacking != 0) {
            String names = Capability.names(lacking);
            throw new Refusal(
                    "--keep-cap " + names + ": the container does not have it: add it with --cap-add=" + names);
        }
    }

    private void checkIds(Target target) {
        if (!observed.uidMap().has(target.uid())) {
            throw new Refusal(
                    settings.names().uid() + "=" + target.uid() + " is not mapped in this user namespace, which has "
                            + observed.uidMap() + ": choose one of these, or map more");
        }
        for (Long gid : target.groups()) {
            if (!observed.gidMap().has(gid)) {
                String which = gid == target.gid() ? settings.names().gid() + "=" + gid : "group " + gid;
                throw new Refusal(which + " is not mapped in this user namespace, which has " + observed.gidMap()
                        + ": choose one of these, or map more");
            }
        }
        if (withProduct && observed.setgroupsDenied()) {
            throw new Refusal(
                    "this user namespace forbids setgroups, so root's groups could not be dropped: map groups with newgidmap");
        }
    }
}
