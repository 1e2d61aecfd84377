package stepdown.start;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.account.AccountFile;
import stepdown.account.AccountFiles;
import stepdown.account.AccountPlan;
import stepdown.account.Accounts;
import stepdown.account.Decision;
import stepdown.account.Identity;
import stepdown.account.UserRow;
import stepdown.credential.CredentialFolder;
import stepdown.handover.Given;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.ownership.Ownership;
import stepdown.ownership.Top;
import stepdown.path.PathRules;
import stepdown.privilege.Confinement;
import stepdown.privilege.Credentials;
import stepdown.privilege.IdMap;
import stepdown.privilege.Proof;
import stepdown.settings.Settings;
import stepdown.settings.Values;

/**
 * What was found when stepdown began, before anything was changed: all that a {@link Plan} is decided from.
 *
 * @param credentials of the thread that will exec
 * @param unconfined whether no seccomp filter is on
 * @param overflowGid what the kernel shows for a group that the namespace does not map; {@link #NO_GID} where it maps
 *     all
 * @param setgroupsDenied whether the user namespace forbids setgroups(2)
 * @param pid our process id, as LISTEN_PID would name it
 * @param given what the container gave to its first process
 * @param identity who the product is to be
 * @param rows what is to happen to the account files; null where a start writes none
 * @param owned whose owners tell who that is
 * @param credentialFolder what is to be handed over in memory; null where nothing is
 * @param confinement what is going to confine the product; null where nothing is
 * @param work what the tops of the writable paths show
 */
record Found(
        Credentials credentials,
        boolean unconfined,
        IdMap uidMap,
        IdMap gidMap,
        long overflowGid,
        boolean setgroupsDenied,
        int pid,
        Given given,
        Accounts accounts,
        Identity identity,
        @Nullable AccountPlan rows,
        Owned owned,
        @Nullable CredentialFolder credentialFolder,
        @Nullable Confinement confinement,
        Work work) {
    static final long NO_GID = -1;

    private static final String JAVA = "/runtime/bin/java";
    private static final String ALL_IDS = "0 0 4294967295";

    /**
     * What the work on the writable paths and the home is.
     *
     * @param ownership the paths and the home, held
     * @param walks whether a tree is going to be walked or made, as far as the tops tell
     * @param words a line for each, for {@code --dry-run}
     * @param homeMissing whether there is no home
     * @param homeWork what is done with one that is there, or why nothing can be; null where nothing is to be done
     * @param warnings what the author should know of the paths
     */
    record Work(
            Ownership ownership,
            boolean walks,
            List<String> words,
            boolean homeMissing,
            @Nullable String homeWork,
            List<String> warnings) {}

    /**
     * Looks, and changes nothing.
     *
     * @param withProduct whether a product is to follow, with groups and credentials
     */
    static Found look(Kernel kernel, Settings settings, Given given, boolean withProduct) throws KernelException {
        String status = kernel.readFile(Proof.STATUS);
        Credentials credentials = Credentials.of(Proof.STATUS, status);
        Accounts accounts = AccountFiles.of(kernel).read();
        long uid = credentials.uids().get(1);
        boolean root = uid == 0 && !settings.privileged();
        Owned owned = root ? Owned.look(kernel, settings, withProduct) : Owned.NOTHING;
        Identity identity = root ? identity(settings, accounts, owned) : settings.identity();
        AccountPlan rows = root ? new Decision(accounts, identity).decide() : null;
        IdMap gidMap = IdMap.parse(ofNamespace(kernel, "gid_map", ALL_IDS));
        CredentialFolder folder = null;
        if (withProduct && !settings.credentials().isEmpty()) {
            long gid = root ? identity.gid() : credentials.gids().get(1);
            long owner = root ? identity.uid() : uid;
            folder = CredentialFolder.find(kernel, settings.credentials(), owner, gid, uid == 0);
        }
        PathRules rules = new PathRules(kernel, ownFolder(kernel));
        return new Found(
                credentials,
                !"2".equals(Credentials.line(status, "Seccomp")), // no line where the kernel has no filters
                IdMap.parse(ofNamespace(kernel, "uid_map", ALL_IDS)),
                gidMap,
                gidMap.isWhole() ? NO_GID : Owned.overflow(kernel, "overflowgid"),
                ofNamespace(kernel, "setgroups", "allow").startsWith("deny"),
                kernel.libc().getpid(),
                given,
                accounts,
                identity,
                rows,
                owned,
                folder,
                withProduct && settings.confine() ? new Confinement(kernel, rules) : null,
                work(kernel, settings, identity, rows, owned, rules));
    }

    /** A kernel without user namespaces (CONFIG_USER_NS) has no such file, and maps all ids. */
    private static String ofNamespace(Kernel kernel, String file, String otherwise) throws KernelException {
        try {
            return kernel.readFile("/proc/self/" + file);
        } catch (KernelException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
            return otherwise;
        }
    }

    /**
     * Who the product is to be: as variables and the owners that they name say, and where these name no id, as the row
     * of {@code --default-user} does.
     *
     * @throws Refusal where there is no such row that root alone could have written
     */
    static Identity identity(Settings settings, Accounts accounts, Owned owned) {
        String name = settings.defaultUser();
        Identity asked = owned.identity(settings);
        if (name == null || settings.privileged() || (settings.uidGiven() && settings.gidGiven())) {
            return asked;
        }
        AccountFile passwd = accounts.passwd();
        List<String> rows = accounts.ids(name);
        if (!passwd.trusted() || rows.size() != 1) {
            String option = "--default-user " + Raw.show(name) + ": ";
            String why = passwd.trusted()
                    ? passwd.path() + " has " + rows.size() + " rows of that name: name one that is there once"
                    : "others than root can write " + passwd.path()
                            + ", and would choose the ids: make it root's alone";
            throw new Refusal(option + why + ", or set " + settings.prefix() + "_UID and _GID");
        }
        String row = rows.get(0);
        long uid = Values.id("the uid of --default-user " + Raw.show(name), row.substring(0, row.indexOf(':')), 1);
        long gid = Values.id("the gid of --default-user " + Raw.show(name), row.substring(row.indexOf(':') + 1), 0);
        return with(asked, settings.uidGiven() ? asked.uid() : uid, settings.gidGiven() ? asked.gid() : gid);
    }

    static Identity with(Identity asked, long uid, long gid) {
        return new Identity(uid, gid, asked.userName(), asked.groupName(), asked.home(), asked.shell());
    }

    /** The folder of the JVM flavour, or the one file of the native flavour, without links, as /proc/self/exe tells. */
    static String ownFolder(Kernel kernel) throws KernelException {
        String exe = kernel.readLink(Linux.AT_FDCWD, "/proc/self/exe");
        return exe.endsWith(JAVA) ? exe.substring(0, exe.length() - JAVA.length()) : exe;
    }

    private static Work work(
            Kernel kernel,
            Settings settings,
            Identity identity,
            @Nullable AccountPlan rows,
            Owned owned,
            PathRules rules)
            throws KernelException {
        // The home is made and owned only where its row is stepdown's own, and never where it is /.
        UserRow user = rows == null ? null : rows.user();
        String home = user == null || !user.ours() || user.home().equals("/") ? null : user.home();
        Ownership found = Ownership.find(
                kernel,
                rows == null ? settings.paths().untouched() : settings.paths(),
                identity.uid(),
                identity.gid(),
                rules,
                home,
                owned.fitting());
        boolean walks = false;
        List<String> words = new ArrayList<>();
        for (Top top : found.tops()) {
            walks |= top.needsCapabilities();
            words.add(OwnershipWords.plan(top, identity, settings.paths()));
        }
        Top homeTop = found.home();
        String homeWork = null;
        if (homeTop != null) {
            // One that a killed start has made is root's and 0700 still: its owner is all that is to be changed.
            Stat stat = homeTop.stat();
            boolean halfMade = stat != null && stat.uid() == 0 && stat.isDirectory() && stat.permissions() == 0700;
            walks |= homeTop.needsCapabilities() && !halfMade;
            boolean plain = homeTop.state() == Top.State.MISSING || homeTop.state() == Top.State.SKIPPED;
            homeWork = plain ? null : OwnershipWords.plan(homeTop, identity, settings.paths());
        }
        boolean missing = home != null && kernel.find(home, Linux.AT_SYMLINK_NOFOLLOW) == null;
        return new Work(found, walks, words, missing, homeWork, OwnershipWords.warnings(kernel, found));
    }

    /** The effective user id. */
    long uid() {
        return credentials.uids().get(1);
    }

    /** The effective group id. */
    long gid() {
        return credentials.gids().get(1);
    }
}
