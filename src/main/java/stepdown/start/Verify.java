package stepdown.start;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import stepdown.Refusal;
import stepdown.account.AccountFiles;
import stepdown.account.Accounts;
import stepdown.account.Identity;
import stepdown.credential.CredentialFolder;
import stepdown.kernel.Capability;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.kernel.Stat;
import stepdown.privilege.Credentials;
import stepdown.privilege.Drop;
import stepdown.privilege.Finding;
import stepdown.privilege.Proof;
import stepdown.settings.Settings;

/**
 * {@code --verify}: whether a running process is what this call's variables and options ask for. The answer is the same
 * whoever asks: nothing of the caller's own state is in it.
 */
final class Verify {
    /** What {@code --init} of an engine puts before the container's first program: root's, and no part of it. */
    private static final Set<String> INITS = Set.of("docker-init", "podman-init");

    private final Kernel kernel;
    private final Settings settings;
    private final List<Finding> findings = new ArrayList<>();
    private Set<Long> groupsOf = Set.of();
    private String command = "unknown";
    private String title = "";

    Verify(Kernel kernel, Settings settings) {
        this.kernel = kernel;
        this.settings = settings;
    }

    /**
     * Prints a line for each thing that is compared.
     *
     * @param words at most the process id; 1 where there is none, or the child of an init that is process 1
     * @return whether all of them are right; not where one cannot be read
     */
    boolean report(List<String> words, boolean json) throws KernelException {
        String pid = words.isEmpty() ? "1" : words.get(0);
        if (words.size() > 1 || pid.length() > 9 || Raw.number(pid) < 0) {
            throw new Refusal("--verify takes one process id, not " + Raw.show(words.toString()));
        }
        try {
            command = name(pid);
            title = "process " + pid + " (" + command + ")";
            String child = words.isEmpty() && INITS.contains(command) ? child(pid) : "";
            if (words.isEmpty() && command.equals("pause")) {
                add("process 1", "the product: --verify PID of that", "the pause of a pod", false);
            } else if (!child.isEmpty()) {
                findings.add(new Finding("process 1", "", command, true, "not judged: it is the engine's"));
                pid = child;
                command = name(pid);
                title = "process " + pid + " (" + command + "), the child of " + title;
            }
            judge(pid);
        } catch (Refusal e) {
            add("what was asked for", "clear", "not clear: " + e.getMessage(), false);
        } catch (KernelException e) {
            String why = isGone(e) ? "nowhere in /proc" : "unreadable (" + e.getMessage() + ")";
            add("process " + pid, "running", why, false);
        }
        boolean right = findings.stream().allMatch(Finding::right);
        System.out.print(json ? json(pid, right) : text());
        return right;
    }

    private void add(String what, String asked, String found, boolean right) {
        findings.add(new Finding(what, asked, found, right));
    }

    private String name(String pid) throws KernelException {
        return Raw.show(kernel.readFile("/proc/" + pid + "/comm").strip());
    }

    /** The one with the lowest id, as the first that an init starts is what it is there for; or nothing. */
    private String child(String parent) throws KernelException {
        long first = Long.MAX_VALUE;
        for (String name : kernel.list("/proc")) {
            long pid = Raw.number(name);
            String status = pid < 1 ? "" : kernel.readAnyFile("/proc/" + name + "/status");
            if (parent.equals(Credentials.line(status, "PPid")) && !isDead(status)) {
                first = Math.min(first, pid);
            }
        }
        return first == Long.MAX_VALUE ? "" : Long.toString(first);
    }

    /**
     * Every thread counts: each has credentials of its own (credentials(7)). One that ends meanwhile is none any more.
     */
    private void judge(String pid) throws KernelException {
        Accounts accounts = AccountFiles.of(kernel).read();
        Owned owned = settings.privileged() ? Owned.NOTHING : Owned.look(kernel, settings, true);
        Identity asked = Found.identity(settings, accounts, owned);
        groupsOf = owned.gids(settings, new ArrayList<>());
        String folder = "/proc/" + pid;
        String status = kernel.readFile(folder + "/status");
        Credentials leader = Credentials.of(folder + "/status", status);
        if (isDead(status)) {
            add("process " + pid, "running", "dead, and waits for its parent", false);
        }
        findings.addAll(compare(leader, asked, accounts));
        for (String thread : kernel.list(folder + "/task")) {
            try {
                String task = folder + "/task/" + thread;
                Credentials other = Credentials.of(task + "/status", kernel.readFile(task + "/status"));
                for (Finding line : compare(other, asked, accounts)) {
                    if (!findings.contains(line)) {
                        add(line.what() + " of thread " + thread, "that of the others", line.found(), false);
                    }
                }
            } catch (KernelException e) {
                if (!isGone(e)) {
                    throw e;
                }
            }
        }
        handedOver(status, leader.uids().get(0));
        findings.add(descriptors(folder, leader));
    }

    private static boolean isGone(KernelException failure) {
        return failure.errno() == Errno.ENOENT || failure.errno() == Errno.ESRCH;
    }

    private static boolean isDead(String status) {
        String state = Credentials.line(status, "State");
        return state != null && (state.startsWith("Z") || state.startsWith("X"));
    }

    private List<Finding> compare(Credentials found, Identity asked, Accounts accounts) {
        List<Finding> lines = new ArrayList<>();
        boolean named = settings.defaultUser() != null;
        lines.add(id("user id", found.uids(), asked.uid(), named || settings.uidGiven()));
        lines.add(id("group id", found.gids(), asked.gid(), named || settings.gidGiven()));
        if (settings.privileged()) {
            return lines;
        }
        lines.add(groups(new TreeSet<>(found.groups()), found.gids().get(0), asked, accounts));
        String kept = Capability.names(settings.keptCapabilities());
        lines.addAll(Proof.compareSets(kept, found));
        lines.add(bounding(found, kept));
        if (!settings.allowNewPrivileges()) {
            String on = found.noNewPrivs() ? "on" : "off";
            lines.add(new Finding("no_new_privs", "on", on, found.noNewPrivs()));
        }
        return lines;
    }

    /** Where nobody asked for an id, root starts give the default, and starts as a user keep what they have. */
    private Finding id(String what, List<Long> found, long asked, boolean given) {
        String shown = Proof.ids(found);
        boolean equal = shown.equals(Long.toString(asked));
        if (settings.privileged()) {
            return new Finding(what, "", shown, true, settings.prefix() + "_PRIVILEGED=true: as it was started");
        } else if (given || equal) {
            return new Finding(what, "" + asked, shown, equal, given ? "" : "default");
        }
        boolean right = new TreeSet<>(found).size() == 1 && found.get(0) != 0;
        return new Finding(what, "" + asked, shown, right, right ? "none was asked for" : "");
    }

    /** Those that the runtime gave are not known here: what must not be there is root's. */
    private Finding groups(Set<Long> found, long gid, Identity asked, Accounts accounts) {
        TreeSet<Long> roots = new TreeSet<>(accounts.groupsOfRoot());
        roots.remove(gid); // judged by itself, but for root's own
        roots.add(0L);
        TreeSet<Long> wanted = new TreeSet<>(found);
        wanted.addAll(Plan.listed(settings, asked, accounts));
        wanted.removeAll(roots);
        wanted.addAll(settings.groups());
        wanted.addAll(groupsOf);
        if (found.contains(asked.gid())) {
            wanted.add(asked.gid());
        }
        return new Finding("supplementary groups", Proof.ids(wanted), Proof.ids(found), wanted.equals(found));
    }

    /**
     * Umask, confinement and credentials. A process may change its own umask, and many do: no fault where it is
     * another.
     */
    private void handedOver(String status, long uid) {
        if (settings.umask() >= 0) {
            String asked = Start.octal(settings.umask());
            String found = String.valueOf(Credentials.line(status, "Umask"));
            boolean equal = asked.equals(found);
            String why = equal ? "" : "not judged: " + asked + " was asked for, and a process may set its own";
            findings.add(new Finding("umask", equal ? asked : "", found, true, why));
        }
        if (settings.confine()) {
            String why = "not judged: whether a process is confined, nobody can tell from outside";
            findings.add(new Finding("confinement", "", "unknown", true, why));
        }
        for (String name : settings.credentials().keySet()) {
            String asked = "of " + uid + " 400";
            Stat stat = kernel.find(CredentialFolder.path(uid) + "/" + name, Linux.AT_SYMLINK_NOFOLLOW);
            String found = stat == null
                    ? "missing, or in a folder that this user may not enter"
                    : "of " + stat.uid() + " " + Integer.toOctalString(stat.permissions());
            add("credential " + name, asked, found, asked.equals(found));
        }
    }

    private Finding bounding(Credentials process, String kept) {
        String found = Capability.names(process.bounding());
        boolean more = !found.equals(kept) && (settings.keptCapabilities() & ~process.bounding()) == 0;
        boolean alone = settings.keepBoundingSet();
        if (!more || (!alone && !process.noNewPrivs())) {
            return new Finding("bounding set", kept, found, found.equals(kept));
        }
        String why = alone ? "--keep-bounding-set" : "not judged: a start as root empties it, one as a user cannot";
        return new Finding("bounding set", "", found, true, why);
    }

    /**
     * Whether a file of stepdown's own is open in the process. What else a running product has open is its own affair.
     */
    private Finding descriptors(String folder, Credentials found) {
        try {
            String own = Found.ownFolder(kernel);
            String leaked = "none";
            for (String target : targets(folder + "/fd", found)) {
                leaked = target.equals(own) || target.startsWith(own + "/") ? target : leaked;
            }
            return new Finding("descriptors of stepdown", "none", Raw.show(leaked), leaked.equals("none"));
        } catch (KernelException e) {
            String why = "unreadable by this user (" + e.getMessage() + ")";
            return new Finding("descriptors of stepdown", "none", why, false);
        }
    }

    /**
     * The kernel shows them to the process's own user with no fewer capabilities (ptrace(2)); root without SYS_PTRACE
     * must become that first.
     */
    private List<String> targets(String folder, Credentials found) throws KernelException {
        try {
            return links(folder);
        } catch (KernelException e) {
            try {
                Drop.become(kernel, found);
            } catch (KernelException cannot) {
                throw e; // who may not look is told that, and not what a user cannot do anyway
            }
        }
        return links(folder);
    }

    private List<String> links(String folder) throws KernelException {
        List<String> targets = new ArrayList<>();
        for (String name : kernel.list(folder)) {
            try {
                targets.add(kernel.readLink(Linux.AT_FDCWD, folder + "/" + name));
            } catch (KernelException e) {
                if (!isGone(e)) { // closed meanwhile
                    throw e;
                }
            }
        }
        return targets;
    }

    private String text() {
        StringBuilder text = new StringBuilder(title.isEmpty() ? "" : title + ":\n");
        for (Finding finding : findings) {
            String judged = finding.asked().isEmpty() ? "  --   " : finding.right() ? "  yes  " : "  NO   ";
            text.append(judged).append(finding).append('\n');
        }
        return text.toString();
    }

    private String json(String pid, boolean right) {
        List<String> lines = new ArrayList<>();
        for (Finding finding : findings) {
            lines.add("{\"what\":" + Json.quoted(finding.what()) + ",\"asked\":" + Json.quoted(finding.asked())
                    + ",\"found\":" + Json.quoted(finding.found()) + ",\"note\":" + Json.quoted(finding.note())
                    + ",\"right\":" + finding.right() + "}");
        }
        return "{" + Json.VERSION + ",\"pid\":" + Raw.number(pid) + ",\"command\":" + Json.quoted(command)
                + ",\"right\":" + right + ",\"findings\":[" + String.join(",", lines) + "]}\n";
    }
}
