package stepdown.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Refusal;
import stepdown.Step;
import stepdown.account.AccountFile;
import stepdown.account.AccountPlan;
import stepdown.account.Accounts;
import stepdown.account.Decision;
import stepdown.account.Identity;
import stepdown.handover.Environment;
import stepdown.handover.Given;
import stepdown.kernel.Capability;
import stepdown.kernel.Kernel;
import stepdown.kernel.Linux;
import stepdown.kernel.Stat;
import stepdown.ownership.Ownership;
import stepdown.ownership.Paths;
import stepdown.path.PathRules;
import stepdown.path.Place;
import stepdown.privilege.Credentials;
import stepdown.privilege.IdMap;
import stepdown.privilege.Target;
import stepdown.settings.Arguments;
import stepdown.settings.Option;
import stepdown.settings.Settings;
import stepdown.settings.SettingsReader;

class PlanTest {
    private static final long ALL = (1L << 41) - 1;
    private static final String CREATE_HOME = "create the home /home/ping (0700) where it is missing";
    private static final Kernel NONE = new Kernel(null, null, null);
    private static final long NO_ADMIN = ALL & ~Capability.SYS_ADMIN.bit();

    private final Map<Option, List<String>> options = new EnumMap<>(Option.class);
    private final List<String> environment = new ArrayList<>(List.of("PATH=/bin", "HOME=/root"));
    private List<Long> uids = List.of(0L, 0L, 0L);
    private List<Long> gids = List.of(0L, 0L, 0L);
    private List<Long> groups = List.of(0L);
    private long capabilities = NO_ADMIN;
    private long bounding = NO_ADMIN;
    private String passwd = "root:x:0:0:root:/root:/bin/sh\n";
    private String group = "root:x:0:\nadm:x:4:root\n";
    private IdMap map = IdMap.parse("0 0 4294967295\n");
    private long overflowGid = Found.NO_GID;
    private boolean trusted = true;
    private boolean groupTrusted = true;
    private Stat stat;
    private boolean setgroupsDenied;
    private boolean unconfined;
    private TreeSet<Integer> descriptors = new TreeSet<>();
    private boolean product = true;
    private Owned owned = Owned.NOTHING;
    private Found.Work work = work(false, true, null);

    private Plan plan() {
        Environment given = new Environment(List.copyOf(environment));
        Settings settings = SettingsReader.read(new Arguments(options, List.of(), false), given);
        Credentials credentials =
                new Credentials(uids, gids, groups, 0, capabilities, capabilities, bounding, 0, false);
        Accounts accounts = new Accounts(
                new AccountFile("/etc/passwd", stat, passwd, null, trusted),
                new AccountFile("/etc/group", stat, group, null, groupTrusted),
                false);
        boolean writes = uids.get(1) == 0 && !settings.privileged();
        Identity identity = writes ? Found.identity(settings, accounts, owned) : settings.identity();
        AccountPlan rows = writes ? new Decision(accounts, identity).decide() : null;
        Found found = new Found(
                credentials,
                unconfined,
                map,
                map,
                overflowGid,
                setgroupsDenied,
                1,
                new Given(List.of(), given, descriptors),
                accounts,
                identity,
                rows,
                owned,
                null,
                null,
                work);
        return new Plan(settings, found, product);
    }

    /** No kernel is needed to make the list: nothing of it is done yet. */
    private List<String> words() {
        Start start = new Start(NONE, plan(), List.of("nginx"), new Log("error"));
        return start.steps().stream().map(Step::words).toList();
    }

    private static Found.Work work(boolean walks, boolean homeMissing, String homeWork) {
        Paths paths = new Paths(List.of(), List.of(), Paths.Strip.O, Paths.Policy.OFF, false, false);
        Ownership ownership =
                Ownership.find(NONE, paths, 9031, 9999, new PathRules(NONE, "/opt/stepdown"), null, List.of());
        return new Found.Work(ownership, walks, List.of(), homeMissing, homeWork, List.of());
    }

    private void refused(String message) {
        assertThatThrownBy(this::plan).isInstanceOf(Refusal.class).hasMessage(message);
    }

    private void startedAs(long uid) {
        uids = List.of(uid, uid, uid);
        gids = List.of(uid, uid, uid);
        groups = List.of();
        capabilities = 0;
    }

    @Test
    void root_writes_rows_drops_proves_and_hands_over_in_this_order() {
        assertThat(words())
                .containsExactly(
                        "append ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin to /etc/passwd, which is created\nappend identity:x:9999: to /etc/group, which is created",
                        CREATE_HOME,
                        "empty the bounding set (keep: none)",
                        "give descriptors 0 to 2 to 9031 where they are pipes or terminals",
                        "set the supplementary groups [9999]",
                        "set the group id 9999",
                        "set the user id 9031",
                        "clear keep-caps",
                        "set the effective, permitted and inheritable set (none), and empty the ambient set",
                        "set no_new_privs",
                        "prove it: read everything back, and fail to become root again",
                        "look nginx up in PATH as the user",
                        "mark every descriptor from 3 on close-on-exec (keep: [])",
                        "set ignored signals to their default and empty the signal mask",
                        "become nginx");
    }

    @Test
    void the_product_gets_its_names_and_home_and_everything_else_as_it_was() {
        environment.add("odd.name=1");
        assertThat(plan().environment.entries())
                .containsExactly("PATH=/bin", "HOME=/home/ping", "odd.name=1", "USER=ping", "LOGNAME=ping");
    }

    @Test
    void the_variables_of_stepdown_reach_the_product() {
        List<String> own = List.of("PING_CONTAINER_UID=9031", "PING_CONTAINER_GNAME=", "STEPDOWN_LOG=warn");
        environment.addAll(own);
        assertThat(plan().environment.entries()).containsAll(own);
    }

    @ParameterizedTest
    @CsvSource({"HOME=/root,/home/ping", "HOME=,/home/ping", "HOME=/data,/data", "X=1,/home/ping"})
    void home_is_set_where_it_is_unset_empty_or_roots(String entry, String home) {
        environment.set(1, entry);
        assertThat(plan().environment.get("HOME")).isEqualTo(home);
    }

    @Test
    void without_ownership_no_home_is_made_and_one_that_is_missing_is_not_named() {
        options.put(Option.OWNERSHIP, List.of("off"));
        assertThat(words()).doesNotContain(CREATE_HOME);
        assertThat(plan().environment.get("HOME")).isEqualTo("/");
        work = work(false, false, null);
        assertThat(plan().environment.get("HOME")).isEqualTo("/home/ping");
    }

    @Test
    void a_home_that_is_there_is_handed_over_where_it_is_wrong_and_left_where_it_is_right() {
        work = work(false, false, null);
        assertThat(words()).doesNotContain(CREATE_HOME).noneMatch(step -> step.startsWith("give /"));
        work = work(false, false, "give it");
        assertThat(words()).contains(work.homeWork()).doesNotContain(CREATE_HOME);
        assertThat(plan().environment.get("HOME")).isEqualTo("/home/ping");
        work = work(false, true, "leave it: it is refused");
        assertThat(words()).contains(work.homeWork()).doesNotContain(CREATE_HOME);
        assertThat(plan().environment.get("HOME")).isEqualTo("/");
    }

    @Test
    void a_home_that_cannot_be_made_for_want_of_chown_is_one_line_and_no_refusal() {
        capabilities = Capability.SETUID.bit() | Capability.SETGID.bit() | Capability.SETPCAP.bit();
        bounding = capabilities;
        options.put(Option.STRICT, List.of());
        assertThat(words()).doesNotContain(CREATE_HOME);
        assertThat(plan().warnings)
                .containsExactly("HOME is /, as /home/ping cannot be made (missing CAP_CHOWN): make it when the image"
                        + " is built, or set HOME");
        assertThat(plan().environment.get("HOME")).isEqualTo("/");
        environment.set(1, "HOME=/data");
        assertThat(plan().warnings).isEmpty();
    }

    @Test
    void a_row_of_the_image_keeps_its_name_and_home_and_nothing_is_made() {
        passwd += "app:x:9031:9999::/srv/app:/bin/false\n";
        group += "identity:x:9999:\n";
        work = work(false, false, null);
        Plan plan = plan();
        assertThat(words()).doesNotContain(CREATE_HOME).noneMatch(step -> step.startsWith("append"));
        assertThat(plan.environment.entries()).contains("USER=app", "HOME=/srv/app");
    }

    @Test
    void groups_are_the_gid_and_those_given_on_purpose_never_roots() {
        groups = List.of(0L, 4L, 3000L);
        options.put(Option.GROUPS, List.of("7"));
        Plan plan = plan();
        assertThat(plan.target.groups()).containsExactly(7L, 3000L, 9999L);
        assertThat(plan.runtimeGroups).containsExactly(3000L);
    }

    @Test
    void init_groups_adds_those_that_list_the_user() {
        passwd += "app:x:9031:9999::/:/bin/false\n";
        group += "a:x:50:app\nb:x:51:other\nwheel:x:0:app\n";
        assertThat(plan().target.groups()).containsExactly(9999L);
        options.put(Option.INIT_GROUPS, List.of());
        assertThat(plan().target.groups()).containsExactly(50L, 9999L);
    }

    @ParameterizedTest
    @CsvSource({"true,true,''", "false,true,/etc/passwd", "true,false,/etc/group", "false,false,/etc/passwd"})
    void whoever_can_write_the_account_files_does_not_choose_the_groups(boolean users, boolean groups, String others) {
        passwd += "app:x:9031:9999::/:/bin/false\n";
        group += "a:x:50:app\n";
        stat = new Stat(Linux.S_IFREG | 0644, 0, 0, 1, 1, 0, 1, false);
        trusted = users;
        groupTrusted = groups;
        assertThat(plan().warnings).isEmpty();
        options.put(Option.INIT_GROUPS, List.of());
        assertThat(plan().target.groups().contains(50L)).isEqualTo(others.isEmpty());
        String warning = "--init-groups adds nothing: others than root can write " + others
                + ", or the folder above, and would choose the groups; make both root's alone, or use --groups";
        assertThat(plan().warnings).isEqualTo(others.isEmpty() ? List.of() : List.of(warning));
    }

    /** Whoever has the uid 0 is root, and what lists it is root's, as is its own group. */
    @Test
    void groups_of_any_row_with_uid_0_are_roots_whatever_its_name() {
        passwd += "toor:x:0:60::/:/bin/sh\nadmin:x:00:0::/:/bin/sh\napp:x:9031:9999::/:/bin/false\n";
        group += "a:x:50:toor,app\nb:x:51:admin,app\nc:x:52:app\nd:x:53:root,app\n";
        groups = List.of(0L, 50L, 51L, 53L, 60L, 3000L);
        assertThat(plan().target.groups()).containsExactly(3000L, 9999L);
        assertThat(plan().runtimeGroups).containsExactly(3000L);
        options.put(Option.INIT_GROUPS, List.of());
        assertThat(plan().target.groups()).containsExactly(52L, 3000L, 9999L);
        options.put(Option.GROUPS, List.of("51"));
        assertThat(plan().target.groups()).containsExactly(51L, 52L, 3000L, 9999L);
    }

    @Test
    void a_group_that_is_not_mapped_comes_neither_from_the_runtime_nor_from_the_file() {
        map = IdMap.parse("0 100000 65536\n");
        overflowGid = 65534;
        passwd += "app:x:9031:9999::/:/bin/false\n";
        group += "nogroup:x:65534:app\nfar:x:70000:app\nnear:x:70:app\n";
        groups = List.of(0L, 65534L, 3000L);
        options.put(Option.INIT_GROUPS, List.of());
        assertThat(plan().target.groups()).containsExactly(70L, 3000L, 9999L);
    }

    @Test
    void a_group_that_the_namespace_does_not_map_is_not_kept() {
        map = IdMap.parse("0 100000 65534\n");
        groups = List.of(0L, 65534L);
        assertThat(plan().target.groups()).containsExactly(9999L);
    }

    @Test
    void privileged_changes_no_id_and_still_hands_over_cleanly() {
        environment.add("PING_CONTAINER_PRIVILEGED=true");
        Plan plan = plan();
        assertThat(words())
                .containsExactly(
                        "look nginx up in PATH as the user",
                        "mark every descriptor from 3 on close-on-exec (keep: [])",
                        "set ignored signals to their default and empty the signal mask",
                        "become nginx");
        assertThat(plan.warnings)
                .containsExactly(
                        "PING_CONTAINER_PRIVILEGED=true: the product runs as uid 0 with the capabilities of the container");
        assertThat(plan.environment.entries()).contains("HOME=/root", "USER=root");
    }

    @Test
    void another_user_keeps_its_ids_and_loses_its_capabilities() {
        startedAs(5000);
        environment.add("PING_CONTAINER_UID=7");
        Plan plan = plan();
        assertThat(words())
                .containsExactly(
                        "clear keep-caps",
                        "set the effective, permitted and inheritable set (none), and empty the ambient set",
                        "set no_new_privs",
                        "prove it: read everything back, and fail to become root again",
                        "look nginx up in PATH as the user",
                        "mark every descriptor from 3 on close-on-exec (keep: [])",
                        "set ignored signals to their default and empty the signal mask",
                        "become nginx");
        assertThat(plan.target.uid()).isEqualTo(5000);
        assertThat(plan.environment.get("HOME")).isEqualTo("/");
        assertThat(plan.warnings)
                .containsExactly(
                        "PING_CONTAINER_UID=7 is not followed: the container was started as 5000, not as root");
    }

    @Test
    void another_user_with_ambient_setpcap_empties_the_bounding_set_too() {
        startedAs(5000);
        capabilities = Capability.SETPCAP.bit() | Capability.SETUID.bit();
        Plan plan = plan();
        assertThat(words()).startsWith("empty the bounding set (keep: none)");
        assertThat(plan.target.capabilities()).isZero();
    }

    @Test
    void another_user_is_warned_of_a_capability_that_cannot_be_kept() {
        startedAs(5000);
        options.put(Option.KEEP_CAP, List.of("NET_BIND_SERVICE"));
        assertThat(plan().warnings)
                .containsExactly(
                        "--keep-cap NET_BIND_SERVICE cannot be had: the container was started as 5000 without it");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            SETUID         ; missing CAP_SETUID: add it with --cap-add=SETUID (in a pod: capabilities.add: [SETUID]), or start the container as the user (--user 9031:9999)
            SETGID         ; missing CAP_SETGID: add it with --cap-add=SETGID (in a pod: capabilities.add: [SETGID]), or start the container as the user (--user 9031:9999)
            SETPCAP        ; missing CAP_SETPCAP: add it with --cap-add=SETPCAP (in a pod: capabilities.add: [SETPCAP]), or leave the bounding set alone with --keep-bounding-set
            CHOWN          ; missing CAP_CHOWN: add it with --cap-add=CHOWN (in a pod: capabilities.add: [CHOWN]), or use --ownership off
            FOWNER         ; missing CAP_FOWNER: add it with --cap-add=FOWNER (in a pod: capabilities.add: [FOWNER]), or use --ownership off
            FSETID         ; missing CAP_FSETID: add it with --cap-add=FSETID (in a pod: capabilities.add: [FSETID]), or use --ownership off
            DAC_OVERRIDE   ; missing CAP_DAC_OVERRIDE: add it with --cap-add=DAC_OVERRIDE (in a pod: capabilities.add: [DAC_OVERRIDE]), or use --ownership off
            CHOWN FOWNER   ; missing CAP_CHOWN, CAP_FOWNER: add them with --cap-add=CHOWN --cap-add=FOWNER (in a pod: capabilities.add: [CHOWN, FOWNER]), or use --ownership off
            SETUID SETPCAP ; missing CAP_SETUID, CAP_SETPCAP: add them with --cap-add=SETUID --cap-add=SETPCAP (in a pod: capabilities.add: [SETUID, SETPCAP]), or start the container as the user (--user 9031:9999)
            SETGID CHOWN   ; missing CAP_SETGID, CAP_CHOWN: add them with --cap-add=SETGID --cap-add=CHOWN (in a pod: capabilities.add: [SETGID, CHOWN])
            """)
    void what_the_plan_needs_and_the_container_lacks_is_named_in_one_line(String lacking, String message) {
        work = work(true, false, null);
        for (String name : lacking.split(" ")) {
            capabilities &= ~Capability.valueOf(name).bit();
        }
        refused(message.strip());
    }

    @Test
    void capabilities_for_paths_are_not_needed_without_work() {
        capabilities = Capability.SETUID.bit() | Capability.SETGID.bit() | Capability.SETPCAP.bit();
        bounding = capabilities;
        work = work(false, false, null);
        assertThat(plan().target.uid()).isEqualTo(9031);
    }

    @Test
    void a_bounding_set_that_is_kept_needs_no_setpcap() {
        capabilities = NO_ADMIN & ~Capability.SETPCAP.bit();
        options.put(Option.KEEP_BOUNDING_SET, List.of());
        assertThat(words())
                .doesNotContain("empty the bounding set (keep: none)")
                .contains("set no_new_privs");
    }

    @Test
    void a_capability_to_keep_that_the_container_lacks_is_named_with_all_others() {
        capabilities = NO_ADMIN & ~Capability.NET_BIND_SERVICE.bit();
        options.put(Option.KEEP_CAP, List.of("NET_BIND_SERVICE,KILL"));
        refused("missing CAP_NET_BIND_SERVICE: add it with --cap-add=NET_BIND_SERVICE"
                + " (in a pod: capabilities.add: [NET_BIND_SERVICE]), or leave out --keep-cap NET_BIND_SERVICE");
        capabilities &= ~Capability.SETUID.bit();
        refused("missing CAP_SETUID, CAP_NET_BIND_SERVICE: add them with --cap-add=SETUID --cap-add=NET_BIND_SERVICE"
                + " (in a pod: capabilities.add: [SETUID, NET_BIND_SERVICE])");
        capabilities = NO_ADMIN & ~Capability.FSETID.bit();
        options.put(Option.KEEP_CAP, List.of("FSETID"));
        work = work(true, false, null);
        refused("missing CAP_FSETID: add it with --cap-add=FSETID (in a pod: capabilities.add: [FSETID])");
    }

    @Test
    void no_way_out_is_told_that_is_refused_itself() {
        capabilities = NO_ADMIN & ~Capability.SETPCAP.bit();
        options.put(Option.ALLOW_NEW_PRIVILEGES, List.of());
        refused("missing CAP_SETPCAP: add it with --cap-add=SETPCAP (in a pod: capabilities.add: [SETPCAP])");
    }

    @Test
    void what_is_only_prepared_keeps_no_descriptor() {
        product = false;
        options.put(Option.KEEP_FD, List.of("9"));
        assertThat(plan().descriptors).isEmpty();
    }

    // ---- nothing is passed over in silence

    private void addUser(String passwdRow) {
        passwd += passwdRow + "\n";
    }

    @ParameterizedTest
    @CsvSource({"'',2000:3000", "PING_CONTAINER_UID=7,7:3000", "PING_CONTAINER_GID=8,2000:8"})
    void the_default_user_gives_each_id_that_no_variable_names(String variable, String expected) {
        addUser("app:x:2000:3000::/srv:/bin/sh");
        options.put(Option.DEFAULT_USER, List.of("app"));
        environment.add(variable);
        work = work(false, false, null);
        Target target = plan().target;
        assertThat(target.uid() + ":" + target.gid()).isEqualTo(expected);
        assertThat(target.groups()).containsExactly(target.gid());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "other:x:5:5::/:/bin/sh",
                "app:x:5:5::/:/bin/sh\napp:x:6:6::/:/bin/sh",
                "app:x:0:5::/:/bin/sh",
                "app:x:00:5::/:/bin/sh",
                "app:x:x:5::/:/bin/sh",
                "app:x:5::::",
                "app:x:4294967295:5::/:/bin/sh",
                "app:x:5:4294967295::/:/bin/sh",
                "app",
                "#app:x:5:5::/:/bin/sh",
                "  app:x:+5:5::/:/bin/sh",
                "app:x: 5:5::/:/bin/sh",
                "app:x:5:-0::/:/bin/sh",
                "app:x:05:5::/:/bin/sh"
            })
    void a_default_user_that_is_not_one_plain_row_is_refused(String rows) {
        addUser(rows);
        options.put(Option.DEFAULT_USER, List.of("app"));
        assertThatThrownBy(this::plan).isInstanceOf(Refusal.class).hasMessageContaining("default-user app");
    }

    @Test
    void a_default_user_of_a_file_that_others_can_write_is_refused() {
        addUser("app:x:2000:3000::/srv:/bin/sh");
        options.put(Option.DEFAULT_USER, List.of("app"));
        trusted = false;
        assertThatThrownBy(this::plan)
                .isInstanceOf(Refusal.class)
                .hasMessage(
                        "--default-user app: others than root can write /etc/passwd, and would choose the ids: make it"
                                + " root's alone, or set PING_CONTAINER_UID and _GID");
        environment.addAll(List.of("PING_CONTAINER_UID=7", "PING_CONTAINER_GID=8"));
        assertThat(plan().target.uid()).isEqualTo(7); // it is not asked
    }

    @Test
    void a_default_user_with_roots_group_is_a_warning() {
        addUser("app:x:2000:0::/srv:/bin/sh");
        options.put(Option.DEFAULT_USER, List.of("app"));
        work = work(false, false, null);
        assertThat(plan().warnings).contains("--default-user app has group 0: the product runs in root's group");
    }

    @Test
    void nothing_can_be_prepared_by_a_user_nor_where_root_stays() {
        product = false;
        environment.add("PING_CONTAINER_PRIVILEGED=true");
        refused("--prepare-only can prepare nothing: PING_CONTAINER_PRIVILEGED=true changes no id, no row and no owner;"
                + " leave it out");
        startedAs(5000);
        environment.remove("PING_CONTAINER_PRIVILEGED=true");
        refused(
                "--prepare-only can prepare nothing: started as uid 5000, not as root, it may write no row and change no owner; start it as root,"
                        + " or leave the option out");
    }

    @Test
    void a_user_is_told_what_is_not_followed_and_what_stays() {
        startedAs(5000);
        groups = List.of(0L, 5000L);
        environment.addAll(List.of("PING_CONTAINER_GID=7", "PING_CONTAINER_UID=5000"));
        options.put(Option.GROUPS, List.of("7"));
        assertThat(plan().warnings)
                .containsExactly(
                        "PING_CONTAINER_GID=7 is not followed: the container was started with group 5000, not as root",
                        "group 0, which is root's, stays beside group 5000: start the container without it",
                        "--groups, --groups-of and --init-groups are not followed: the container was started as 5000, not as root;"
                                + " give it groups with --group-add, in a pod with supplementalGroups");
    }

    @Test
    void a_user_without_a_row_is_given_no_name() {
        startedAs(5000);
        environment.add("USER=as-given");
        assertThat(plan().environment.entries()).containsExactly("PATH=/bin", "HOME=/", "USER=as-given");
    }

    @ParameterizedTest
    @CsvSource({"/root/,/home/ping", "/root///,/home/ping", "/rootless,/rootless", "/root/x,/root/x"})
    void the_home_of_root_is_roots_however_it_is_written(String given, String home) {
        environment.set(1, "HOME=" + given);
        assertThat(plan().environment.get("HOME")).isEqualTo(home);
    }

    @Test
    void ids_that_the_namespace_does_not_map_are_named_with_those_it_does() {
        map = IdMap.parse("         0     100000       5000\n         6000 200000 1\n");
        environment.add("PING_CONTAINER_UID=5000");
        refused("PING_CONTAINER_UID=5000 is not mapped in this user namespace, which has 0-4999,6000-6000:"
                + " choose one of these, or map more");
        environment.set(2, "PING_CONTAINER_UID=6000");
        refused("group 9999 is not mapped in this user namespace, which has 0-4999,6000-6000:"
                + " choose one of these, or map more");
    }

    @Test
    void ids_that_are_not_mapped_cannot_be_prepared_either() {
        map = IdMap.parse("0 100000 5000\n");
        product = false;
        refused("user id 9031 is not mapped in this user namespace, which has 0-4999:"
                + " choose one of these, or map more");
    }

    @Test
    void a_namespace_that_forbids_setgroups_is_refused() {
        setgroupsDenied = true;
        refused(
                "this user namespace forbids setgroups, so root's groups could not be dropped: map groups with newgidmap");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LD_PRELOAD=/data/x.so",
                "LD_LIBRARY_PATH=:/data",
                "LD_AUDIT=/data/sub/a.so",
                "JDK_ALTERNATE_VM=/data"
            })
    void what_a_loader_would_take_is_the_products_own_affair(String entry) {
        environment.add(entry);
        work = work(false, false, null);
        assertThat(plan().warnings).isEmpty();
        assertThat(plan().environment.entries()).contains(entry);
    }

    @Test
    void what_a_launcher_cannot_undo_is_one_warning() {
        unconfined = true;
        assertThat(plan().warnings).containsExactly("no seccomp filter is on: the product may make every system call");
        bounding = ALL;
        assertThat(plan().warnings)
                .containsExactly(
                        "the container has SYS_ADMIN (--privileged?): devices and host mounts that came with it"
                                + " stay reachable after the drop");
    }

    @Test
    void a_socket_of_an_engine_that_is_missing_is_no_more_than_missing() {
        options.put(Option.GROUPS_OF, List.of("/srv/card", "/srv/docker.sock"));
        Stat card = new Stat(Linux.S_IFCHR, 0, 44, 1, 1, 0, 1, false);
        Stat above = new Stat(Linux.S_IFDIR, 0, 44, 2, 1, 0, 1, false);
        List<Place> places = List.of(
                new Place("/srv/card", -1, card, List.of(), List.of(), null),
                new Place("/srv/docker.sock", -1, above, List.of(), List.of("docker.sock"), null));
        owned = new Owned(null, null, List.of(), places, 65534, 65534);
        assertThat(plan().warnings)
                .containsExactly("--groups-of /srv/docker.sock does not exist: the product gets no group for it");
    }

    @Test
    void descriptors_of_socket_activation_are_kept_where_they_were_meant_for_this_process() {
        descriptors.addAll(List.of(3, 4, 5, 9));
        environment.addAll(List.of("LISTEN_FDS=2", "LISTEN_PID=1"));
        assertThat(plan().descriptors).containsExactly(3, 4);
        environment.set(3, "LISTEN_PID=77");
        assertThat(plan().descriptors).isEmpty();
        options.put(Option.KEEP_FD, List.of("9"));
        assertThat(plan().descriptors).containsExactly(9);
        options.put(Option.KEEP_FD, List.of("8"));
        refused("--keep-fd 8: the container was not given that descriptor (it was given [3, 4, 5, 9])");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -38 | this kernel has no Landlock, or the container's seccomp profile is older than it
            -95 | this kernel was booted without Landlock (lsm=)
            -1  | the container's seccomp profile forbids Landlock
            -12 | Landlock is not to be had: ENOMEM (out of memory)
            1   | this kernel's Landlock is of ABI 1, which lets truncate(2) through
            2   | this kernel's Landlock is of ABI 2, which lets truncate(2) through
            """)
    void a_kernel_without_enough_of_landlock_is_named(int abi, String why) {
        assertThatThrownBy(() -> PreFlight.checkLandlock(abi))
                .isInstanceOf(Refusal.class)
                .hasMessage("--confine cannot be had: " + why
                        + "; it takes ABI 3 (Linux 6.2): leave it out, or start the container with --read-only");
        PreFlight.checkLandlock(3);
    }
}
