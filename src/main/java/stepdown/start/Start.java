package stepdown.start;

import java.util.ArrayList;
import java.util.List;
import stepdown.Refusal;
import stepdown.Step;
import stepdown.account.AccountFiles;
import stepdown.account.AccountPlan;
import stepdown.account.UserRow;
import stepdown.credential.CredentialFolder;
import stepdown.handover.Command;
import stepdown.handover.Descriptors;
import stepdown.handover.Signals;
import stepdown.kernel.Capability;
import stepdown.kernel.Errno;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.ownership.Ownership;
import stepdown.ownership.Summary;
import stepdown.privilege.Confinement;
import stepdown.privilege.Drop;
import stepdown.privilege.Target;

/**
 * A start: what it is going to do, in its order, and the doing, on one thread, with nothing after a step that failed.
 */
final class Start {
    private final Kernel kernel;
    private final Plan plan;
    private final Ownership ownership;
    private final Log log;
    private final List<String> done = new ArrayList<>();

    private AccountPlan accounts;
    private Command command;
    private String file = "";

    /** @param arguments the product's command, with its arguments; empty where there is none */
    Start(Kernel kernel, Plan plan, List<String> arguments, Log log) {
        this.kernel = kernel;
        this.plan = plan;
        this.ownership = plan.found.work().ownership();
        this.log = log;
        this.accounts = plan.accounts;
        this.command = new Command(arguments, plan.environment);
    }

    /** All of it, none of it done yet. */
    List<Step> steps() {
        List<Step> steps = new ArrayList<>();
        if (plan.asRoot) {
            prepare(steps);
        }
        CredentialFolder folder = plan.found.credentialFolder();
        if (folder != null && !folder.words().isEmpty()) {
            steps.add(new Step(String.join("\n", folder.words()), kernel -> copy(folder)));
        }
        int umask = plan.withProduct ? plan.settings.umask() : -1;
        if (umask >= 0) {
            // When nothing of ours is made any more.
            steps.add(new Step("set the umask " + octal(umask), kernel -> kernel.umask(umask)));
        }
        Confinement confinement = plan.found.confinement();
        if (confinement != null) {
            // While every path can still be reached.
            steps.add(new Step("permit writing below " + permitted(), kernel -> permit(confinement)));
        }
        boolean drops = plan.withProduct && !plan.settings.privileged();
        if (drops) {
            steps.addAll(Drop.steps(plan.target, plan.asRoot, confinement));
        }
        if (drops && !plan.asRoot && !plan.settings.paths().writable().isEmpty()) {
            // Without the capabilities that the product will not have either.
            String report = "report the writable paths that uid " + plan.target.uid() + " cannot write";
            steps.add(new Step(report, kernel -> reportPaths()));
        }
        if (plan.withProduct) {
            handOver(steps);
        }
        return steps;
    }

    private void prepare(List<Step> steps) {
        Found.Work work = plan.found.work();
        if (!accounts.steps().isEmpty()) {
            steps.add(new Step(String.join("\n", accounts.steps()), kernel -> writeAccounts()));
        }
        if (plan.makesHome) {
            String home = Raw.show(accounts.user().home());
            steps.add(new Step("create the home " + home + " (0700) where it is missing", kernel -> createHome()));
        } else if (work.homeWork() != null) {
            steps.add(new Step(work.homeWork(), kernel -> ownHome()));
        }
        if (!work.words().isEmpty()) {
            steps.add(new Step(String.join("\n", work.words()), kernel -> own()));
        }
    }

    /** Descriptors and signals last: until then the launcher needs its own. */
    private void handOver(List<Step> steps) {
        String name = Raw.show(command.name());
        String marks = "mark every descriptor from 3 on close-on-exec (keep: " + plan.descriptors + ")";
        steps.add(new Step("look " + name + " up in PATH as the user", kernel -> findCommand()));
        steps.add(new Step(marks, kernel -> Descriptors.closeOnExec(kernel, plan.descriptors)));
        steps.add(new Step("set ignored signals to their default and empty the signal mask", Signals::reset));
        steps.add(new Step("become " + name, kernel -> {
            throw command.become(kernel, file);
        }));
    }

    /** Does them. Returns only where there is no product. */
    void carryOut(List<Step> steps) throws KernelException {
        CredentialFolder folder = plan.found.credentialFolder();
        try {
            carryOutEach(steps);
        } catch (KernelException | RuntimeException | Error e) {
            if (folder != null) {
                folder.remove();
            }
            throw e;
        }
    }

    private void carryOutEach(List<Step> steps) throws KernelException {
        int looks = plan.withProduct ? steps.size() - 1 : steps.size();
        for (Step step : steps) {
            if (looks-- > 0) { // at the exec the mask is empty, and nothing may come between
                kernel.obeySignals();
            }
            log.debug(step.words());
            step.action().on(kernel);
        }
        if (plan.withProduct) {
            throw new IllegalStateException("the last step did not become the product");
        }
        log.summary("prepared for uid=" + plan.target.uid() + " gid=" + plan.target.gid() + details());
    }

    /** With four digits, as /proc/PID/status shows a umask. */
    static String octal(int umask) {
        return Integer.toOctalString(010000 | umask).substring(1);
    }

    // ---- what the steps of a start do; those of the drop are in its own room

    private void writeAccounts() {
        UserRow planned = accounts.user();
        accounts = AccountFiles.of(kernel).write(accounts, plan.found.identity());
        log.warn(accounts.warnings());
        UserRow user = accounts.user();
        if (!user.name().equals(planned.name()) || !user.home().equals(planned.home())) {
            throw new Refusal("/etc/passwd was changed during the start: uid " + plan.target.uid() + " is "
                    + Raw.show(user.name()) + " with the home " + Raw.show(user.home()) + " by now; start again");
        }
    }

    /**
     * Where no home can be had, HOME is the one folder that is always there. On a read-only root that has been said, of
     * the account files.
     */
    private void createHome() {
        try {
            ownership.applyHome(watch);
        } catch (KernelException e) {
            if (plan.homeIsOurs) {
                command = new Command(command.arguments(), command.environment().with("HOME", "/"));
                if (e.errno() != Errno.EROFS || accounts.warnings().isEmpty()) {
                    log.warn(List.of("HOME is /, as " + Raw.show(accounts.user().home()) + " cannot be made ("
                            + e.getMessage() + "): make it when the image is built, or set HOME"));
                }
            }
        }
    }

    private void ownHome() throws KernelException {
        boolean none = plan.homeIsOurs && "/".equals(command.environment().get("HOME"));
        List<String> lines = new ArrayList<>();
        for (String error : OwnershipWords.errors(ownership.applyHome(watch))) {
            lines.add((none ? "HOME is /: " : "") + error);
        }
        warnOrRefuse(lines);
    }

    private final Ownership.Watch watch = new Ownership.Watch() {
        @Override
        public void at(String where, long seen, long changed, long perSecond) {
            log.summary(OwnershipWords.progress(where, seen, changed, perSecond));
        }

        @Override
        public void stop() {
            kernel.obeySignals();
        }
    };

    private void own() throws KernelException {
        Summary summary = ownership.apply(watch);
        done.addAll(OwnershipWords.done(summary));
        warnOrRefuse(OwnershipWords.errors(summary));
    }

    private void copy(CredentialFolder folder) throws KernelException {
        done.add("credentials: " + folder.copy() + " of " + folder.words().size() + " copied");
    }

    private String permitted() {
        StringBuilder words = new StringBuilder();
        for (String path : plan.settings.paths().writable()) {
            words.append(Raw.show(path)).append(", ");
        }
        return words + Raw.show(home()) + " (HOME) and what any product may write";
    }

    private String home() {
        return String.valueOf(command.environment().get("HOME"));
    }

    private void permit(Confinement confinement) throws KernelException {
        confinement.permitCommon();
        List<String> missing = new ArrayList<>();
        for (String path : plan.settings.paths().writable()) {
            permit(confinement, path, missing);
        }
        try {
            permit(confinement, home(), missing);
        } catch (Refusal e) {
            log.warn(List.of("--confine leaves HOME read-only: " + e.getMessage()));
        }
        warnOrRefuse(missing);
        done.add(confinement.proof());
    }

    private static void permit(Confinement confinement, String path, List<String> missing) throws KernelException {
        try {
            if (!path.startsWith("/") || !confinement.permit(path)) {
                missing.add("--confine permits nothing below " + Raw.show(path) + ", which does not exist: create it");
            }
        } catch (KernelException e) {
            if (e.errno() != Errno.EACCES && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
                throw e; // it may be there
            }
            missing.add("--confine permits nothing below " + Raw.show(path) + ": " + e.getMessage());
        }
    }

    private void reportPaths() {
        List<String> writable = plan.settings.paths().writable();
        warnOrRefuse(OwnershipWords.unwritable(kernel, writable, plan.target.uid(), plan.target.gid()));
    }

    private void warnOrRefuse(List<String> lines) {
        if (plan.settings.strict() && !lines.isEmpty()) {
            throw new Refusal(lines.get(0) + " (--strict)");
        }
        log.warn(lines);
    }

    private void findCommand() throws KernelException {
        try {
            kernel.access(".", Linux.X_OK);
        } catch (KernelException e) {
            log.warn(List.of("the working directory " + Raw.show(kernel.readLink(Linux.AT_FDCWD, "/proc/self/cwd"))
                    + " cannot be entered by uid " + plan.target.uid() + ": set WORKDIR or give it to the user"));
        }
        file = command.find(kernel);
        log.summary(identity() + details() + "; " + Raw.show(command.name()));
    }

    private String identity() {
        Target target = plan.target;
        String group = accounts.groupName();
        StringBuilder words = new StringBuilder("uid=" + target.uid());
        words.append(named(accounts.user().name())).append(" gid=").append(target.gid());
        words.append(named(group)).append(" groups=").append(target.groups().isEmpty() ? "none" : "");
        for (int i = 0; i < target.groups().size(); i++) {
            words.append(i == 0 ? "" : ",").append(target.groups().get(i));
        }
        if (!plan.runtimeGroups.isEmpty()) {
            words.append(" (of the runtime: ").append(plan.runtimeGroups).append(')');
        }
        if (!plan.settings.privileged() && target.capabilities() != 0) {
            words.append(" capabilities=").append(Capability.names(target.capabilities()));
        }
        return words.toString();
    }

    private static String named(String name) {
        return name.isEmpty() ? "" : "(" + Raw.show(name) + ")";
    }

    private String details() {
        return done.isEmpty() ? "" : "; " + String.join("; ", done);
    }
}
