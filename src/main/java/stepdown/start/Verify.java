package stepdown.start;

import java.util.ArrayList;
import java.util.List;
import stepdown.Refusal;
import stepdown.handover.Given;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.privilege.Credentials;
import stepdown.privilege.Drop;
import stepdown.privilege.Finding;
import stepdown.privilege.OwnFolder;
import stepdown.privilege.Proof;
import stepdown.privilege.Target;
import stepdown.settings.Arguments;
import stepdown.settings.Option;
import stepdown.settings.Settings;
import stepdown.settings.Values;

/** {@code --verify}: whether a running process is what this call's variables and options ask for. */
final class Verify {
    private final Kernel kernel;
    private final Settings settings;
    private final Given given;

    Verify(Kernel kernel, Settings settings, Given given) {
        this.kernel = kernel;
        this.settings = settings;
        this.given = given;
    }

    /**
     * Prints a line for each thing that is compared. 0 where all of them are right, 1 where one is not or cannot be
     * read.
     */
    int report(Arguments arguments) throws KernelException {
        String pid = pid(arguments.command());
        List<Finding> findings = new ArrayList<>();
        String name = "unknown";
        try {
            name = Raw.show(kernel.readFile("/proc/" + pid + "/comm").strip());
            Credentials found = Credentials.parse(kernel.readFile("/proc/" + pid + "/status"));
            if (found == null) {
                findings.add(new Finding("status", "readable", "incomplete", false));
            } else {
                findings.addAll(compare(found));
                findings.add(descriptors(pid, found));
            }
        } catch (KernelException e) {
            findings.add(new Finding("process", "readable", String.valueOf(e.getMessage()), false));
        }
        System.out.print(arguments.has(Option.JSON) ? json(pid, name, findings) : text(pid, name, findings));
        return allRight(findings) ? 0 : 1;
    }

    private List<Finding> compare(Credentials found) throws KernelException {
        Target target = Plan.target(settings, Found.look(kernel, settings, given, false), new ArrayList<>());
        return settings.privileged() ? Proof.compareIds(target, found) : Proof.compare(target, found);
    }

    private static String pid(List<String> words) {
        String pid = words.isEmpty() ? "1" : words.get(0);
        if (words.size() > 1 || pid.length() > 9 || Values.number(pid) < 0) {
            throw new Refusal("--verify takes one process id, not " + Raw.show(words.toString()));
        }
        return pid;
    }

    /**
     * Whether a file of stepdown's own is open in the process. What else a running product has open is its own affair.
     */
    private Finding descriptors(String pid, Credentials found) {
        try {
            String own = OwnFolder.find(kernel);
            String leaked = "none";
            for (String target : targets(pid, found)) {
                leaked = target.equals(own) || target.startsWith(own + "/") ? target : leaked;
            }
            return new Finding("descriptors of stepdown", "none", Raw.show(leaked), leaked.equals("none"));
        } catch (KernelException e) {
            return new Finding("descriptors of stepdown", "none", "unreadable (" + e.getMessage() + ")", false);
        }
    }

    /**
     * The kernel shows them to the process's own user with no fewer capabilities (ptrace(2)); root without SYS_PTRACE
     * must become that first.
     */
    private List<String> targets(String pid, Credentials found) throws KernelException {
        String folder = "/proc/" + pid + "/fd";
        try {
            kernel.access(folder, Linux.R_OK);
            return readLinks(folder);
        } catch (KernelException e) {
            if (e.errno() != Errno.EACCES && e.errno() != Errno.EPERM) {
                throw e;
            }
        }
        Drop.become(kernel, found);
        return readLinks(folder);
    }

    private List<String> readLinks(String folder) throws KernelException {
        List<String> targets = new ArrayList<>();
        int directory = kernel.open(folder, Linux.O_RDONLY | Linux.O_DIRECTORY);
        try {
            for (String name : kernel.list(directory, folder)) {
                targets.add(kernel.readLink(directory, name));
            }
        } finally {
            kernel.close(directory);
        }
        return targets;
    }

    private static boolean allRight(List<Finding> findings) {
        for (Finding finding : findings) {
            if (!finding.right()) {
                return false;
            }
        }
        return true;
    }

    private static String text(String pid, String name, List<Finding> findings) {
        StringBuilder text = new StringBuilder("process " + pid + " (" + name + "):\n");
        for (Finding finding : findings) {
            text.append(finding.right() ? "  yes  " : "  NO   ").append(finding).append('\n');
        }
        return text.toString();
    }

    private static String json(String pid, String name, List<Finding> findings) {
        StringBuilder json = new StringBuilder("{\"pid\":" + pid + ",\"command\":" + quoted(name) + ",\"right\":"
                + allRight(findings) + ",\"findings\":[");
        for (int i = 0; i < findings.size(); i++) {
            Finding finding = findings.get(i);
            json.append(i == 0 ? "" : ",").append("{\"what\":").append(quoted(finding.what()));
            json.append(",\"asked\":")
                    .append(quoted(finding.asked()))
                    .append(",\"found\":")
                    .append(quoted(finding.found()));
            json.append(",\"right\":").append(finding.right()).append('}');
        }
        return json.append("]}\n").toString();
    }

    /** All of it is printable ASCII by now, so that only two characters need an escape. */
    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
