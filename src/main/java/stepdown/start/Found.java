package stepdown.start;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.account.AccountFiles;
import stepdown.account.AccountPlan;
import stepdown.account.Accounts;
import stepdown.account.Decision;
import stepdown.account.Identity;
import stepdown.account.UserRow;
import stepdown.handover.Given;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.ownership.Ownership;
import stepdown.ownership.Top;
import stepdown.privilege.Credentials;
import stepdown.privilege.IdMap;
import stepdown.privilege.OwnFolder;
import stepdown.settings.Settings;

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
 * @param rows what is to happen to the account files; null where a start writes none
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
        @Nullable AccountPlan rows,
        Work work) {
    static final long NO_GID = -1;

    private static final int PATH_MAX = 4096;

    /**
     * What the work on the writable paths and the home is.
     *
     * @param ownership the paths and the home, held; null where they were not looked at
     * @param walks whether a tree is going to be walked or made, as far as the tops tell
     * @param words a line for each, for {@code --dry-run}
     * @param homeMissing whether there is no home
     * @param homeWork what is done with one that is there, or why nothing can be; null where nothing is to be done
     */
    record Work(
            @Nullable Ownership ownership,
            boolean walks,
            List<String> words,
            boolean homeMissing,
            @Nullable String homeWork,
            List<String> warnings) {
        static final Work NONE = new Work(null, false, List.of(), false, null, List.of());
    }

    /**
     * Looks, and changes nothing.
     *
     * @param withWork whether the account files are to be written and the paths to be handed over: not for
     *     {@code --verify}
     */
    static Found look(Kernel kernel, Settings settings, Given given, boolean withWork) throws KernelException {
        Credentials credentials = Credentials.ofThisThread(kernel);
        boolean works = withWork && credentials.uids().get(1) == 0 && !settings.privileged();
        String status = kernel.readFile("/proc/thread-self/status");
        Accounts accounts = new AccountFiles(kernel, "/etc").read();
        AccountPlan rows = works ? new Decision(accounts, settings.identity()).decide() : null;
        IdMap gidMap = IdMap.parse(kernel.readFile("/proc/self/gid_map"));
        return new Found(
                credentials,
                "0".equals(Credentials.line(status, "Seccomp")),
                IdMap.parse(kernel.readFile("/proc/self/uid_map")),
                gidMap,
                gidMap.isWhole() ? NO_GID : overflowGid(kernel),
                kernel.readFile("/proc/self/setgroups").startsWith("deny"),
                kernel.libc().getpid(),
                given,
                accounts,
                rows,
                withWork ? work(kernel, settings, rows) : Work.NONE);
    }

    private static long overflowGid(Kernel kernel) throws KernelException {
        return Long.parseLong(kernel.readFile("/proc/sys/kernel/overflowgid").strip());
    }

    private static Work work(Kernel kernel, Settings settings, @Nullable AccountPlan rows) throws KernelException {
        String home = rows == null ? null : home(rows.user());
        Identity identity = settings.identity();
        Ownership found = Ownership.find(
                kernel,
                rows == null ? settings.paths().untouched() : settings.paths(),
                identity.uid(),
                identity.gid(),
                OwnFolder.find(kernel),
                home);
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
        boolean missing = home != null && !exists(kernel, home);
        return new Work(found, walks, words, missing, homeWork, OwnershipWords.warnings(kernel, found));
    }

    /** The home that is seen to: not that of a row of the image's, nor where the row names none. */
    private static @Nullable String home(UserRow user) {
        return !user.ours() || user.home().equals("/") ? null : user.home();
    }

    private static boolean exists(Kernel kernel, String path) {
        try {
            kernel.stat(Linux.AT_FDCWD, path, Linux.AT_SYMLINK_NOFOLLOW);
            return true;
        } catch (KernelException e) {
            return false;
        }
    }

    boolean isRoot() {
        return uid() == 0;
    }

    /** The effective user id. */
    long uid() {
        return credentials.uids().get(1);
    }

    /** The effective group id. */
    long gid() {
        return credentials.gids().get(1);
    }

    /**
     * A working directory outside the root folder came with a leaked descriptor (CVE-2024-21626): what is relative
     * there is the host's.
     */
    static void refuseWorkingDirectoryOutside(Kernel kernel) throws KernelException {
        String folder = kernel.withMemory(PATH_MAX, buffer -> {
            long length = kernel.libc().syscall(Linux.SYS_GETCWD, buffer, PATH_MAX, 0);
            if (length < 0 && kernel.errno() == Errno.ENOENT) {
                throw new Refusal(
                        "the working directory has been removed: set WORKDIR or --workdir to one that is there");
            }
            kernel.checked("getcwd", "", length);
            byte[] first = new byte[(int) Math.min(length - 1, PATH_MAX)];
            kernel.memory().get(buffer, first, 0, first.length);
            return new String(first, StandardCharsets.ISO_8859_1);
        });
        if (!folder.startsWith("/")) {
            throw new Refusal("the working directory " + Raw.show(folder)
                    + " is outside the container's root: set WORKDIR or --workdir to one inside");
        }
    }
}
