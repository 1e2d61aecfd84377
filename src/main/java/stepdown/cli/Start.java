package stepdown.cli;

import java.util.ArrayList;
import java.util.List;
import stepdown.Refusal;
import stepdown.account.AccountFiles;
import stepdown.account.AccountPlan;
import stepdown.account.UserRow;
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
import stepdown.plan.Plan;
import stepdown.plan.Step;
import stepdown.privilege.Drop;
import stepdown.privilege.Proof;
import stepdown.privilege.Target;

/** The thin layer that carries a plan out: each step once, in its order, on one thread, and none after one that failed. */
final class Start {
    private final Kernel kernel;
    private final Plan plan;
    private final Ownership ownership;
    private final Log log;
    private final Drop drop;
    private final List<String> done = new ArrayList<>();

    private AccountPlan accounts;
    private Command command;
    private String file = "";

    Start(Kernel kernel, Plan plan, Ownership ownership, List<String> arguments, Log log) {
        this.kernel = kernel;
        this.plan = plan;
        this.ownership = ownership;
        this.log = log;
        this.drop = new Drop(kernel);
        this.accounts = plan.accounts();
        this.command = new Command(arguments, plan.environment());
    }

    /** Returns only where the plan has no product. */
    void carryOut() throws KernelException {
        for (Step step : plan.steps()) {
            // At the last the mask is empty, and nothing may come between that and the exec.
            if (step.kind() != Step.Kind.EXEC) {
                kernel.obeySignals();
            }
            for (String words : step.words()) {
                log.debug(words);
            }
            carryOut(step.kind());
        }
        log.summary("prepared for uid=" + plan.settings().uid() + " gid="
                + plan.settings().gid() + details());
    }

    private void carryOut(Step.Kind kind) throws KernelException {
        Target target = plan.target();
        switch (kind) {
            case WRITE_ACCOUNTS -> writeAccounts();
            case CREATE_HOME -> createHome();
            case OWN_HOME -> ownHome();
            case OWN_PATHS -> own();
            case REPORT_PATHS -> reportPaths();
            case EMPTY_BOUNDING_SET -> drop.emptyBoundingSet(target.capabilities());
            case HAND_OVER_STREAMS -> drop.handOverStandardStreams(target.uid());
            case KEEP_CAPABILITIES -> drop.keepCapabilities(true);
            case SET_GROUPS -> drop.setGroups(target.groups());
            case SET_GID -> drop.setGid(target.gid());
            case SET_UID -> drop.setUid(target.uid());
            case CLEAR_KEEP_CAPABILITIES -> drop.keepCapabilities(false);
            case SET_CAPABILITIES -> drop.setCapabilities(target.capabilities());
            case RAISE_AMBIENT -> drop.raiseAmbient(target.capabilities());
            case SET_NO_NEW_PRIVS -> drop.setNoNewPrivileges();
            case PROVE -> Proof.ofThisThread(kernel, target);
            case FIND_COMMAND -> findCommand();
            case MARK_DESCRIPTORS -> Descriptors.closeOnExec(kernel, plan.descriptors());
            case RESET_SIGNALS -> Signals.reset(kernel);
            case EXEC -> throw command.become(kernel, file);
        }
    }

    private void writeAccounts() {
        UserRow planned = accounts.user();
        accounts = new AccountFiles(kernel, "/etc").write(accounts, plan.request());
        log.warn(accounts.warnings());
        UserRow user = accounts.user();
        if (!user.name().equals(planned.name()) || !user.home().equals(planned.home())) {
            throw new Refusal("/etc/passwd was changed during the start: uid "
                    + plan.settings().uid() + " is " + Raw.show(user.name()) + " with the home " + Raw.show(user.home())
                    + " by now; start again");
        }
    }

    /** Where no home can be had, HOME is the one folder that is always there. */
    private void createHome() {
        try {
            ownership.applyHome(watch);
        } catch (KernelException e) {
            if (plan.homeFromRow()) {
                command = new Command(command.arguments(), command.environment().with("HOME", "/"));
                sayNoHome(accounts.user().home(), e);
            }
        }
    }

    /** On a read-only root that has mostly been said already, of the account files. */
    private void sayNoHome(String home, Exception e) {
        boolean readOnly = e instanceof KernelException failure && failure.errno() == Errno.EROFS;
        if (!readOnly || accounts.warnings().isEmpty()) {
            log.warn(List.of("HOME is /, as " + Raw.show(home) + " cannot be made (" + e.getMessage()
                    + "): make it when the image is built, or set HOME"));
        }
    }

    private void ownHome() throws KernelException {
        boolean none = plan.homeFromRow() && "/".equals(command.environment().get("HOME"));
        List<String> lines = new ArrayList<>();
        for (String error : OwnershipWords.errors(ownership.applyHome(watch))) {
            lines.add((none ? "HOME is /: " : "") + error);
        }
        warnOrRefuse(lines);
    }

    private final Ownership.Watch watch = new Ownership.Watch() {
        @Override
        public void at(String where, long seen, long changed, long perSecond) {
            log.progress(OwnershipWords.progress(where, seen, changed, perSecond));
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

    private void reportPaths() {
        Target target = plan.target();
        warnOrRefuse(OwnershipWords.unwritable(kernel, plan.settings().writable(), target.uid(), target.gid()));
    }

    private void warnOrRefuse(List<String> lines) {
        if (plan.settings().strict() && !lines.isEmpty()) {
            throw new Refusal(lines.get(0) + " (--strict)");
        }
        log.warn(lines);
    }

    private void findCommand() throws KernelException {
        try {
            kernel.access(".", Linux.X_OK);
        } catch (KernelException e) {
            log.warn(List.of("the working directory " + Raw.show(kernel.readLink(Linux.AT_FDCWD, "/proc/self/cwd"))
                    + " cannot be entered by uid " + plan.target().uid() + ": set WORKDIR or give it to the user"));
        }
        file = command.find(kernel);
        log.summary(identity() + details() + "; " + Raw.show(command.name()));
    }

    private String identity() {
        Target target = plan.target();
        StringBuilder words = new StringBuilder("uid=")
                .append(target.uid())
                .append('(')
                .append(Raw.show(accounts.user().name()))
                .append(") gid=")
                .append(target.gid());
        words.append(accounts.groupName().isEmpty() ? "" : "(" + Raw.show(accounts.groupName()) + ")")
                .append(" groups=");
        for (int i = 0; i < target.groups().size(); i++) {
            words.append(i == 0 ? "" : ",").append(target.groups().get(i));
        }
        if (!plan.runtimeGroups().isEmpty()) {
            words.append(" (of the runtime: ").append(plan.runtimeGroups()).append(')');
        }
        if (plan.drops() && target.capabilities() != 0) {
            words.append(" capabilities=").append(Capability.names(target.capabilities()));
        }
        return words.toString();
    }

    private String details() {
        StringBuilder words = new StringBuilder();
        for (String line : done) {
            words.append("; ").append(line);
        }
        return words.toString();
    }
}
