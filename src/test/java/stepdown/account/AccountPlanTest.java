package stepdown.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Refusal;
import stepdown.account.UserRow.Origin;

class AccountPlanTest {
    private static final String ROOT = "root:x:0:0:root:/root:/bin/bash\n";
    private static final String ROOT_GROUP = "root:x:0:\n";
    private static final String PING = "ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin\n";
    private static final String IDENTITY = "identity:x:9999:\n";

    private static AccountRequest ids(long uid, long gid) {
        return new AccountRequest(uid, gid, "ping", "identity", "/home/ping", "/sbin/nologin");
    }

    private static final AccountRequest DEFAULT = ids(9031, 9999);

    private static Accounts of(String passwd, String group) {
        return new Accounts(AccountFile.of("/etc/group", group), AccountFile.of("/etc/passwd", passwd), null, null);
    }

    private static AccountPlan decide(String passwd, String group, AccountRequest request) {
        return AccountPlan.decide(of(passwd, group), request);
    }

    // ---- nothing there

    @Test
    void rows_that_are_missing_are_appended() {
        AccountPlan plan = decide(ROOT, ROOT_GROUP, DEFAULT);
        assertThat(plan.passwd()).isEqualTo(ROOT + PING);
        assertThat(plan.group()).isEqualTo(ROOT_GROUP + IDENTITY);
        assertThat(plan.steps())
                .containsExactly(
                        "append ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin to /etc/passwd",
                        "append identity:x:9999: to /etc/group");
        assertThat(plan.user()).isEqualTo(new UserRow("ping", "/home/ping", "/sbin/nologin", Origin.STEPDOWN));
        assertThat(plan.groupName()).isEqualTo("identity");
        assertThat(plan.warnings()).isEmpty();
        assertThat(plan.changesNothing()).isFalse();
    }

    @Test
    void a_last_line_without_a_newline_is_ended_first() {
        AccountPlan plan = decide("# caf\u00c3\u00a9 \u00ff\n+\nroot:x:0:0:r\u00e9:/:", "#", DEFAULT);
        assertThat(plan.passwd()).isEqualTo("# caf\u00c3\u00a9 \u00ff\n+\nroot:x:0:0:r\u00e9:/:\n" + PING);
        assertThat(plan.group()).isEqualTo("#\n" + IDENTITY);
    }

    @Test
    void files_that_are_missing_are_created_with_one_row() {
        Accounts none = new Accounts(AccountFile.missing("/etc/group"), AccountFile.missing("/etc/passwd"), null, null);
        AccountPlan plan = AccountPlan.decide(none, DEFAULT);
        assertThat(plan.passwd()).isEqualTo(PING);
        assertThat(plan.group()).isEqualTo(IDENTITY);
        assertThat(plan.steps())
                .containsExactly(
                        "append ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin to /etc/passwd, which is created",
                        "append identity:x:9999: to /etc/group, which is created");
    }

    @Test
    void ids_above_the_range_of_an_int_are_written_as_they_are() {
        AccountPlan plan = decide("", "", ids(4294967294L, 4294967294L));
        assertThat(plan.passwd()).isEqualTo("ping:x:4294967294:4294967294:stepdown:/home/ping:/sbin/nologin\n");
        assertThat(plan.group()).isEqualTo("identity:x:4294967294:\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "al:x:09031:9999:::\n",
                "al:x:9031\n",
                "al:x:9031:\n",
                "al:x:9031:x:::\n",
                "#al:x:9031:9999:::\n",
                "+al:x:9031:9999:::\n",
                "+ping::::::\n",
                "-ping\n",
                "ping2:x:1:1:::\n",
                "\n\n"
            })
    void lines_that_are_no_row_of_that_id_are_kept_and_do_not_count(String line) {
        assertThat(decide(line, IDENTITY, DEFAULT).passwd()).isEqualTo(line + PING);
    }

    // ---- rows that are there

    @Test
    void a_row_with_that_id_is_kept() {
        AccountPlan plan = decide(ROOT + "al:x:9031:9999:Al:/srv:/bin/zsh\n", "staff:x:9999:bo\n", DEFAULT);
        assertThat(plan.changesNothing()).isTrue();
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.warnings()).isEmpty();
        assertThat(plan.user()).isEqualTo(new UserRow("al", "/srv", "/bin/zsh", Origin.IMAGE));
        assertThat(plan.groupName()).isEqualTo("staff");
    }

    @Test
    void of_two_rows_with_that_id_the_first_counts() {
        AccountPlan plan = decide("al:x:9031:9999::/a:/s\n" + PING, IDENTITY, DEFAULT);
        assertThat(plan.changesNothing()).isTrue();
        assertThat(plan.user().name()).isEqualTo("al");
    }

    @Test
    void a_second_start_repeats_nothing() {
        AccountPlan first = decide(ROOT, ROOT_GROUP, DEFAULT);
        AccountPlan second = decide(first.passwd(), first.group(), DEFAULT);
        assertThat(second.changesNothing()).isTrue();
        assertThat(second.steps()).isEmpty();
        assertThat(second.warnings()).isEmpty();
        assertThat(second.user()).isEqualTo(first.user());
    }

    @Test
    void another_primary_group_in_the_row_is_said() {
        AccountPlan plan = decide("al:x:9031:100:Al:/srv:/bin/zsh\n", IDENTITY, DEFAULT);
        assertThat(plan.changesNothing()).isTrue();
        assertThat(plan.warnings())
                .containsExactly(
                        "uid 9031 (al) has the primary group 100 in /etc/passwd: it runs with gid 9999 as told");
    }

    @Test
    void a_row_with_that_id_counts_even_where_the_name_asked_for_is_another_users() {
        AccountPlan plan = decide("ping:x:1:1:::\nal:x:9031:9999:::\n", IDENTITY, DEFAULT);
        assertThat(plan.changesNothing()).isTrue();
    }

    @Test
    void group_zero_is_the_row_that_is_there() {
        AccountPlan plan = decide(ROOT, ROOT_GROUP, ids(9031, 0));
        assertThat(plan.group()).isNull();
        assertThat(plan.groupName()).isEqualTo("root");
        assertThat(plan.passwd()).isEqualTo(ROOT + "ping:x:9031:0:stepdown:/home/ping:/sbin/nologin\n");
    }

    // ---- stepdown's own rows, told other ids

    @Test
    void own_rows_are_renumbered_in_place() {
        AccountPlan plan = decide(ROOT + PING + "z:x:1:1:::", "a:x:1:\n" + IDENTITY + "b:x:2:", ids(5000, 5555));
        assertThat(plan.passwd()).isEqualTo(ROOT + "ping:x:5000:5555:stepdown:/home/ping:/sbin/nologin\nz:x:1:1:::");
        assertThat(plan.group()).isEqualTo("a:x:1:\nidentity:x:5555:\nb:x:2:");
        assertThat(plan.steps())
                .containsExactly(
                        "renumber ping in /etc/passwd from 9031:9999 to 5000:5555",
                        "renumber identity in /etc/group from 9999 to 5555");
        assertThat(plan.user().origin()).isEqualTo(Origin.STEPDOWN);
        assertThat(plan.warnings()).isEmpty();
    }

    @Test
    void an_own_row_keeps_its_home_and_shell_when_renumbered() {
        AccountPlan plan = decide("ping:x:1:9999:stepdown:/srv/p:/bin/sh\n", IDENTITY, DEFAULT);
        assertThat(plan.passwd()).isEqualTo("ping:x:9031:9999:stepdown:/srv/p:/bin/sh\n");
        assertThat(plan.group()).isNull();
        assertThat(plan.user()).isEqualTo(new UserRow("ping", "/srv/p", "/bin/sh", Origin.STEPDOWN));
    }

    @Test
    void an_own_row_with_that_uid_gets_the_other_gid() {
        AccountPlan plan = decide(PING, IDENTITY, ids(9031, 5555));
        assertThat(plan.passwd()).isEqualTo("ping:x:9031:5555:stepdown:/home/ping:/sbin/nologin\n");
        assertThat(plan.group()).isEqualTo("identity:x:5555:\n");
        assertThat(plan.warnings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "al,bo"})
    void own_rows_interrupted_between_the_files_are_finished_with_the_same_ids_and_with_others(String members) {
        String before = "identity:x:9999:" + members + "\n";
        String renumbered = "ping:x:5000:5555:stepdown:/home/ping:/sbin/nologin\n";
        AccountPlan same = decide(renumbered, before, ids(5000, 5555));
        assertThat(same.passwd()).isNull();
        assertThat(same.group()).isEqualTo("identity:x:5555:" + members + "\n");
        AccountPlan others = decide(renumbered, before, ids(7, 77));
        assertThat(others.passwd()).isEqualTo("ping:x:7:77:stepdown:/home/ping:/sbin/nologin\n");
        assertThat(others.group()).isEqualTo("identity:x:77:" + members + "\n");
    }

    @Test
    void a_first_start_interrupted_between_the_files_may_be_told_other_ids() {
        AccountPlan plan = decide(ROOT + PING, ROOT_GROUP, ids(5000, 5555));
        assertThat(plan.passwd()).isEqualTo(ROOT + "ping:x:5000:5555:stepdown:/home/ping:/sbin/nologin\n");
        assertThat(plan.group()).isEqualTo(ROOT_GROUP + "identity:x:5555:\n");
    }

    @Test
    void an_own_row_under_another_name_stays_beside_the_new_one() {
        AccountRequest other = new AccountRequest(5000, 5555, "acme", "acme", "/home/acme", "/sbin/nologin");
        AccountPlan plan = decide(PING, IDENTITY, other);
        assertThat(plan.passwd()).isEqualTo(PING + "acme:x:5000:5555:stepdown:/home/acme:/sbin/nologin\n");
        assertThat(plan.group()).isEqualTo(IDENTITY + "acme:x:5555:\n");
    }

    @Test
    void the_members_of_an_own_group_are_kept() {
        assertThat(decide(PING, "identity:x:9999:al,bo\n", ids(9031, 5555)).group())
                .isEqualTo("identity:x:5555:al,bo\n");
    }

    // ---- names that mean something else

    @ParameterizedTest
    @ValueSource(strings = {"ping:x:5000:5000:Ping:/:/bin/sh\n", "ping:x:5000:5000:Stepdown:/:\n", "ping:x:5000:5000"})
    void a_user_name_of_another_uid_is_refused(String row) {
        assertThatThrownBy(() -> decide(row, IDENTITY, DEFAULT))
                .isInstanceOf(Refusal.class)
                .hasMessage("the user name ping belongs to uid 5000 in /etc/passwd and cannot mean uid 9031 as well: "
                        + "set another user name, or the uid that it has");
    }

    @Test
    void a_user_name_is_taken_by_any_row_even_where_another_of_that_name_is_stepdowns() {
        assertThatThrownBy(() -> decide(PING + "ping:x:5000:1:::\n", IDENTITY, ids(7, 9999)))
                .hasMessageContaining("belongs to uid 5000");
    }

    @Test
    void a_user_name_in_a_row_that_is_not_valid_is_taken_too() {
        assertThatThrownBy(() -> decide("ping:x:9\u00ff:1\n", IDENTITY, DEFAULT))
                .isInstanceOf(Refusal.class)
                .hasMessage(
                        "the user name ping has a row that is not valid, with \"9\\xff\" for its uid, in /etc/passwd "
                                + "and cannot mean uid 9031 as well: set another user name, or the uid that it has");
    }

    @Test
    void a_group_name_of_another_gid_is_refused() {
        assertThatThrownBy(() -> decide(ROOT, "identity:x:77:\n", DEFAULT))
                .isInstanceOf(Refusal.class)
                .hasMessage("the group name identity belongs to gid 77 in /etc/group and cannot mean gid 9999 as well: "
                        + "set another group name, or the gid that it has");
    }

    @Test
    void a_group_of_the_image_is_never_renumbered() {
        String own = "ping:x:9031:100:stepdown:/home/ping:/sbin/nologin\n";
        AccountPlan plan = decide(own, "users:x:100:\n", ids(9031, 200));
        assertThat(plan.group()).isEqualTo("users:x:100:\nidentity:x:200:\n");
        assertThatThrownBy(() -> decide(own, "users:x:100:\nidentity:x:9999:\n", ids(9031, 200)))
                .hasMessageContaining("the group name identity belongs to gid 9999");
        assertThatThrownBy(() -> decide("al:x:1:9999:Al:/:\n", IDENTITY, ids(9031, 200)))
                .hasMessageContaining("the group name identity belongs to gid 9999");
    }

    // ---- files that cannot be written

    @Test
    void a_file_that_is_a_mount_point_is_a_warning_and_the_other_one_is_written() {
        Accounts found = of(ROOT, ROOT_GROUP);
        AccountPlan plan = AccountPlan.decide(found.withPasswd(found.passwd().but("is a mount point")), DEFAULT);
        assertThat(plan.passwd()).isNull();
        assertThat(plan.group()).isEqualTo(ROOT_GROUP + IDENTITY);
        assertThat(plan.warnings())
                .containsExactly("/etc/passwd is a mount point and is not written: no row for uid 9031");
        assertThat(plan.user()).isEqualTo(new UserRow("ping", "/home/ping", "/sbin/nologin", Origin.NONE));
    }

    @Test
    void a_read_only_folder_is_said_once() {
        Accounts found = of(ROOT, ROOT_GROUP).withObstacle("/etc is on a read-only file system");
        AccountPlan plan = AccountPlan.decide(found, DEFAULT);
        assertThat(plan.changesNothing()).isTrue();
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.warnings())
                .containsExactly("/etc is on a read-only file system and is not written: "
                        + "no row for uid 9031, no row for gid 9999");
    }

    @Test
    void a_read_only_folder_that_has_the_rows_is_not_worth_a_word() {
        Accounts found = of(PING, IDENTITY).withObstacle("/etc is on a read-only file system");
        assertThat(AccountPlan.decide(found, DEFAULT).warnings()).isEmpty();
    }

    @Test
    void a_taken_name_is_a_warning_where_nothing_can_be_written() {
        Accounts found = of("ping:x:5000:1:::\n", "identity:x:77:\n");
        Accounts mounted = found.withGroup(found.group().but("is a mount point"))
                .withPasswd(found.passwd().but("is a mount point"));
        AccountPlan plan = AccountPlan.decide(mounted, DEFAULT);
        assertThat(plan.changesNothing()).isTrue();
        assertThat(plan.warnings())
                .containsExactly(
                        "/etc/passwd is a mount point and is not written: no row for uid 9031, "
                                + "as the user name ping belongs to uid 5000",
                        "/etc/group is a mount point and is not written: no row for gid 9999, "
                                + "as the group name identity belongs to gid 77");
        assertThat(AccountPlan.decide(found.withObstacle("/etc is on a read-only file system"), DEFAULT)
                        .warnings())
                .containsExactly("/etc is on a read-only file system and is not written: no row for uid 9031, "
                        + "as the user name ping belongs to uid 5000, no row for gid 9999, "
                        + "as the group name identity belongs to gid 77");
    }

    @Test
    void an_own_row_that_cannot_be_renumbered_is_a_warning() {
        Accounts found = of(PING, IDENTITY).withObstacle("/etc is on a read-only file system");
        AccountPlan plan = AccountPlan.decide(found, ids(5000, 5555));
        assertThat(plan.warnings())
                .containsExactly("/etc is on a read-only file system and is not written: "
                        + "the row of ping stays 9031:9999 where 5000:5555 was asked for, "
                        + "the row of identity stays 9999 where 5555 was asked for");
        assertThat(plan.user().origin()).isEqualTo(Origin.NONE);
        assertThat(AccountPlan.decide(found, ids(9031, 5555)).user().origin()).isEqualTo(Origin.STEPDOWN);
    }

    @Test
    void a_folder_that_others_can_change_is_refused_only_where_something_is_to_be_written() {
        Accounts unsafe = new Accounts(
                AccountFile.of("/etc/group", IDENTITY),
                AccountFile.of("/etc/passwd", ""),
                null,
                "/etc can be written by others than root");
        assertThatThrownBy(() -> AccountPlan.decide(unsafe, DEFAULT))
                .isInstanceOf(Refusal.class)
                .hasMessage("/etc can be written by others than root, so /etc/passwd is not written: "
                        + "make that folder root's, and writable by nobody else");
        assertThat(AccountPlan.decide(unsafe.withPasswd(AccountFile.of("/etc/passwd", PING)), DEFAULT)
                        .changesNothing())
                .isTrue();
    }

    // ---- the request

    @ParameterizedTest
    @ValueSource(strings = {"/a:b", "/a\nroot::0:0", "/a\u0000", "/a\u007f"})
    void what_would_write_another_row_is_refused(String home) {
        assertThatThrownBy(() -> new AccountRequest(1, 1, "a", "b", home, "/s"))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith("the home /a")
                .hasMessageEndingWith(" does not fit in a row: use one without colons and control characters");
    }

    /** What would look at every row for each of them would not come to an end here. */
    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void a_million_rows_are_looked_through_once() {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 1_000_000; i++) {
            rows.append('u').append(i).append(":x:").append(1_000_000 + i).append(":1::/home:/bin/sh\n");
        }
        String expected = rows + PING;
        assertThat(decide(rows.toString(), "", DEFAULT).passwd().equals(expected))
                .isTrue();
    }
}
