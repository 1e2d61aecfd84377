package stepdown.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Step;
import stepdown.account.AccountFile;
import stepdown.account.Accounts;
import stepdown.account.Decision;
import stepdown.handover.Environment;
import stepdown.handover.Given;
import stepdown.kernel.Kernel;
import stepdown.kernel.SimulatedLinux;
import stepdown.ownership.Ownership;
import stepdown.path.PathRules;
import stepdown.privilege.Credentials;
import stepdown.privilege.IdMap;
import stepdown.settings.Arguments;
import stepdown.settings.Option;
import stepdown.settings.Settings;
import stepdown.settings.SettingsReader;

/**
 * Each step of the drop left out, or in the place of another: the product does not run. What the proof cannot see is
 * seen elsewhere: the standard streams, kept descriptors and signals by the container tests, keep-caps, the proof
 * itself, close-on-exec and signals by the exact calls in {@link SequenceTest}.
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

    private Start start() throws Exception {
        Environment environment = new Environment(List.of("PATH=/bin"));
        Arguments arguments = new Arguments(Map.of(Option.KEEP_CAP, List.of("NET_BIND_SERVICE")), List.of(), false);
        Settings settings = SettingsReader.read(arguments, environment);
        IdMap all = IdMap.parse("0 0 4294967295\n");
        Accounts accounts = new Accounts(
                new AccountFile("/etc/passwd", null, "app:x:9031:9999::/:/bin/false\n", null, true),
                new AccountFile("/etc/group", null, "identity:x:9999:\n", null, true),
                false);
        Kernel kernel = linux.kernel();
        Ownership none =
                Ownership.find(kernel, settings.paths(), 9031, 9999, new PathRules(kernel, "/opt"), null, List.of());
        Found found = new Found(
                Credentials.ofThisThread(kernel),
                false,
                all,
                all,
                Found.NO_GID,
                false,
                1,
                new Given(List.of(), environment, new TreeSet<>()),
                accounts,
                settings.identity(),
                new Decision(accounts, settings.identity()).decide(),
                Owned.NOTHING,
                null,
                null,
                new Found.Work(none, false, List.of(), false, null, List.of()));
        return new Start(kernel, new Plan(settings, found, true), List.of("product"), new Log("error"));
    }

    @Test
    void as_it_is_the_product_runs() throws Exception {
        Start start = start();
        assertThatThrownBy(() -> start.carryOut(start.steps())).hasMessageContaining("EIO");
        assertThat(linux.product).isNotNull();
    }

    @Test
    void a_start_without_its_last_step_is_no_success() throws Exception {
        Start start = start();
        List<Step> steps = start.steps();
        assertThatThrownBy(() -> start.carryOut(steps.subList(0, steps.size() - 1)))
                .isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "empty the bounding set",
                "keep the permitted set",
                "set the supplementary groups",
                "set the group id",
                "set the user id",
                "set the effective",
                "raise the ambient set",
                "set no_new_privs"
            })
    void a_step_left_out_ends_the_start(String words) throws Exception {
        Start start = start();
        List<Step> steps = new ArrayList<>(start.steps());
        assertThat(steps.removeIf(step -> step.words().startsWith(words))).isTrue();
        assertThatThrownBy(() -> start.carryOut(steps)).isInstanceOf(Exception.class);
        assertThat(linux.product).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "empty the bounding set,set the user id",
        "keep the permitted set,set the user id",
        "set the supplementary groups,set the user id",
        "set the group id,set the user id",
        "set the effective,set the user id",
        "empty the bounding set,set the effective",
        "set the effective,raise the ambient set",
        "set the user id,prove it",
        "set no_new_privs,prove it"
    })
    void two_steps_in_each_others_place_end_the_start(String one, String other) throws Exception {
        Start start = start();
        List<Step> steps = new ArrayList<>(start.steps());
        int first = index(steps, one);
        int second = index(steps, other);
        Step kept = steps.get(first);
        steps.set(first, steps.get(second));
        steps.set(second, kept);
        assertThatThrownBy(() -> start.carryOut(steps)).isInstanceOf(Exception.class);
        assertThat(linux.product).isNull();
    }

    private static int index(List<Step> steps, String words) {
        int index = 0;
        while (!steps.get(index).words().startsWith(words)) {
            index++;
        }
        return index;
    }
}
