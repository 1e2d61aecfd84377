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
        checkIds(settings, found, target);
        if (withProduct && found.setgroupsDenied()) {
            throw new Refusal("this user namespace forbids setgroups, so root's groups could not be dropped:"
                    + " map groups with newgidmap");
        }
        new PreFlight(found).checkCapabilities(target, withProduct);
    }

    private static void checkIds(Settings settings, Found found, Target target) {
        String prefix = settings.prefix();
        checkId((settings.uidGiven() ? prefix + "_UID=" : "user id ") + target.uid(), target.uid(), found.uidMap());
        for (Long gid : target.groups()) {
            boolean given = gid == target.gid() && settings.gidGiven();
            checkId((given ? prefix + "_GID=" : "group ") + gid, gid, found.gidMap());
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
        long had = found.credentials().permitted() & found.credentials().bounding();
        long lacking = withProduct ? target.capabilities() & ~had : 0;
        if (lacking != 0) {
            otherwise = missing.isEmpty() ? ", or leave out --keep-cap " + Capability.names(lacking) : otherwise;
            missing.addAll(List.of(Capability.names(lacking).split(",")));
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
