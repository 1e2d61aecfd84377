package stepdown.plan;

import java.util.List;
import stepdown.Refusal;
import stepdown.privilege.Capability;
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
        if (withProduct) {
            checkIds(target);
            String instead = ", or start the container as the user (--user " + target.uid() + ":" + target.gid() + ")";
            need(Capability.SETUID, instead);
            need(Capability.SETGID, instead);
            if (!target.keepBounding()) {
                need(Capability.SETPCAP, ", or leave the bounding set alone with --keep-bounding-set");
            }
            checkKept(target);
        }
        for (Capability capability : FOR_PATHS) {
            if (capability.in(observed.work().capabilities())) {
                boolean forMode = capability == Capability.FOWNER || capability == Capability.FSETID;
                need(capability, forMode ? " or use --strip none" : " or use --ownership off");
            }
        }
    }

    private void need(Capability capability, String otherwise) {
        if (!capability.in(observed.credentials().effective())) {
            throw new Refusal("missing CAP_" + capability + ": add it with --cap-add=" + capability + otherwise);
        }
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
        if (observed.setgroupsDenied()) {
            throw new Refusal(
                    "this user namespace forbids setgroups, so root's groups could not be dropped: map groups with newgidmap");
        }
    }
}
