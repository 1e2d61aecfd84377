package stepdown.privilege;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.kernel.Kernel;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;

class CredentialsTest {
    private static final String STATUS = "Name:\tnginx\nUid:\t9031\t9031\t9031\t9031\nGid:\t9999\t9999\t9999\t9999\n"
            + "Groups:\t9999 3000 \nCapInh:\t0000000000000000\nCapPrm:\t0000000000000400\nCapEff:\t0000000000000400\n"
            + "CapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000400\nNoNewPrivs:\t1\n";
    private static final Target TARGET = new Target(9031, 9999, List.of(3000L, 9999L), 0, false, true);

    private static Credentials parsed(String status) {
        Credentials parsed = Credentials.parse(status);
        assertThat(parsed).isNotNull();
        return parsed;
    }

    private static List<String> wrong(Target target, String status) {
        return Proof.compare(target, parsed(status)).stream()
                .filter(finding -> !finding.right())
                .map(Finding::toString)
                .toList();
    }

    @Test
    void what_proc_says_of_this_thread_is_what_the_system_calls_say() throws Exception {
        Kernel kernel = Jnr.kernel(new JffiBinding());
        Credentials called = Credentials.ofThisThread(kernel);
        Credentials read = parsed(kernel.readFile("/proc/thread-self/status"));
        assertThat(read.uids()).startsWith(called.uids().toArray(new Long[0]));
        assertThat(read.gids()).startsWith(called.gids().toArray(new Long[0]));
        assertThat(read.groups()).containsExactlyInAnyOrderElementsOf(called.groups());
        assertThat(List.of(read.inheritable(), read.permitted(), read.effective(), read.bounding(), read.ambient()))
                .isEqualTo(List.of(
                        called.inheritable(),
                        called.permitted(),
                        called.effective(),
                        called.bounding(),
                        called.ambient()));
        assertThat(read.noNewPrivs()).isEqualTo(called.noNewPrivs());
    }

    @Test
    void every_difference_is_a_line_of_its_own() {
        assertThat(wrong(TARGET, STATUS))
                .containsExactly(
                        "permitted set is NET_BIND_SERVICE, not none",
                        "effective set is NET_BIND_SERVICE, not none",
                        "ambient set is NET_BIND_SERVICE, not none",
                        "bounding set is CHOWN,DAC_OVERRIDE,FOWNER,FSETID,KILL,SETGID,SETUID,SETPCAP,NET_BIND_SERVICE,NET_RAW,"
                                + "SYS_CHROOT,MKNOD,AUDIT_WRITE,SETFCAP, not none");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Uid:\\t9031\\t9031\\t9031\\t9031; Uid:\\t9031\\t9031\\t0\\t9031; user id is 0,9031, not 9031",
                "Gid:\\t9999\\t9999\\t9999\\t9999; Gid:\\t0\\t0\\t0\\t0; group id is 0, not 9999",
                "9999 3000; 9999 3000 0; supplementary groups is 0,3000,9999, not 3000,9999",
                "9999 3000; ''; supplementary groups is none, not 3000,9999",
                "CapInh:\\t0000000000000000; CapInh:\\t0000000000002000; inheritable set is NET_RAW, not none",
                "NoNewPrivs:\\t1; NoNewPrivs:\\t0; no_new_privs is off, not on"
            })
    void a_single_difference_is_found(String line, String changed, String finding) {
        String clean =
                STATUS.replace("0000000000000400", "0000000000000000").replace("00000000a80425fb", "0000000000000000");
        assertThat(wrong(TARGET, clean)).isEmpty();
        assertThat(wrong(TARGET, clean.replace(line.replace("\\t", "\t"), changed.replace("\\t", "\t"))))
                .containsExactly(finding);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs"})
    void a_status_without_a_line_that_is_needed_proves_nothing(String name) {
        assertThat(Credentials.parse(STATUS.replaceAll("(?m)^" + name + ":.*\n", "")))
                .isNull();
        assertThat(Credentials.parse(STATUS.replaceAll("(?m)^" + name + ":.*\n", name + ":\tx\n")))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Uid", "Gid"})
    void a_status_without_the_effective_id_is_none(String name) {
        assertThat(Credentials.parse(STATUS.replaceAll("(?m)^" + name + ":.*\n", name + ":\t0\n")))
                .isNull();
    }
}
