package stepdown.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.account.AccountFiles;
import stepdown.account.Accounts;
import stepdown.account.UserRow;
import stepdown.handover.Given;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.ownership.Ownership;
import stepdown.ownership.OwnershipRequest;
import stepdown.ownership.TopFacts;
import stepdown.plan.Observed;
import stepdown.plan.Settings;
import stepdown.privilege.Capability;
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

    Survey(Kernel kernel, Settings settings, Given given) throws KernelException {
        this.kernel = kernel;
        this.settings = settings;
        this.given = given;
        this.ownFolder = OwnFolder.find(kernel);
    }

    OwnershipRequest request() {
        return new OwnershipRequest(
                settings.uid(),
                settings.gid(),
                settings.writable(),
                settings.excludes(),
                OwnershipRequest.Strip.valueOf(settings.strip().toUpperCase(Locale.ROOT)),
                OwnershipRequest.Policy.valueOf(settings.ownership().toUpperCase(Locale.ROOT)),
                settings.strict(),
                settings.hardlinks(),
                settings.oneFileSystem(),
                ownFolder);
    }

    /** @param withWork whether the writable paths are looked at as well */
    Observed observe(boolean withWork) throws KernelException {
        Credentials credentials = Credentials.ofThisThread(kernel);
        boolean asRoot = credentials.uids().get(1) == 0 && !settings.privileged();
        String status = kernel.readFile("/proc/thread-self/status");
        Accounts accounts = new AccountFiles(kernel, "/etc").read();
        return new Observed(
                credentials,
                "0".equals(Credentials.line(status, "Seccomp")),
                IdMap.parse(kernel.readFile("/proc/self/uid_map")),
                IdMap.parse(kernel.readFile("/proc/self/gid_map")),
                kernel.readFile("/proc/self/setgroups").startsWith("deny"),
                kernel.libc().getpid(),
                given.environment(),
                given.descriptors(),
                accounts,
                withWork && asRoot ? work(accounts) : Observed.Work.NONE);
    }

    private Observed.Work work(Accounts accounts) {
        Ownership.Inspection found = new Ownership(kernel).inspect(request());
        long needed = 0;
        List<String> paths = new ArrayList<>(settings.writable());
        List<String> words = new ArrayList<>();
        for (TopFacts top : found.tops()) {
            for (String name : top.needs()) {
                needed |= Capability.valueOf(name).bit();
            }
            paths.add(top.path());
            words.add(OwnershipWords.plan(top, settings));
        }
        boolean homeMissing = homeMissing(accounts.user(settings.uid()));
        if (homeMissing && !settings.ownership().equals("off")) {
            needed |= Capability.CHOWN.bit();
        }
        return new Observed.Work(needed, List.copyOf(paths), List.copyOf(words), homeMissing, found.warnings());
    }

    /** Whether a home is to be made, and could be: where nothing can be written, none is, and that is no work. */
    private boolean homeMissing(@Nullable UserRow row) {
        if (row != null && row.origin() == UserRow.Origin.IMAGE) {
            return false;
        }
        String folder = row == null ? settings.home() : row.home();
        if (exists(folder)) {
            return false;
        }
        while (!exists(folder)) {
            folder = folder.substring(0, Math.max(1, folder.lastIndexOf('/')));
        }
        try {
            kernel.access(folder, Linux.W_OK);
            return true;
        } catch (KernelException e) {
            return e.errno() != Errno.EROFS;
        }
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
