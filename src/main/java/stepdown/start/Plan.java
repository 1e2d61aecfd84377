package stepdown.start;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import stepdown.Refusal;
import stepdown.account.AccountFile;
import stepdown.account.AccountPlan;
import stepdown.account.Accounts;
import stepdown.account.Identity;
import stepdown.account.UserRow;
import stepdown.credential.CredentialFolder;
import stepdown.handover.Environment;
import stepdown.kernel.Capability;
import stepdown.kernel.Raw;
import stepdown.ownership.Paths.Policy;
import stepdown.privilege.Credentials;
import stepdown.privilege.Target;
import stepdown.settings.Settings;

/**
 * A start, decided: who the product is going to be, and with what. It touches nothing: the same settings and the same
 * system give the same plan, or the same refusal.
 */
final class Plan {
    private static final int FIRST_DESCRIPTOR = 3;

    final Settings settings;
    final Found found;

    /** Whether there is a product: not with {@code --prepare-only}. */
    final boolean withProduct;

    /** Whether rows are written, paths handed over, and ids changed. */
    final boolean asRoot;

    /** What the process is to be; it is what it already is where nothing is dropped. */
    final Target target;

    /** What happens to the account files, and the user's name and home. */
    final AccountPlan accounts;

    /** The product's, its HOME still to be corrected where no home can be made. */
    final Environment environment;

    /** Whether HOME is set by us and so depends on the home being there. */
    final boolean homeIsOurs;

    final boolean makesHome;

    /** Those from 3 on that the product keeps. */
    final NavigableSet<Integer> descriptors;

    /** The groups that somebody asked the runtime for (--group-add, fsGroup). */
    final List<Long> runtimeGroups;

    final List<String> warnings = new ArrayList<>();

    /** @throws Refusal where the start could not be safe, or could not be what was asked for */
    Plan(Settings settings, Found found, boolean withProduct) {
        this.settings = settings;
        this.found = found;
        this.withProduct = withProduct;
        this.asRoot = found.uid() == 0 && !settings.privileged();
        if (!withProduct && !asRoot) {
            throw new Refusal(
                    "--prepare-only can prepare nothing: "
                            + (found.uid() == 0
                                    ? settings.prefix()
                                            + "_PRIVILEGED=true changes no id, no row and no owner; leave it out"
                                    : "started as uid " + found.uid()
                                            + ", not as root, it may write no row and change no owner; start it as root, or leave the option out"));
        }
        warnings.addAll(settings.warnings());
        this.runtimeGroups = asRoot ? withoutRoots(found.credentials().groups()) : List.of();
        this.target = target();
        if (asRoot && !settings.gidGiven() && target.gid() == 0) {
            warnings.add("--default-user " + Raw.show("" + settings.defaultUser())
                    + " has group 0: the product runs in root's group");
        }
        this.accounts = accounts();
        this.homeIsOurs = setsHome();
        this.makesHome = lacksHome() && Capability.CHOWN.in(found.credentials().effective());
        if (asRoot) {
            PreFlight.check(settings, found, target, withProduct);
            warnOfPaths();
        } else {
            warnAsUser();
        }
        if (found.confinement() != null) {
            PreFlight.checkLandlock(found.confinement().abi());
        }
        if (withProduct && !settings.privileged()) {
            warnOfWhatStays();
        }
        UserRow user = accounts.user();
        Environment given = withCredentials(found.given().environment());
        Environment named =
                user.name().isEmpty() ? given : given.with("USER", user.name()).with("LOGNAME", user.name());
        boolean noHome = found.work().homeMissing() && !makesHome;
        this.environment = homeIsOurs ? named.with("HOME", noHome ? "/" : user.home()) : named;
        this.descriptors = withProduct ? descriptors() : new TreeSet<>();
    }

    private Environment withCredentials(Environment given) {
        CredentialFolder folder = found.credentialFolder();
        if (folder == null) {
            if (!settings.credentials().isEmpty()) {
                warnings.add("--credential is not followed: with --prepare-only there is no product to hand it to");
            }
            return given;
        } else if (settings.strict() && !folder.problems().isEmpty()) {
            throw new Refusal(folder.problems().get(0) + " (--strict)");
        }
        warnings.addAll(folder.problems());
        return given.with("CREDENTIALS_DIRECTORY", CredentialFolder.path(target.uid()));
    }

    /** Names and home; as root also the rows to be written, otherwise only what is found. */
    private AccountPlan accounts() {
        AccountPlan rows = found.rows();
        if (rows != null) {
            warnings.addAll(rows.warnings());
            return rows;
        }
        UserRow row = found.accounts().user(found.uid());
        UserRow user = row == null ? new UserRow("", "/", false) : row;
        return new AccountPlan(List.of(), user, found.accounts().groupName(found.gid()), List.of(), List.of());
    }

    /** What the process is to be: {@code --verify}, which knows less, judges by rules of its own. */
    private Target target() {
        Credentials now = found.credentials();
        long kept = settings.keptCapabilities();
        boolean keepBounding = settings.keepBoundingSet();
        boolean noNewPrivs = !settings.allowNewPrivileges();
        if (settings.privileged()) {
            return new Target(found.uid(), found.gid(), now.groups(), now.permitted(), true, false);
        } else if (asRoot) {
            Identity identity = found.identity();
            return new Target(identity.uid(), identity.gid(), groups(), kept, keepBounding, noNewPrivs);
        }
        keepBounding |= !Capability.SETPCAP.in(now.effective());
        return new Target(found.uid(), found.gid(), now.groups(), kept & now.permitted(), keepBounding, noNewPrivs);
    }

    private List<Long> groups() {
        TreeSet<Long> groups = new TreeSet<>(settings.groups());
        groups.addAll(found.owned().gids(settings, warnings));
        groups.addAll(runtimeGroups);
        Accounts accounts = found.accounts();
        if (settings.initGroups() && (isOthers(accounts.passwd()) || isOthers(accounts.group()))) {
            warnings.add("--init-groups adds nothing: others than root can write "
                    + (isOthers(accounts.passwd()) ? accounts.passwd() : accounts.group()).path()
                    + ", or the folder above, and would choose the groups; make both root's alone, or use --groups");
        }
        groups.addAll(withoutRoots(listed(settings, found.identity(), accounts)));
        groups.add(found.identity().gid());
        return List.copyOf(groups);
    }

    /** What {@code --init-groups} adds: root's own are among them still. */
    static Set<Long> listed(Settings settings, Identity identity, Accounts accounts) {
        if (!settings.initGroups() || isOthers(accounts.passwd()) || isOthers(accounts.group())) {
            return Set.of();
        }
        UserRow row = accounts.user(identity.uid());
        return accounts.groupsListing(row == null ? identity.userName() : row.name());
    }

    private static boolean isOthers(AccountFile file) {
        return file.stat() != null && file.text() != null && !file.trusted();
    }

    /**
     * Nothing that is root's, and nothing that the namespace does not map: all of that is shown as one and the same
     * group.
     */
    private List<Long> withoutRoots(Collection<Long> groups) {
        List<Long> others = new ArrayList<>();
        for (Long group : groups) {
            if (group != 0 && group != found.overflowGid() && found.gidMap().has(group)) {
                others.add(group);
            }
        }
        if (!others.isEmpty()) {
            others.removeAll(found.accounts().groupsOfRoot());
        }
        return List.copyOf(others);
    }

    /** Whether there is a home to be made. */
    private boolean lacksHome() {
        Found.Work work = found.work();
        return settings.paths().policy() != Policy.OFF && work.homeMissing() && work.homeWork() == null;
    }

    private void warnOfPaths() {
        if (lacksHome() && !makesHome && homeIsOurs) {
            String home = Raw.show(accounts.user().home());
            warnings.add("HOME is /, as " + home
                    + " cannot be made (missing CAP_CHOWN): make it when the image is built, or set HOME");
        }
        warnings.addAll(found.work().warnings());
    }

    private void warnAsUser() {
        long uid = found.uid();
        if (settings.privileged()) {
            warnings.add(settings.prefix() + "_PRIVILEGED=true: the product runs as uid " + uid
                    + " with the capabilities of the container");
            return;
        }
        // Of an owner nothing is read here, as the ids stay whoever it is.
        if (settings.uidGiven()
                && settings.uidOwner() == null
                && settings.identity().uid() != uid) {
            warnings.add(settings.prefix() + "_UID=" + settings.identity().uid()
                    + " is not followed: the container was started as " + uid + ", not as root");
        }
        if (settings.gidGiven()
                && settings.gidOwner() == null
                && settings.identity().gid() != found.gid()) {
            warnings.add(settings.prefix() + "_GID=" + settings.identity().gid()
                    + " is not followed: the container was started with group " + found.gid() + ", not as root");
        }
        if (found.gid() != 0 && found.credentials().groups().contains(0L)) {
            warnings.add(
                    "group 0, which is root's, stays beside group " + found.gid() + ": start the container without it");
        }
        if (!settings.groups().isEmpty() || !settings.groupsOf().isEmpty() || settings.initGroups()) {
            warnings.add("--groups, --groups-of and --init-groups are not followed: the container was started as " + uid
                    + ", not as root; give it groups with --group-add, in a pod with supplementalGroups");
        }
        long lacking = settings.keptCapabilities() & ~found.credentials().permitted();
        if (lacking != 0) {
            warnings.add("--keep-cap " + Capability.names(lacking) + " cannot be had: the container was started as "
                    + uid + " without it");
        }
    }

    private void warnOfWhatStays() {
        if (Capability.SYS_ADMIN.in(found.credentials().bounding())) {
            warnings.add("the container has SYS_ADMIN (--privileged?): devices and host mounts that came with it stay"
                    + " reachable after the drop");
        } else if (found.unconfined()) {
            warnings.add("no seccomp filter is on: the product may make every system call");
        }
    }

    /** HOME is set where it is unset, empty or root's; where root is what we stay, to root's own. */
    private boolean setsHome() {
        String home = found.given().environment().get("HOME");
        UserRow root = found.accounts().user(0);
        String roots = root == null ? "/root" : root.home();
        return home == null || home.isEmpty() || isSame(home, roots) || isSame(home, "/root");
    }

    /** {@code /root/} is {@code /root}. */
    private static boolean isSame(String path, String other) {
        return path.startsWith(other)
                && path.substring(other.length()).replace("/", "").isEmpty();
    }

    /** Those that socket activation passed to this process (sd_listen_fds(3)), and those of {@code --keep-fd}. */
    private NavigableSet<Integer> descriptors() {
        NavigableSet<Integer> open = found.given().descriptors();
        NavigableSet<Integer> kept = new TreeSet<>();
        for (Integer fd : settings.keptDescriptors()) {
            if (!open.contains(fd)) {
                throw new Refusal("--keep-fd " + fd + ": the container was not given that descriptor (it was given "
                        + open + ")");
            }
            kept.add(fd);
        }
        if (number("LISTEN_PID") == found.pid()) {
            long end = FIRST_DESCRIPTOR + number("LISTEN_FDS");
            for (Integer fd : open) {
                if (fd < end) {
                    kept.add(fd);
                }
            }
        }
        return kept;
    }

    private long number(String variable) {
        String value = found.given().environment().get(variable);
        return value == null ? -1 : Raw.number(value);
    }
}
