package stepdown.start;

import java.util.function.Supplier;
import stepdown.Refusal;
import stepdown.Signalled;
import stepdown.Step;
import stepdown.handover.Given;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Raw;
import stepdown.settings.Arguments;
import stepdown.settings.CommandLineParser;
import stepdown.settings.Option;
import stepdown.settings.Settings;
import stepdown.settings.SettingsReader;

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
            log.summary(oneLine(e));
            return e.status();
        } catch (Refusal e) {
            log.refused(oneLine(e), e);
            return e.status();
        } catch (KernelException e) {
            log.refused(oneLine(e) + ": the product was not started", e);
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

    private static String oneLine(Exception failure) {
        return String.valueOf(failure.getMessage()).replace('\n', ' ');
    }

    private int run(Kernel kernel, int count, boolean handedOver) throws KernelException {
        Given given = Given.read(kernel, count, handedOver);
        CommandLineParser parser = new CommandLineParser();
        Arguments arguments = parser.parse(given.arguments());
        if (arguments.has(Option.HELP)) {
            System.out.print(parser.help());
            return flushed(0);
        }
        if (arguments.has(Option.VERSION)) {
            System.out.println("stepdown " + Version.VALUE);
            return flushed(0);
        }
        log = new Log(SettingsReader.logLevel(arguments, given.environment()));
        Settings settings = SettingsReader.read(arguments, given.environment());
        if (arguments.has(Option.VERIFY)) {
            return flushed(new Verify(kernel, settings, given).report(arguments));
        }
        return start(kernel, given, arguments, settings);
    }

    private int start(Kernel kernel, Given given, Arguments arguments, Settings settings) throws KernelException {
        boolean prepareOnly = arguments.has(Option.PREPARE_ONLY);
        if (arguments.command().isEmpty() && !prepareOnly) {
            throw new Refusal(
                    "no command to become: give one after the options (in a Dockerfile: CMD), or --prepare-only");
        }
        if (prepareOnly && !arguments.command().isEmpty()) {
            throw new Refusal("--prepare-only ends without a product: leave out the command, or the option");
        }
        Found.refuseWorkingDirectoryOutside(kernel);
        Plan plan = new Plan(settings, Found.look(kernel, settings, given, true), !prepareOnly);
        log.warn(plan.warnings);
        Start start = new Start(kernel, plan, arguments.command(), log);
        if (arguments.has(Option.DRY_RUN)) {
            for (Step step : start.steps()) {
                System.out.println(step.words());
            }
            return flushed(0);
        }
        start.carryOut(start.steps());
        return 0;
    }

    /** In a class of its own: a native image has no manifest to read, it was told the value when it was built. */
    private static final class Version {
        static final String VALUE = String.valueOf(Launcher.class.getPackage().getImplementationVersion());
    }

    private static int flushed(int status) {
        System.out.flush();
        return status;
    }
}
