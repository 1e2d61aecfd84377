package stepdown.start;

import java.util.ArrayList;
import java.util.List;
import stepdown.Refusal;
import stepdown.kernel.Capability;
import stepdown.privilege.IdMap;
import stepdown.privilege.Target;
import stepdown.settings.Settings;

/** What a drop needs and the container lacks, named before anything is changed, with the way out. */
final class PreFlight {
    private static final List<Capability> FOR_PATHS =
            List.of(Capability.CHOWN, Capability.FOWNER, Capability.FSETID, Capability.DAC_OVERRIDE);

    private final Found found;
    private final List<String> missing = new ArrayList<>();

    private PreFlight(Found found) {
        this.found = found;
    }

    /** @throws Refusal for ids that are not mapped, and for capabilities that are missing, all of them in one line */
    static void check(Settings settings, Found found, Target target, boolean withProduct) {
        checkIds(settings.prefix(), found, target);
        if (withProduct && found.setgroupsDenied()) {
            throw new Refusal("this user namespace forbids setgroups, so root's groups could not be dropped:"
                    + " map groups with newgidmap");
        }
        new PreFlight(found).checkCapabilities(target, withProduct);
        long had = found.credentials().permitted() & found.credentials().bounding();
        String lacking = Capability.names(target.capabilities() & ~had);
        if (withProduct && (target.capabilities() & ~had) != 0) {
            throw new Refusal(
                    "--keep-cap " + lacking + ": the container does not have it: add it with --cap-add=" + lacking);
        }
    }

    private static void checkIds(String prefix, Found found, Target target) {
        checkId(prefix + "_UID=" + target.uid(), target.uid(), found.uidMap());
        for (Long gid : target.groups()) {
            checkId(gid == target.gid() ? prefix + "_GID=" + gid : "group " + gid, gid, found.gidMap());
        }
    }

    private static void checkId(String which, long id, IdMap map) {
        if (!map.has(id)) {
            throw new Refusal(which + " is not mapped in this user namespace, which has " + map
                    + ": choose one of these, or map more");
        }
    }

    private void checkCapabilities(Target target, boolean withProduct) {
        String otherwise = "";
        if (withProduct) {
            need(Capability.SETUID);
            need(Capability.SETGID);
            boolean identity = !missing.isEmpty();
            otherwise = !target.keepBounding() && need(Capability.SETPCAP) && !identity
                    ? ", or leave the bounding set alone with --keep-bounding-set"
                    : ", or start the container as the user (--user " + target.uid() + ":" + target.gid() + ")";
        }
        if (found.work().walks()) {
            boolean toDrop = !missing.isEmpty();
            boolean walk = false;
            for (Capability capability : FOR_PATHS) {
                walk |= need(capability);
            }
            otherwise = !walk ? otherwise : toDrop ? "" : ", or use --ownership off";
        }
        if (!missing.isEmpty()) {
            throw new Refusal("missing CAP_" + String.join(", CAP_", missing) + ": add "
                    + (missing.size() == 1 ? "it" : "them") + " with --cap-add="
                    + String.join(" --cap-add=", missing) + " (in a pod: capabilities.add: ["
                    + String.join(", ", missing) + "])" + otherwise);
        }
    }

    private boolean need(Capability capability) {
        boolean lacks = !capability.in(found.credentials().effective());
        if (lacks) {
            missing.add(capability.name());
        }
        return lacks;
    }
}
