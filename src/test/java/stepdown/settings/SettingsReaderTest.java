package stepdown.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Refusal;
import stepdown.handover.Environment;
import stepdown.kernel.Capability;
import stepdown.ownership.Paths;

class SettingsReaderTest {
    private final Map<Option, List<String>> options = new EnumMap<>(Option.class);
    private final List<String> environment = new ArrayList<>();

    private Settings read() {
        return SettingsReader.read(new Arguments(options, List.of(), false), new Environment(environment));
    }

    private void refused(String message) {
        assertThatThrownBy(this::read).isInstanceOf(Refusal.class).hasMessage(message);
    }

    @Test
    void nothing_said_is_9031_and_9999_and_a_drop() {
        Settings settings = read();
        assertThat(settings.privileged()).isFalse();
        assertThat(settings.identity().uid()).isEqualTo(9031);
        assertThat(settings.uidGiven()).isFalse();
        assertThat(settings.identity().gid()).isEqualTo(9999);
        assertThat(settings.identity().userName()).isEqualTo("ping");
        assertThat(settings.identity().groupName()).isEqualTo("identity");
        assertThat(settings.identity().home()).isEqualTo("/home/ping");
        assertThat(settings.identity().shell()).isEqualTo("/sbin/nologin");
        assertThat(settings.paths().strip()).isEqualTo(Paths.Strip.O);
        assertThat(settings.paths().policy()).isEqualTo(Paths.Policy.MISMATCH);
        assertThat(settings.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"true,true", "TRUE,true", "True,true", "false,false", "FALSE,false", "'',false"})
    void privileged_is_true_or_false_in_any_case_and_empty_is_unset(String value, boolean privileged) {
        environment.add("PING_CONTAINER_PRIVILEGED=" + value);
        assertThat(read().privileged()).isEqualTo(privileged);
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "1", "0", " true", "true ", "tru", "on"})
    void any_other_privileged_is_refused(String value) {
        environment.add("PING_CONTAINER_PRIVILEGED=" + value);
        refused("PING_CONTAINER_PRIVILEGED=" + value + " is not true or false");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "+5",
                " 5",
                "5 ",
                "0x10",
                "09",
                "00",
                "4294967295",
                "4294967296",
                "99999999999",
                "1e3",
                "nobody",
                ".*",
                "1.0",
                "２"
            })
    void a_malformed_uid_is_refused_whatever_else_is_said(String value) {
        environment.add("PING_CONTAINER_PRIVILEGED=true");
        environment.add("PING_CONTAINER_UID=" + value);
        assertThatThrownBy(this::read)
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith("PING_CONTAINER_UID=")
                .hasMessageEndingWith(" is not a number from 1 to 4294967294, without sign, blanks or leading zeros");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "2147483648", "4294967294"})
    void every_id_that_the_kernel_has_is_taken(String value) {
        environment.add("PING_CONTAINER_UID=" + value);
        environment.add("PING_CONTAINER_GID=" + value);
        assertThat(read().identity().uid()).isEqualTo(Long.parseLong(value));
        assertThat(read().identity().gid()).isEqualTo(Long.parseLong(value));
    }

    @Test
    void uid_0_is_refused_with_the_switch_to_use_and_gid_0_is_a_warning() {
        environment.add("PING_CONTAINER_GID=0");
        assertThat(read().warnings()).containsExactly("PING_CONTAINER_GID=0: the product runs in root's group");
        environment.add("PING_CONTAINER_UID=0");
        refused("PING_CONTAINER_UID=0 is root: to stay root, set PING_CONTAINER_PRIVILEGED=true");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Ping", "9ping", "pi:ng", "pi ng", "a23456789012345678901234567890123", "-p", "röt", "a\nb"})
    void a_malformed_name_is_refused(String name) {
        environment.add("PING_CONTAINER_UNAME=" + name);
        assertThatThrownBy(this::read)
                .isInstanceOf(Refusal.class)
                .hasMessageEndingWith(
                        " is not a name of at most 32 of a-z, 0-9, _ and -, beginning with a letter or _");
    }

    @Test
    void a_hostile_value_is_escaped_and_cut() {
        environment.add("PING_CONTAINER_UID=1\n\u001b[31m" + "9".repeat(500));
        assertThatThrownBy(this::read)
                .satisfies(e -> assertThat(e.getMessage())
                        .startsWith("PING_CONTAINER_UID=1\\x0a\\x1b[31m999")
                        .contains("9...")
                        .hasSizeLessThan(220));
    }

    @Test
    void another_prefix_reads_other_variables() {
        options.put(Option.ENV_PREFIX, List.of("ACME"));
        environment.addAll(List.of("ACME_UID=5", "PING_CONTAINER_UID=6"));
        assertThat(read().identity().uid()).isEqualTo(5);
        assertThat(read().prefix()).isEqualTo("ACME");
        options.put(Option.ENV_PREFIX, List.of("a=b"));
        refused("--env-prefix=a=b is not a variable's name of A-Z, 0-9 and _, and not STEPDOWN, which is taken");
    }

    @Test
    void the_author_can_forbid_staying_root() {
        options.put(Option.NO_PRIVILEGED, List.of());
        assertThat(read().privileged()).isFalse();
        environment.add("PING_CONTAINER_PRIVILEGED=true");
        refused("PING_CONTAINER_PRIVILEGED=true is not allowed by this image (--no-privileged): leave it out");
    }

    @Test
    void paths_groups_capabilities_and_descriptors_add_up() {
        options.put(Option.WRITABLE, List.of("/a", "/b:c"));
        environment.add("STEPDOWN_WRITABLE=/d::/e:");
        options.put(Option.EXCLUDE, List.of("/a/x"));
        environment.add("STEPDOWN_EXCLUDE=/d/x:/e/x");
        options.put(Option.GROUPS, List.of("7,5"));
        environment.add("STEPDOWN_GROUPS=6");
        options.put(Option.KEEP_CAP, List.of("cap_net_bind_service"));
        environment.add("STEPDOWN_KEEP_CAP=KILL");
        options.put(Option.KEEP_FD, List.of("5"));
        environment.add("STEPDOWN_KEEP_FD=3");
        Settings settings = read();
        assertThat(settings.paths().writable()).containsExactly("/a", "/b:c", "/d", "/e");
        assertThat(settings.paths().excludes()).containsExactly("/a/x", "/d/x", "/e/x");
        assertThat(settings.groups()).containsExactly(5L, 6L, 7L);
        assertThat(settings.keptCapabilities()).isEqualTo(Capability.NET_BIND_SERVICE.bit() | Capability.KILL.bit());
        assertThat(settings.keptDescriptors()).containsExactly(3, 5);
        assertThat(settings.warnings()).isEmpty();
    }

    @Test
    void an_owner_stands_for_an_id_and_for_both_where_the_gid_is_not_set() {
        environment.add("PING_CONTAINER_UID=owner:/src");
        assertThat(List.of(read().uidOwner(), read().gidOwner())).containsExactly("/src", "/src");
        assertThat(read().uidGiven() && read().gidGiven()).isTrue();
        environment.add("PING_CONTAINER_GID=0");
        assertThat(read().gidOwner()).isNull();
        environment.set(1, "PING_CONTAINER_GID=owner:/other");
        assertThat(read().gidOwner()).isEqualTo("/other");
        environment.set(1, "PING_CONTAINER_GID=owner:other");
        refused("PING_CONTAINER_GID=owner:other is not owner: and an absolute path");
    }

    @Test
    void credentials_and_groups_of_add_up_and_a_name_has_one_path() {
        options.put(Option.CREDENTIAL, List.of("a=/x:y=z", "b=/y"));
        options.put(Option.GROUPS_OF, List.of("/dev/a"));
        environment.addAll(List.of("STEPDOWN_CREDENTIAL=c=/z:b=/y", "STEPDOWN_GROUPS_OF=/dev/b:/dev/c"));
        assertThat(read().credentials())
                .containsExactly(Map.entry("a", "/x:y=z"), Map.entry("b", "/y"), Map.entry("c", "/z"));
        assertThat(read().groupsOf()).containsExactly("/dev/a", "/dev/b", "/dev/c");
        assertThat(read().warnings()).isEmpty();
        environment.set(0, "STEPDOWN_CREDENTIAL=b=/other");
        refused("credential b has two paths, /y and /other: give one of them another name");
    }

    @ParameterizedTest
    @CsvSource({"'',-1", "027,23", "0777,511", "1022,18"})
    void the_umask_is_octal(String value, int umask) {
        environment.add("STEPDOWN_UMASK=" + value);
        assertThat(read().umask()).isEqualTo(umask);
    }

    @Test
    void an_option_wins_over_its_variable_with_one_warning_where_they_differ() {
        options.put(Option.STRIP, List.of("go"));
        environment.add("STEPDOWN_STRIP=none");
        environment.add("STEPDOWN_STRICT=false");
        options.put(Option.STRICT, List.of());
        Settings settings = read();
        assertThat(settings.paths().strip()).isEqualTo(Paths.Strip.GO);
        assertThat(settings.strict()).isTrue();
        assertThat(settings.warnings())
                .containsExactly(
                        "the image's --strip wins over the different STEPDOWN_STRIP",
                        "the image's --strict wins over the different STEPDOWN_STRICT");
    }

    @Test
    void an_unknown_variable_of_ours_is_a_warning_with_the_nearest_name() {
        environment.add("STEPDOWN_WRITEABLE=/x");
        assertThat(read().warnings())
                .containsExactly("STEPDOWN_WRITEABLE is not a variable of stepdown: did you mean STEPDOWN_WRITABLE?");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "STEPDOWN_STRIP=x; STEPDOWN_STRIP=x is not one of o, go, none",
                "STEPDOWN_OWNERSHIP=all; STEPDOWN_OWNERSHIP=all is not one of mismatch, root, off",
                "STEPDOWN_STRICT=1; STEPDOWN_STRICT=1 is not true or false",
                "STEPDOWN_WRITABLE=data; STEPDOWN_WRITABLE=data is not an absolute path",
                "STEPDOWN_EXCLUDE=./a; STEPDOWN_EXCLUDE=./a is not an absolute path",
                "STEPDOWN_HOME=home; STEPDOWN_HOME=home is not an absolute path without : and control characters",
                "STEPDOWN_SHELL=/a:b; STEPDOWN_SHELL=/a:b is not an absolute path without : and control characters",
                "STEPDOWN_KEEP_FD=2; STEPDOWN_KEEP_FD=2 is not a descriptor from 3 on (0 to 2 are always kept)",
                "STEPDOWN_KEEP_FD=x; STEPDOWN_KEEP_FD=x is not a descriptor from 3 on (0 to 2 are always kept)",
                "STEPDOWN_GROUPS=0; STEPDOWN_GROUPS=0 is not a number from 1 to 4294967294, without sign, blanks or leading zeros",
                "STEPDOWN_KEEP_CAP=NET_BIND_SERVIC; STEPDOWN_KEEP_CAP=NET_BIND_SERVIC is not a capability: did you mean NET_BIND_SERVICE?",
                "STEPDOWN_KEEP_CAP=cap_sys_admin; STEPDOWN_KEEP_CAP=cap_sys_admin amounts to root, and is never kept: leave it out"
            })
    void a_malformed_value_is_refused_with_its_source_and_what_would_be_right(String entry, String message) {
        environment.add(entry);
        refused(message.strip());
    }

    @Test
    void the_log_level_is_one_of_four() {
        Environment given = new Environment(List.of("STEPDOWN_LOG=trace"));
        assertThatThrownBy(() -> SettingsReader.logLevel(new Arguments(options, List.of(), false), given))
                .hasMessage("STEPDOWN_LOG=trace is not one of error, warn, info, debug");
    }

    @Test
    void a_beginning_is_nearer_than_a_likeness() {
        environment.add("STEPDOWN_KEEP_CAP=NET_BIND");
        refused("STEPDOWN_KEEP_CAP=NET_BIND is not a capability: did you mean NET_BIND_SERVICE?");
    }

    @Test
    void confining_needs_no_new_privs_and_a_drop() {
        environment.add("STEPDOWN_CONFINE=true");
        options.put(Option.ALLOW_NEW_PRIVILEGES, List.of());
        refused("--confine needs a drop and no_new_privs: leave out --allow-new-privileges");
        environment.add("PING_CONTAINER_PRIVILEGED=true");
        refused("--confine needs a drop and no_new_privs: leave out PING_CONTAINER_PRIVILEGED=true");
    }

    @Test
    void keeping_the_bounding_set_needs_no_new_privs() {
        options.put(Option.KEEP_BOUNDING_SET, List.of());
        options.put(Option.ALLOW_NEW_PRIVILEGES, List.of());
        refused("--keep-bounding-set needs no_new_privs: leave out --allow-new-privileges");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SETUID",
                "SETGID",
                "SETPCAP",
                "SETFCAP",
                "SYS_ADMIN",
                "SYS_PTRACE",
                "SYS_MODULE",
                "SYS_RAWIO",
                "DAC_OVERRIDE",
                "DAC_READ_SEARCH",
                "CHOWN",
                "FOWNER",
                "MKNOD",
                "BPF"
            })
    void what_amounts_to_root_is_never_kept(String name) {
        options.put(Option.KEEP_CAP, List.of(name));
        assertThatThrownBy(this::read)
                .hasMessage("--keep-cap=" + name + " amounts to root, and is never kept: leave it out");
    }

    // ---- what is set, and not read

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            PING_CONTAINER_UUID=5       | PING_CONTAINER_UUID is not a variable of stepdown: did you mean PING_CONTAINER_UID?
            PING_CONTAINER_PRIVILEDGED= | PING_CONTAINER_PRIVILEDGED is not a variable of stepdown: did you mean PING_CONTAINER_PRIVILEGED?
            PING_CONTAINER_PORT=x       | PING_CONTAINER_PORT is not a variable of stepdown: did you mean PING_CONTAINER_UID?
            STEPDOWN_WRITEABLE=/a       | STEPDOWN_WRITEABLE is not a variable of stepdown: did you mean STEPDOWN_WRITABLE?
            STEPDOWN_KEEP=x             | STEPDOWN_KEEP is not a variable of stepdown: did you mean STEPDOWN_KEEP_CAP?
            PUID=5                      | PUID is not read: set PING_CONTAINER_UID
            PGID=5                      | PGID is not read: set PING_CONTAINER_GID
            """)
    void what_looks_meant_for_stepdown_and_is_not_read_is_one_warning(String entry, String warning) {
        environment.add(entry);
        assertThat(read().warnings()).containsExactly(warning);
    }

    @Test
    void puid_says_nothing_where_the_id_is_set() {
        environment.addAll(List.of("PUID=5", "PGID=6", "PING_CONTAINER_UID=7", "PING_CONTAINER_GID=8"));
        assertThat(read().warnings()).isEmpty();
    }

    /** The product may have variables of its own below a prefix that its image has chosen. */
    @Test
    void below_another_prefix_only_a_likeness_is_told_and_the_usual_ids_are() {
        options.put(Option.ENV_PREFIX, List.of("WRONG", "ACME"));
        environment.addAll(
                List.of("ACME_URL=x", "ACME_UUID=5", "ACME_VERSION=1", "PING_CONTAINER_UID=7", "ACME_GID=8"));
        environment.add("PING_CONTAINER_GID=8");
        Settings settings = read();
        assertThat(settings.prefix()).isEqualTo("ACME");
        assertThat(settings.identity().uid()).isEqualTo(9031);
        assertThat(settings.warnings())
                .containsExactly(
                        "ACME_UUID is not a variable of stepdown: did you mean ACME_UID?",
                        "PING_CONTAINER_UID is not read: this image reads ACME_UID",
                        "PING_CONTAINER_GID is not read: this image reads ACME_GID");
    }

    @ParameterizedTest
    @CsvSource({"STRIP,x", "OWNERSHIP,all", "LOG,loud", "HOME,here", "SHELL,sh"})
    void a_malformed_variable_is_refused_beside_an_option_that_wins(Option option, String malformed) {
        options.put(option, List.of(option.otherwise.replace("NAME", "x")));
        environment.add(option.variable + "=" + malformed);
        assertThatThrownBy(this::read)
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith(option.variable + "=" + malformed + " is not ");
    }

    @ParameterizedTest
    @CsvSource({
        "'',uid:false gid:false",
        "PING_CONTAINER_UID=9031,uid:true gid:false",
        "PING_CONTAINER_GID=9999,uid:false gid:true"
    })
    void whether_an_id_was_named_is_known_even_where_it_is_the_default(String entry, String named) {
        environment.add(entry);
        assertThat("uid:" + read().uidGiven() + " gid:" + read().gidGiven()).isEqualTo(named);
    }

    /** It would be accepted once, and refused at the second start. */
    @ParameterizedTest
    @CsvSource({
        "PING_CONTAINER_UID=owner:/data/app",
        "PING_CONTAINER_GID=owner:/data/app",
        "STEPDOWN_GROUPS_OF=/dev/x:/data/app",
        "STEPDOWN_CREDENTIAL=db=/data/app"
    })
    void what_is_to_be_roots_is_not_asked_for_below_a_writable_path(String variable) {
        environment.add("STEPDOWN_WRITABLE=/srv:/data");
        environment.add(variable);
        refused("/data/app lies below the writable path /data, where the user could exchange it before the next"
                + " start: name one outside of it");
        environment.set(0, "STEPDOWN_WRITABLE=/data/app:/dat");
        read();
        environment.set(0, "STEPDOWN_WRITABLE=/data");
        environment.add("STEPDOWN_OWNERSHIP=off");
        read();
    }
}
