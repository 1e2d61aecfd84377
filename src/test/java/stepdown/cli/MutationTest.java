package stepdown.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import stepdown.account.AccountFile;
import stepdown.account.AccountPlan;
import stepdown.account.Accounts;
import stepdown.account.Decision;
import stepdown.handover.Environment;
import stepdown.kernel.Kernel;
import stepdown.kernel.SimulatedLinux;
import stepdown.ownership.Ownership;
import stepdown.ownership.Paths;
import stepdown.plan.Arguments;
import stepdown.plan.Observed;
import stepdown.plan.Option;
import stepdown.plan.Plan;
import stepdown.plan.Planner;
import stepdown.plan.Settings;
import stepdown.plan.SettingsReader;
import stepdown.plan.Step;
import stepdown.plan.Step.Kind;
import stepdown.privilege.Credentials;
import stepdown.privilege.IdMap;

/**
 * Each step of the drop left out, or in the place of another: the product does not run. What the proof cannot see is seen elsewhere: the standard streams, kept
 * descriptors and signals by the container tests, keep-caps, the proof itself, close-on-exec and signals by the exact calls in {@link SequenceTest}.
 */
class MutationTest {
    @TempDir
    private java.nio.file.Path root;

    private SimulatedLinux linux;

    @BeforeEach
    void makeRoot() throws java.io.IOException {
        for (String folder : List.of("proc/thread-self", "proc/self", "bin")) {
            java.nio.file.Files.createDirectories(root.resolve(folder));
        }
        java.nio.file.Files.writeString(root.resolve("bin/product"), "");
        linux = new SimulatedLinux(root);
        linux.inheritable = 1L << 13;
    }

    private Plan plan() throws Exception {
        Environment environment = new Environment(List.of("PATH=/bin"));
        Settings settings = SettingsReader.read(
                new Arguments(java.util.Map.of(Option.KEEP_CAP, List.of("NET_BIND_SERVICE")), List.of()), environment);
        IdMap all = IdMap.parse("0 0 4294967295\n");
        Accounts accounts = new Accounts(
                new AccountFile("/etc/passwd", null, "app:x:9031:9999::/:/bin/false\n", null, true),
                new AccountFile("/etc/group", null, "identity:x:9999:\n", null, true),
                false);
        AccountPlan rows = new Decision(accounts, Planner.accountRequest(settings)).decide();
        Credentials now = Credentials.ofThisThread(linux.kernel());
        Observed observed = new Observed(
                now,
                false,
                all,
                all,
                Observed.NO_GID,
                false,
                1,
                environment,
                new TreeSet<>(),
                accounts,
                rows,
                Observed.Work.NONE);
        return Planner.decide(settings, observed, "product");
    }

    private void carryOut(List<Step> steps) throws Exception {
        Plan plan = plan();
        Plan changed = new Plan(
                plan.settings(),
                plan.target(),
                plan.drops(),
                plan.request(),
                plan.accounts(),
                plan.environment(),
                plan.homeFromRow(),
                plan.descriptors(),
                plan.runtimeGroups(),
                steps,
                plan.warnings());
        Paths paths = new Paths(
                9031, 9999, List.of(), List.of(), Paths.Strip.O, Paths.Policy.OFF, false, false, "/opt", null);
        Kernel kernel = linux.kernel();
        new Start(kernel, changed, Ownership.find(kernel, paths), List.of("product"), new Log("error")).carryOut();
    }

    @Test
    void as_it_is_the_product_runs() {
        assertThatThrownBy(() -> carryOut(plan().steps())).hasMessageContaining("EIO");
        assertThat(linux.product).isNotNull();
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "EMPTY_BOUNDING_SET",
                "KEEP_CAPABILITIES",
                "SET_GROUPS",
                "SET_GID",
                "SET_UID",
                "SET_CAPABILITIES",
                "RAISE_AMBIENT",
                "SET_NO_NEW_PRIVS"
            })
    void a_step_left_out_ends_the_start(Kind kind) throws Exception {
        List<Step> steps = new ArrayList<>(plan().steps());
        assertThat(steps.removeIf(step -> step.kind() == kind)).isTrue();
        assertThatThrownBy(() -> carryOut(steps)).isInstanceOf(Exception.class);
        assertThat(linux.product).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "EMPTY_BOUNDING_SET,SET_UID",
        "KEEP_CAPABILITIES,SET_UID",
        "SET_GROUPS,SET_UID",
        "SET_GID,SET_UID",
        "SET_CAPABILITIES,SET_UID",
        "EMPTY_BOUNDING_SET,SET_CAPABILITIES",
        "SET_CAPABILITIES,RAISE_AMBIENT",
        "SET_UID,PROVE",
        "SET_NO_NEW_PRIVS,PROVE"
    })
    void two_steps_in_each_others_place_end_the_start(Kind one, Kind other) throws Exception {
        List<Step> steps = new ArrayList<>(plan().steps());
        int first = index(steps, one);
        int second = index(steps, other);
        Step kept = steps.get(first);
        steps.set(first, steps.get(second));
        steps.set(second, kept);
        assertThatThrownBy(() -> carryOut(steps)).isInstanceOf(Exception.class);
        assertThat(linux.product).isNull();
    }

    private static int index(List<Step> steps, Kind kind) {
        int index = 0;
        while (steps.get(index).kind() != kind) {
            index++;
        }
        return index;
    }
}
