package stepdown.start;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.account.Identity;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.path.PathRules;
import stepdown.path.Place;
import stepdown.path.Resolver;
import stepdown.settings.Settings;

/**
 * The paths whose owner or group decides who the product is, {@code owner:PATH} and {@code --groups-of}: each found by
 * a way that is root's alone, looked at once, and held to the end, so that its inode is no other file's by then.
 *
 * @param user what {@code PREFIX_UID=owner:PATH} leads to; null where that is not asked
 * @param group the same of the gid
 * @param fitting both: nothing in them is to change
 * @param groups what {@code --groups-of} leads to, in the order of the settings
 * @param overflowUid what the kernel shows for an owner that the namespace does not map, and may be an id as well
 */
record Owned(
        @Nullable Stat user,
        @Nullable Stat group,
        List<Stat> fitting,
        List<Place> groups,
        long overflowUid,
        long overflowGid) {
    static final Owned NOTHING = new Owned(null, null, List.of(), List.of(), -1, -1);

    /** @param withGroups whether {@code --groups-of} is asked, too */
    static Owned look(Kernel kernel, Settings settings, boolean withGroups) throws KernelException {
        List<String> paths = withGroups ? settings.groupsOf() : List.of();
        if (settings.gidOwner() == null && settings.uidOwner() == null && paths.isEmpty()) {
            return NOTHING;
        }
        List<Stat> fitting = new ArrayList<>();
        List<Place> groups = new ArrayList<>();
        for (String path : paths) {
            groups.add(resolve(kernel, path));
        }
        return new Owned(
                owner(kernel, settings.uidOwner(), fitting),
                owner(kernel, settings.gidOwner(), fitting),
                fitting,
                groups,
                overflow(kernel, "overflowuid"),
                overflow(kernel, "overflowgid"));
    }

    /**
     * What the kernel shows for each id that the namespace does not map (proc_sys_kernel(5)).
     *
     * @param name overflowuid or overflowgid
     */
    static long overflow(Kernel kernel, String name) throws KernelException {
        return Long.parseLong(kernel.readFile("/proc/sys/kernel/" + name).strip());
    }

    private static @Nullable Stat owner(Kernel kernel, @Nullable String path, List<Stat> fitting) {
        if (path == null) {
            return null;
        }
        Place place = resolve(kernel, path);
        if (!place.exists()) {
            throw new Refusal("owner:" + Raw.show(path) + " does not exist: mount it, or set an id");
        }
        fitting.add(place.stat());
        return place.stat();
    }

    private static Place resolve(Kernel kernel, String path) {
        try {
            return new Resolver(kernel, Resolver.Way.ROOTS).resolve(path);
        } catch (KernelException e) {
            throw new Refusal("whose " + Raw.show(path) + " is cannot be told: " + e.getMessage(), e);
        }
    }

    /** Who is asked for, with the ids of the owners. */
    Identity identity(Settings settings) {
        Identity asked = settings.identity();
        String prefix = settings.prefix();
        long uid = asked.uid();
        long gid = asked.gid();
        if (user != null) {
            String root = "root: in a rootless engine that is the user who runs it, who keeps an id of its own with"
                    + " --userns=keep-id; else give it to a user, or set an id";
            uid = checked(prefix + "_UID=owner:" + settings.uidOwner(), user.uid(), overflowUid, root);
        }
        if (group != null) {
            String root = "group 0, root's: set " + prefix + "_GID=0 where that is meant, or another id";
            gid = checked(prefix + "_GID=owner:" + settings.gidOwner(), group.gid(), overflowGid, root);
        }
        return Found.with(asked, uid, gid);
    }

    private static long checked(String what, long id, long overflow, String roots) {
        if (id == 0 || id == overflow) {
            throw new Refusal(Raw.show(what) + " is " + (id == 0 ? roots : id + UNMAPPED + ": map it, or set an id"));
        }
        return id;
    }

    private static final String UNMAPPED = ", which may stand for any id that this user namespace does not map";

    /** The gids of {@code --groups-of}; what is odd is added to {@code warnings}. */
    NavigableSet<Long> gids(Settings settings, List<String> warnings) {
        NavigableSet<Long> gids = new TreeSet<>();
        for (int i = 0; i < groups.size(); i++) {
            String option = "--groups-of " + Raw.show(settings.groupsOf().get(i));
            Place place = groups.get(i);
            Stat stat = place.stat();
            long gid = stat.gid();
            boolean device = stat.is(Linux.S_IFCHR) || stat.is(Linux.S_IFBLK);
            if (!place.exists()) {
                warnings.add(option + " does not exist: the product gets no group for it");
            } else if (!device && !stat.is(Linux.S_IFSOCK) && !stat.isDirectory()) {
                throw new Refusal(option + " is refused: it is no device, socket or folder; name one");
            } else if (gid == 0 || gid == overflowGid) {
                String why = gid == 0 ? "group 0, which is root's" : "group " + gid + UNMAPPED;
                throw new Refusal(option + " is refused: it is of " + why + "; give it another, or leave it out");
            } else {
                gids.add(gid);
                if (PathRules.isEngineSocket(place.path())) {
                    warnings.add(
                            option + " is a container engine's socket: whoever may talk to it is root on the host");
                }
            }
        }
        return gids;
    }
}
