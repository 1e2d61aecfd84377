package stepdown.start;

import java.util.List;
import java.util.function.Supplier;
import stepdown.Refusal;
import stepdown.Signalled;
import stepdown.Step;
import stepdown.handover.Given;
import stepdown.kernel.Capability;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Raw;
import stepdown.privilege.Target;
import stepdown.settings.Arguments;
import stepdown.settings.Option;
import stepdown.settings.Settings;
import stepdown.settings.SettingsReader;
import stepdown.settings.Usage;

/**
 * From a process's start to its end or to the product: what both flavours share, and the one table from failure to exit
 * status.
 */
public final class Launcher {
    private Log log = new Log("info");

    private Launcher() {}

    /**
     * Does what the command line asks for.
     *
     * @param kernel made inside, so that a C library that cannot be called is a refusal like others
     * @param count how many arguments {@code main} was given; their bytes are read back from the kernel
     * @param handedOver whether what the container gave was handed over by start.c, or is this process's own
     * @return the exit status; a start that succeeds never returns
     */
    public static int launch(Supplier<Kernel> kernel, int count, boolean handedOver) {
        return new Launcher().guarded(kernel, count, handedOver);
    }

    private int guarded(Supplier<Kernel> kernel, int count, boolean handedOver) {
        try {
            return run(kernel.get(), count, handedOver);
        } catch (Signalled e) {
            log.summary(String.valueOf(e.getMessage()));
            return e.status();
        } catch (Refusal e) {
            log.refused(String.valueOf(e.getMessage()), e);
            return e.status();
        } catch (KernelException e) {
            log.refused(e.getMessage() + ": the product was not started", e);
            return Refusal.REFUSED;
        } catch (OutOfMemoryError e) {
            log.refused("not enough memory to start: raise the container's memory limit", e);
            return Refusal.REFUSED;
        } catch (RuntimeException | Error e) {
            log.refused(
                    "stepdown failed (" + Raw.show(e.toString())
                            + "): the product was not started; --log debug shows where",
                    e);
            return Refusal.REFUSED;
        }
    }

    private int run(Kernel kernel, int count, boolean handedOver) throws KernelException {
        Given given = Given.read(kernel, count, handedOver);
        Arguments arguments = Arguments.of(given.arguments());
        if (arguments.has(Option.HELP)) {
            return printed(new Usage().help());
        }
        if (arguments.has(Option.VERSION)) {
            return printed("stepdown " + Version.VALUE + "\n");
        }
        log = new Log(SettingsReader.logLevel(arguments, given.environment()));
        Settings settings = SettingsReader.read(arguments, given.environment());
        boolean verify = arguments.has(Option.VERIFY);
        boolean dryRun = arguments.has(Option.DRY_RUN);
        boolean prepareOnly = arguments.has(Option.PREPARE_ONLY);
        boolean json = arguments.has(Option.JSON);
        if (verify && (dryRun || prepareOnly)) {
            throw new Refusal("--verify looks at a running process: leave out --dry-run and --prepare-only");
        }
        if (json && !dryRun && !verify) {
            throw new Refusal("--json goes with --dry-run or --verify: leave it out of a start");
        }
        if (verify) {
            log.warn(settings.warnings());
            return new Verify(kernel, settings).report(arguments.command(), json) && !System.out.checkError() ? 0 : 1;
        }
        if (prepareOnly && !arguments.command().isEmpty()) {
            throw new Refusal("--prepare-only ends without a product: leave out the command, or the option");
        }
        List<String> command = prepareOnly ? List.of() : arguments.product();
        Plan plan = new Plan(settings, Found.look(kernel, settings, given, !prepareOnly), !prepareOnly);
        log.warn(plan.warnings);
        Start start = new Start(kernel, plan, command, log);
        if (dryRun) {
            return printed(json ? json(start, plan) : text(start));
        }
        start.carryOut(start.steps());
        return 0;
    }

    private static String text(Start start) {
        StringBuilder text = new StringBuilder();
        for (Step step : start.steps()) {
            text.append(step.words()).append('\n');
        }
        return text.toString();
    }

    private static String json(Start start, Plan plan) {
        Target target = plan.target;
        return "{" + Json.VERSION + ",\"uid\":" + target.uid() + ",\"gid\":" + target.gid() + ",\"groups\":"
                + target.groups() + ",\"capabilities\":"
                + Json.quoted(plan.settings.privileged() ? "kept" : Capability.names(target.capabilities()))
                + ",\"warnings\":" + Json.list(plan.warnings) + ",\"steps\":"
                + Json.list(text(start).lines().toList()) + "}\n";
    }

    /** Nobody is told that something was printed where it was not. */
    private static int printed(String text) {
        System.out.print(text);
        if (System.out.checkError()) {
            throw new Refusal("standard output takes nothing: is it a full disk, or was its reader closed?");
        }
        return 0;
    }

    /** In a class of its own: a native image has no manifest to read, it was told the value when it was built. */
    private static final class Version {
        static final String VALUE = String.valueOf(Launcher.class.getPackage().getImplementationVersion());
    }
}
