package stepdown.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.account.AccountFile;
import stepdown.account.AccountPlan;
import stepdown.account.AccountRequest;
import stepdown.account.Accounts;
import stepdown.account.UserRow;
import stepdown.handover.Environment;
import stepdown.kernel.Capability;
import stepdown.kernel.Raw;
import stepdown.plan.Step.Kind;
import stepdown.privilege.Credentials;
import stepdown.privilege.Target;

/** Decides a start. A pure function: the same settings and the same system give the same plan, or the same refusal. */
public final class Planner {
    private final Settings settings;
    private final Observed observed;
    private final @Nullable String product;
    private final Credentials now;
    private final List<String> warnings = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();

    private Planner(Settings settings, Observed observed, @Nullable String product) {
        this.settings = settings;
        this.observed = observed;
        this.product = product;
        this.now = observed.credentials();
        warnings.addAll(settings.warnings());
    }

    /**
     * @param product the command's name, or null for {@code --prepare-only}
     * @throws Refusal where the start could not be safe, or could not be what was asked for
     */
    public static Plan decide(Settings settings, Observed observed, @Nullable String product) {
        return new Planner(settings, observed, product).decide();
    }

    /** What a process is to be; {@code --verify} compares a running one with it. */
    public static Target target(Settings settings, Observed observed) {
        return new Planner(settings, observed, null).target();
    }

    private Plan decide() {
        if (new TreeSet<>(now.uids()).size() > 1 || new TreeSet<>(now.gids()).size() > 1) {
            throw new Refusal("stepdown was started set-id (user ids " + now.uids() + ", group ids " + now.gids()
                    + "): remove the set-id bits from its files");
        }
        boolean drops = !settings.privileged();
        boolean steps = drops && observed.root();
        Target target = target();
        AccountPlan accounts = accounts();
        if (steps) {
            new PreFlight(settings, observed, product != null).check(target);
            planPreparation(accounts);
        } else {
            warnAsUser();
        }
        if (product != null) {
            if (drops) {
                warnOfWhatStays();
                planDrop(target);
            }
            planHandover(product);
        }
        Environment environment = environment(accounts.user());
        return new Plan(
                settings,
                target,
                drops,
                accountRequest(settings),
                accounts,
                environment,
                !environment.entries().equals(withNames(accounts.user()).entries()),
                new KeptDescriptors(settings, observed).decide(),
                steps ? runtimeGroups() : List.of(),
                List.copyOf(this.steps),
                List.copyOf(warnings));
    }

    /** Names and home; as root also the rows to be written, otherwise only what is found. */
    private AccountPlan accounts() {
        AccountPlan rows = observed.rows();
        if (rows != null) {
            warnings.addAll(rows.warnings());
            return rows;
        }
        UserRow row = observed.accounts().user(now.uids().get(1));
        UserRow user = row == null ? new UserRow(settings.userName(), "/", false) : row;
        String group = observed.accounts().groupName(now.gids().get(1));
        return new AccountPlan(List.of(), user, group, List.of(), List.of());
    }

    /** The identity that rows are written for. */
    public static AccountRequest accountRequest(Settings settings) {
        return new AccountRequest(
                settings.uid(),
                settings.gid(),
                settings.userName(),
                settings.groupName(),
                settings.home(),
                settings.shell());
    }

    private Target target() {
        if (settings.privileged()) {
            return new Target(now.uids().get(1), now.gids().get(1), now.groups(), now.permitted(), true, false);
        }
        if (observed.root()) {
            return new Target(
                    settings.uid(),
                    settings.gid(),
                    groups(),
                    settings.keptCapabilities(),
                    settings.keepBoundingSet(),
                    !settings.allowNewPrivileges());
        }
        long kept = settings.keptCapabilities() & now.permitted();
        boolean keepBounding = settings.keepBoundingSet() || !Capability.SETPCAP.in(now.effective());
        return new Target(
                now.uids().get(1), now.gids().get(1), now.groups(), kept, keepBounding, !settings.allowNewPrivileges());
    }

    private List<Long> groups() {
        TreeSet<Long> groups = new TreeSet<>(settings.groups());
        groups.add(settings.gid());
        groups.addAll(runtimeGroups());
        Accounts accounts = observed.accounts();
        if (settings.initGroups() && (isOthers(accounts.passwd()) || isOthers(accounts.group()))) {
            warnings.add("--init-groups adds nothing: others than root can write "
                    + (isOthers(accounts.passwd()) ? accounts.passwd() : accounts.group()).path()
                    + ", or the folder above, and would choose the groups; make both root's alone, or use --groups");
        } else if (settings.initGroups()) {
            UserRow row = accounts.user(settings.uid());
            String name = row == null ? settings.userName() : row.name();
            groups.addAll(withoutRoots(accounts.groupsListing(name)));
        }
        if (settings.gid() == 0) {
            groups.add(0L);
        }
        return List.copyOf(groups);
    }

    private static boolean isOthers(AccountFile file) {
        return file.stat() != null && file.text() != null && !file.trusted();
    }

    /** The initial groups that somebody asked for (--group-add, fsGroup). */
    private List<Long> runtimeGroups() {
        return withoutRoots(now.groups());
    }

    /** Nothing that is root's, and nothing that the namespace does not map: all of that is shown as one and the same group. */
    private List<Long> withoutRoots(Collection<Long> groups) {
        List<Long> others = new ArrayList<>();
        for (Long group : groups) {
            if (group != 0
                    && group != observed.overflowGid()
                    && observed.gidMap().has(group)) {
                others.add(group);
            }
        }
        if (!others.isEmpty()) {
            others.removeAll(observed.accounts().groupsOfRoot());
        }
        return List.copyOf(others);
    }

    private void planPreparation(AccountPlan accounts) {
        if (!accounts.steps().isEmpty()) {
            steps.add(new Step(Kind.WRITE_ACCOUNTS, accounts.steps()));
        }
        if (makesHome()) {
            add(
                    Kind.CREATE_HOME,
                    "create the home " + Raw.show(accounts.user().home()) + " (0700) where it is missing");
        } else if (observed.work().homeWork() != null) {
            add(Kind.OWN_HOME, observed.work().homeWork());
        } else if (observed.work().homeMissing() && owns() && !keepsHome()) {
            warnings.add("HOME is /, as " + Raw.show(accounts.user().home())
                    + " cannot be made (missing CAP_CHOWN): make it when the image is built, or set HOME");
        }
        warnings.addAll(observed.work().warnings());
        if (!observed.work().words().isEmpty()) {
            steps.add(new Step(Kind.OWN_PATHS, observed.work().words()));
        }
    }

    private boolean owns() {
        return !settings.ownership().equals("off");
    }

    private boolean makesHome() {
        Observed.Work work = observed.work();
        return owns() && work.homeMissing() && work.homeWork() == null && Capability.CHOWN.in(now.effective());
    }

    private void warnAsUser() {
        if (settings.privileged()) {
            warnings.add(settings.names().privileged() + "=true: the product runs as uid "
                    + now.uids().get(1) + " with the capabilities of the container");
            return;
        }
        long uid = now.uids().get(1);
        if (settings.uidGiven() && settings.uid() != uid) {
            warnings.add(settings.names().uid() + "=" + settings.uid()
                    + " is not followed: the container was started as " + uid + ", not as root");
        }
        long lacking = settings.keptCapabilities() & ~now.permitted();
        if (lacking != 0) {
            warnings.add("--keep-cap " + Capability.names(lacking) + " cannot be had: the container was started as "
                    + uid + " without it");
        }
        if (!settings.writable().isEmpty()) {
            add(Kind.REPORT_PATHS, "report the writable paths that uid " + uid + " cannot write");
        }
    }

    private void warnOfWhatStays() {
        if (Capability.SYS_ADMIN.in(now.bounding())) {
            warnings.add(
                    "the container has SYS_ADMIN (--privileged?): devices and host mounts that came with it stay reachable after the drop");
        } else if (observed.unconfined()) {
            warnings.add("no seccomp filter is on: the product may make every system call");
        }
    }

    /**
     * The drop. Its order is the safety of it:
     *
     * <ol>
     *   <li>the bounding set first, while SETPCAP is still there;
     *   <li>the standard streams while CHOWN is still there;
     *   <li>keep-caps only where something is kept, for the change of the uid clears the permitted set;
     *   <li>groups, then gid, then uid: each needs a capability that the next one takes away, and a process that changed its uid first would keep root's groups;
     *   <li>keep-caps off again, so that no later change of ids keeps anything;
     *   <li>the capability sets in so many words: securebits may have kept the kernel from clearing them, and inheritable ones are never cleared by it;
     *   <li>ambient after inheritable, which it must be part of;
     *   <li>no_new_privs last of the changes, so that it covers the one execve;
     *   <li>the proof when nothing is changed any more.
     * </ol>
     */
    private void planDrop(Target target) {
        String kept = Capability.names(target.capabilities());
        if (!target.keepBounding()) {
            add(Kind.EMPTY_BOUNDING_SET, "empty the bounding set (keep: " + kept + ")");
        }
        if (observed.root()) {
            add(
                    Kind.HAND_OVER_STREAMS,
                    "give descriptors 0 to 2 to " + target.uid() + " where they are pipes or terminals");
            if (target.capabilities() != 0) {
                add(Kind.KEEP_CAPABILITIES, "keep the permitted set over the change of the user id");
            }
            add(Kind.SET_GROUPS, "set the supplementary groups " + target.groups());
            add(Kind.SET_GID, "set the group id " + target.gid());
            add(Kind.SET_UID, "set the user id " + target.uid());
        }
        add(Kind.CLEAR_KEEP_CAPABILITIES, "clear keep-caps");
        add(
                Kind.SET_CAPABILITIES,
                "set the effective, permitted and inheritable set (" + kept + "), and empty the ambient set");
        if (target.capabilities() != 0) {
            add(Kind.RAISE_AMBIENT, "raise the ambient set (" + kept + ")");
        }
        if (target.noNewPrivs()) {
            add(Kind.SET_NO_NEW_PRIVS, "set no_new_privs");
        }
        add(Kind.PROVE, "prove it: read everything back, and fail to become root again");
    }

    /** Descriptors and signals last: until then the launcher needs its own. */
    private void planHandover(String command) {
        add(Kind.FIND_COMMAND, "look " + Raw.show(command) + " up in PATH as the user");
        add(
                Kind.MARK_DESCRIPTORS,
                "mark every descriptor from 3 on close-on-exec (keep: "
                        + new KeptDescriptors(settings, observed).decide() + ")");
        add(Kind.RESET_SIGNALS, "set ignored signals to their default and empty the signal mask");
        add(Kind.EXEC, "become " + Raw.show(command));
    }

    private void add(Kind kind, String words) {
        steps.add(new Step(kind, List.of(words)));
    }

    private Environment withNames(UserRow user) {
        return observed.environment().with("USER", user.name()).with("LOGNAME", user.name());
    }

    /** USER and LOGNAME always; HOME where it is unset, empty or root's, unless root is what we stay. */
    private Environment environment(UserRow user) {
        Environment named = withNames(user);
        if (keepsHome()) {
            return named;
        }
        boolean none = observed.work().homeMissing() && !makesHome();
        return named.with("HOME", none ? "/" : user.home());
    }

    private boolean keepsHome() {
        String home = observed.environment().get("HOME");
        UserRow root = observed.accounts().user(0);
        String roots = root == null ? "/root" : root.home();
        return home != null && !home.isEmpty() && !home.equals(roots) && !home.equals("/root");
    }
}
