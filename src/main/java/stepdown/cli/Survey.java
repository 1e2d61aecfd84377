package stepdown.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.account.AccountFiles;
import stepdown.account.AccountPlan;
import stepdown.account.Accounts;
import stepdown.account.Decision;
import stepdown.account.UserRow;
import stepdown.handover.Given;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.ownership.Ownership;
import stepdown.ownership.Paths;
import stepdown.ownership.Top;
import stepdown.plan.Observed;
import stepdown.plan.Planner;
import stepdown.plan.Settings;
import stepdown.privilege.Credentials;
import stepdown.privilege.IdMap;
import stepdown.privilege.OwnFolder;

/** Reads what a plan is decided from. It changes nothing, and it refuses only what no plan could mend: a working directory outside. */
final class Survey {
    private static final int PATH_MAX = 4096;

    private final Kernel kernel;
    private final Settings settings;
    private final Given given;
    private final String ownFolder;
    private @Nullable Ownership ownership;

    Survey(Kernel kernel, Settings settings, Given given) throws KernelException {
        this.kernel = kernel;
        this.settings = settings;
        this.given = given;
        this.ownFolder = OwnFolder.find(kernel);
    }

    /** The paths of {@link #observe}, found and held; null where these were not looked at. */
    @Nullable
    Ownership ownership() {
        return ownership;
    }

    private Paths paths(boolean asRoot, @Nullable String home) {
        return new Paths(
                settings.uid(),
                settings.gid(),
                settings.writable(),
                settings.excludes(),
                Paths.Strip.valueOf(settings.strip().toUpperCase(Locale.ROOT)),
                asRoot ? Paths.Policy.valueOf(settings.ownership().toUpperCase(Locale.ROOT)) : Paths.Policy.OFF,
                settings.hardlinks(),
                settings.oneFileSystem(),
                ownFolder,
                home);
    }

    /** @param withWork whether the writable paths are looked at as well */
    Observed observe(boolean withWork) throws KernelException {
        Credentials credentials = Credentials.ofThisThread(kernel);
        boolean asRoot = credentials.uids().get(1) == 0 && !settings.privileged();
        String status = kernel.readFile("/proc/thread-self/status");
        Accounts accounts = new AccountFiles(kernel, "/etc").read();
        AccountPlan rows =
                asRoot && withWork ? new Decision(accounts, Planner.accountRequest(settings)).decide() : null;
        IdMap gidMap = IdMap.parse(kernel.readFile("/proc/self/gid_map"));
        return new Observed(
                credentials,
                "0".equals(Credentials.line(status, "Seccomp")),
                IdMap.parse(kernel.readFile("/proc/self/uid_map")),
                gidMap,
                gidMap.isWhole()
                        ? Observed.NO_GID
                        : Long.parseLong(
                                kernel.readFile("/proc/sys/kernel/overflowgid").strip()),
                kernel.readFile("/proc/self/setgroups").startsWith("deny"),
                kernel.libc().getpid(),
                given.environment(),
                given.descriptors(),
                accounts,
                rows,
                withWork ? work(asRoot, rows) : Observed.Work.NONE);
    }

    private Observed.Work work(boolean asRoot, @Nullable AccountPlan rows) {
        String home = rows == null ? null : home(rows.user());
        Ownership found = Ownership.find(kernel, paths(asRoot, home));
        ownership = found;
        boolean walks = false;
        List<String> words = new ArrayList<>();
        for (Top top : found.tops()) {
            walks |= top.needsCapabilities();
            words.add(OwnershipWords.plan(top, settings));
        }
        Top homeTop = found.home();
        String homeWork = null;
        if (homeTop != null) {
            // One that a killed start has made is root's and 0700 still: its owner is all that is to be changed.
            Stat stat = homeTop.stat();
            boolean halfMade = stat != null && stat.uid() == 0 && stat.isDirectory() && stat.permissions() == 0700;
            walks |= homeTop.needsCapabilities() && !halfMade;
            boolean plain = homeTop.state() == Top.State.MISSING || homeTop.state() == Top.State.SKIPPED;
            homeWork = plain ? null : OwnershipWords.plan(homeTop, settings);
        }
        boolean missing = home != null && !exists(home);
        return new Observed.Work(walks, words, missing, homeWork, OwnershipWords.warnings(kernel, found));
    }

    /** The home that is seen to: not that of a row of the image's, nor where the row names none. */
    private static @Nullable String home(UserRow user) {
        return !user.ours() || user.home().equals("/") ? null : user.home();
    }

    private boolean exists(String path) {
        try {
            kernel.stat(Linux.AT_FDCWD, path, Linux.AT_SYMLINK_NOFOLLOW);
            return true;
        } catch (KernelException e) {
            return path.equals("/");
        }
    }

    /** A working directory outside the root folder came with a leaked descriptor (CVE-2024-21626): what is relative there is the host's. */
    void checkWorkingDirectory() throws KernelException {
        String folder = kernel.withMemory(PATH_MAX, buffer -> {
            long length = kernel.libc().syscall(Linux.SYS_GETCWD, buffer, PATH_MAX, 0);
            if (length < 0 && kernel.errno() == Errno.ENOENT) {
                throw new Refusal(
                        "the working directory has been removed: set WORKDIR or --workdir to one that is there");
            }
            kernel.checked("getcwd", "", length);
            byte[] first = new byte[(int) Math.min(length - 1, PATH_MAX)];
            kernel.memory().get(buffer, first, 0, first.length);
            return new String(first, java.nio.charset.StandardCharsets.ISO_8859_1);
        });
        if (!folder.startsWith("/")) {
            throw new Refusal("the working directory " + Raw.show(folder)
                    + " is outside the container's root: set WORKDIR or --workdir to one inside");
        }
    }
}
