package stepdown.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Refusal;

/** What a start makes of the account files that it finds. */
class DecisionTest {
    private static final String ROOT = "root:x:0:0:root:/root:/bin/bash\n";
    private static final String ROOT_GROUP = "root:x:0:\n";
    private static final String PING = "ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin\n";
    private static final String IDENTITY = "identity:x:9999:\n";

    private static Identity ids(long uid, long gid) {
        return new Identity(uid, gid, "ping", "identity", "/home/ping", "/sbin/nologin");
    }

    private static final Identity DEFAULT = ids(9031, 9999);

    private static AccountPlan decide(String passwd, String group, Identity request) {
        return new Decision(Etc.of(passwd, group), request).decide();
    }

    private static String passwdAfter(String passwd, String group, Identity request) {
        return Etc.after(decide(passwd, group, request), Etc.passwd(passwd));
    }

    private static String groupAfter(String passwd, String group, Identity request) {
        return Etc.after(decide(passwd, group, request), Etc.group(group));
    }

    // ---- nothing there

    @Test
    void rows_that_are_missing_are_appended() {
        AccountPlan plan = decide(ROOT, ROOT_GROUP, DEFAULT);
        assertThat(Etc.after(plan, Etc.passwd(ROOT))).isEqualTo(ROOT + PING);
        assertThat(Etc.after(plan, Etc.group(ROOT_GROUP))).isEqualTo(ROOT_GROUP + IDENTITY);
        assertThat(plan.steps())
                .containsExactly(
                        "append ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin to /etc/passwd",
                        "append identity:x:9999: to /etc/group");
        assertThat(plan.user()).isEqualTo(new UserRow("ping", "/home/ping", true));
        assertThat(plan.groupName()).isEqualTo("identity");
        assertThat(plan.warnings()).isEmpty();
    }

    @Test
    void a_last_line_without_a_newline_is_ended_first() {
        String passwd = "# caf\u00c3\u00a9 \u00ff\n+\nroot:x:0:0:r\u00e9:/:";
        assertThat(passwdAfter(passwd, "#", DEFAULT)).isEqualTo(passwd + "\n" + PING);
        assertThat(groupAfter(passwd, "#", DEFAULT)).isEqualTo("#\n" + IDENTITY);
    }

    @Test
    void files_that_are_missing_are_created_with_one_row() {
        AccountFile passwd = new AccountFile("/etc/passwd", null, "", null, false);
        AccountFile group = new AccountFile("/etc/group", null, "", null, false);
        AccountPlan plan = new Decision(new Accounts(passwd, group, false), DEFAULT).decide();
        assertThat(Etc.after(plan, passwd)).isEqualTo(PING);
        assertThat(Etc.after(plan, group)).isEqualTo(IDENTITY);
        assertThat(plan.steps())
                .containsExactly(
                        "append ping:x:9031:9999:stepdown:/home/ping:/sbin/nologin to /etc/passwd, which is created",
                        "append identity:x:9999: to /etc/group, which is created");
    }

    @Test
    void ids_above_the_range_of_an_int_are_written_as_they_are() {
        Identity large = ids(4294967294L, 4294967294L);
        assertThat(passwdAfter("", "", large))
                .isEqualTo("ping:x:4294967294:4294967294:stepdown:/home/ping:/sbin/nologin\n");
        assertThat(groupAfter("", "", large)).isEqualTo("identity:x:4294967294:\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "al:x:9031\n",
                "al:x:9031:\n",
                "al:x:9031:x:::\n",
                "#al:x:9031:9999:::\n",
                "+al:x:9031:9999:::\n",
                "-al:x:9031:9999:::\n",
                "+ping::::::\n",
                "+\n",
                "-ping\n",
                "+@netgroup::::::\n",
                "ping2:x:1:1:::\n",
                "\r\n\r\n",
                "\n\n"
            })
    void lines_that_are_no_row_of_that_id_are_kept_and_do_not_count(String line) {
        assertThat(passwdAfter(line, IDENTITY, DEFAULT)).isEqualTo(line + PING);
    }

    // ---- rows that are there

    @Test
    void a_row_with_that_id_is_kept() {
        AccountPlan plan = decide(ROOT + "al:x:9031:9999:Al:/srv:/bin/zsh\n", "staff:x:9999:bo\n", DEFAULT);
        assertThat(plan.edits()).isEmpty();
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.warnings()).isEmpty();
        assertThat(plan.user()).isEqualTo(new UserRow("al", "/srv", false));
        assertThat(plan.groupName()).isEqualTo("staff");
    }

    @Test
    void of_two_rows_with_that_id_the_first_counts() {
        AccountPlan plan = decide("al:x:9031:9999::/a:/s\n" + PING, IDENTITY, DEFAULT);
        assertThat(plan.edits()).isEmpty();
        assertThat(plan.user().name()).isEqualTo("al");
    }

    @Test
    void a_second_start_repeats_nothing() {
        AccountPlan second =
                decide(passwdAfter(ROOT, ROOT_GROUP, DEFAULT), groupAfter(ROOT, ROOT_GROUP, DEFAULT), DEFAULT);
        assertThat(second.edits()).isEmpty();
        assertThat(second.steps()).isEmpty();
        assertThat(second.warnings()).isEmpty();
        assertThat(second.user()).isEqualTo(decide(ROOT, ROOT_GROUP, DEFAULT).user());
    }

    @Test
    void another_primary_group_in_the_row_is_said() {
        AccountPlan plan = decide("al:x:9031:100:Al:/srv:/bin/zsh\n", IDENTITY, DEFAULT);
        assertThat(plan.edits()).isEmpty();
        assertThat(plan.warnings())
                .containsExactly(
                        "uid 9031 (al) has the primary group 100 in /etc/passwd: it runs with gid 9999 as told");
    }

    @Test
    void a_row_with_that_id_counts_even_where_the_name_asked_for_is_another_users() {
        assertThat(decide("ping:x:1:1:::\nal:x:9031:9999:::\n", IDENTITY, DEFAULT)
                        .edits())
                .isEmpty();
    }

    @Test
    void group_zero_is_the_row_that_is_there() {
        assertThat(groupAfter(ROOT, ROOT_GROUP, ids(9031, 0))).isEqualTo(ROOT_GROUP);
        assertThat(decide(ROOT, ROOT_GROUP, ids(9031, 0)).groupName()).isEqualTo("root");
        assertThat(passwdAfter(ROOT, ROOT_GROUP, ids(9031, 0)))
                .isEqualTo(ROOT + "ping:x:9031:0:stepdown:/home/ping:/sbin/nologin\n");
    }

    /** A second row for one id would give it a second name. */
    @ParameterizedTest
    @ValueSource(strings = {"09031:09999", "0009031:9999", "+9031:+9999", " 9031: 9999"})
    void an_id_is_read_as_the_c_library_reads_it(String ids) {
        AccountPlan plan = decide("al:x:" + ids + "::/a:/s\n", "team:x:" + ids.split(":")[1] + ":\n", DEFAULT);
        assertThat(plan.edits()).isEmpty();
        assertThat(plan.user().name()).isEqualTo("al");
        assertThat(plan.groupName()).isEqualTo("team");
        assertThat(plan.warnings()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"al:x:9031:9999:Al:/srv, /srv", "al:x:9031:9999:Al:/srv:/bin/sh, /srv", "al:x:9031:9999, /"})
    void a_carriage_return_at_the_end_of_a_line_belongs_to_no_field(String row, String home) {
        AccountPlan plan = decide(ROOT + row + "\r\n", "team:x:9999\r\n", DEFAULT);
        assertThat(plan.edits()).isEmpty();
        assertThat(plan.user()).isEqualTo(new UserRow("al", home, false));
        assertThat(plan.groupName()).isEqualTo("team");
    }

    @Test
    void rows_beside_carriage_returns_are_written_without_and_keep_those_that_are_there() {
        String own = "root:x:0:0::/root\r\nping:x:1:2:stepdown:/srv/p:/bin/sh\r\n";
        assertThat(passwdAfter(own, "", DEFAULT))
                .isEqualTo("root:x:0:0::/root\r\nping:x:9031:9999:stepdown:/srv/p:/bin/sh\r\n");
        assertThat(groupAfter(own, "root:x:0:\r\n", DEFAULT)).isEqualTo("root:x:0:\r\n" + IDENTITY);
    }

    // ---- the user row that stepdown wrote, told other ids

    @Test
    void a_user_row_of_stepdowns_gets_the_ids_in_its_place_and_a_group_is_appended() {
        String passwd = ROOT + PING + "z:x:1:1:::";
        String group = "a:x:1:\n" + IDENTITY + "b:x:2:";
        AccountPlan plan = decide(passwd, group, ids(5000, 2));
        assertThat(Etc.after(plan, Etc.passwd(passwd)))
                .isEqualTo(ROOT + "ping:x:5000:2:stepdown:/home/ping:/sbin/nologin\nz:x:1:1:::");
        assertThat(Etc.after(plan, Etc.group(group))).isEqualTo(group);
        assertThat(plan.steps()).containsExactly("renumber ping in /etc/passwd from 9031:9999 to 5000:2");
        assertThat(plan.user().ours()).isTrue();
        assertThat(plan.groupName()).isEqualTo("b");
        assertThat(plan.warnings()).isEmpty();
    }

    @Test
    void a_user_row_of_stepdowns_keeps_its_home_shell_and_further_bytes() {
        assertThat(passwdAfter(" ping:*:01:9999:stepdown:/srv/p:/bin/sh:more:\r", IDENTITY, DEFAULT))
                .isEqualTo(" ping:*:9031:9999:stepdown:/srv/p:/bin/sh:more:\r");
        assertThat(decide("ping:x:1:9999:stepdown:/srv/p:/bin/sh\n", IDENTITY, DEFAULT)
                        .user())
                .isEqualTo(new UserRow("ping", "/srv/p", true));
    }

    @Test
    void a_user_row_of_stepdowns_with_that_uid_gets_the_other_gid() {
        assertThat(passwdAfter(PING, IDENTITY, ids(9031, 5555)))
                .isEqualTo("ping:x:9031:5555:stepdown:/home/ping:/sbin/nologin\n");
    }

    @Test
    void a_user_row_of_stepdowns_under_another_name_stays_beside_the_new_one() {
        Identity other = new Identity(5000, 5555, "acme", "acme", "/home/acme", "/sbin/nologin");
        assertThat(passwdAfter(PING, IDENTITY, other))
                .isEqualTo(PING + "acme:x:5000:5555:stepdown:/home/acme:/sbin/nologin\n");
        assertThat(groupAfter(PING, IDENTITY, other)).isEqualTo(IDENTITY + "acme:x:5555:\n");
    }

    @Test
    void a_start_killed_between_the_files_is_finished_with_the_same_ids_and_with_others() {
        assertThat(groupAfter(ROOT + PING, ROOT_GROUP, DEFAULT)).isEqualTo(ROOT_GROUP + IDENTITY);
        assertThat(groupAfter(ROOT + PING, ROOT_GROUP, ids(5000, 5555))).isEqualTo(ROOT_GROUP + "identity:x:5555:\n");
        assertThat(passwdAfter(ROOT + PING, ROOT_GROUP, ids(5000, 5555)))
                .isEqualTo(ROOT + "ping:x:5000:5555:stepdown:/home/ping:/sbin/nologin\n");
    }

    // ---- groups are appended or kept

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # groups                        | gid of stepdown's user row
            users:x:100:                    | 100
            root:x:0:                       | 0
            identity:x:9999:al,bo           | 9999
            identity:x:9999:                | 200
            identity:x:9999:                | 77
            """)
    void a_group_is_never_renumbered(String group, long before) {
        String own = "ping:x:9031:" + before + ":stepdown:/home/ping:/sbin/nologin\n";
        AccountPlan plan = decide(own, group + "\n", ids(9031, 200));
        assertThat(Etc.after(plan, Etc.group(group + "\n"))).startsWith(group + "\n");
        assertThat(Etc.after(plan, Etc.passwd(own))).isEqualTo("ping:x:9031:200:stepdown:/home/ping:/sbin/nologin\n");
        boolean free = !group.startsWith("identity");
        assertThat(Etc.after(plan, Etc.group(group + "\n")))
                .isEqualTo(group + "\n" + (free ? "identity:x:200:\n" : ""));
        assertThat(plan.groupName()).isEqualTo(free ? "identity" : "");
    }

    @Test
    void a_group_name_of_another_gid_is_one_warning_and_the_gid_has_no_name() {
        AccountPlan plan = decide(ROOT, "identity:x:77:\n", DEFAULT);
        assertThat(plan.edits()).extracting(AccountPlan.Edit::path).containsExactly("/etc/passwd");
        assertThat(plan.groupName()).isEmpty();
        assertThat(plan.warnings())
                .containsExactly("the group name identity belongs to gid 77 in /etc/group: gid 9999 has no name");
    }

    @Test
    void it_is_no_news_where_the_image_was_prepared_with_that_gid_nor_at_the_start_after() {
        AccountPlan first = decide(PING, IDENTITY, ids(5000, 5555));
        assertThat(first.warnings()).isEmpty();
        assertThat(first.groupName()).isEmpty();
        assertThat(decide(Etc.after(first, Etc.passwd(PING)), IDENTITY, ids(5000, 5555))
                        .warnings())
                .isEmpty();
        assertThat(decide(PING, "identity:x:5:\n", ids(5000, 5555)).warnings()).hasSize(1);
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
        assertThatThrownBy(() -> decide(PING + PING.replace("9031", "9032"), IDENTITY, ids(7, 9999)))
                .hasMessageContaining("belongs to uid 9032");
    }

    @Test
    void a_user_name_in_a_row_that_is_not_valid_is_taken_too() {
        assertThatThrownBy(() -> decide("ping:x:9\u00ff:1\n", IDENTITY, DEFAULT))
                .isInstanceOf(Refusal.class)
                .hasMessageStartingWith("the user name ping belongs to uid 9\\xff in /etc/passwd and cannot mean");
    }

    // ---- a file that its writer could lead us with

    @Test
    void a_row_of_stepdowns_in_a_file_that_others_can_write_is_the_images() {
        String planted = "ping:x:9031:9999:stepdown:/etc/cron.d:/bin/sh\n";
        Accounts open = new Accounts(Etc.untrusted(Etc.passwd(planted)), Etc.group(IDENTITY), false);
        AccountPlan plan = new Decision(open, DEFAULT).decide();
        assertThat(plan.edits()).isEmpty();
        assertThat(plan.user()).isEqualTo(new UserRow("ping", "/etc/cron.d", false));
        assertThat(plan.warnings())
                .containsExactly("/etc/passwd is not a file that root alone can write: its row of ping is not trusted,"
                        + " and nothing is made or owned for the home that it names");
        assertThatThrownBy(() -> new Decision(open, ids(5000, 9999)).decide())
                .isInstanceOf(Refusal.class)
                .hasMessageContainingAll("9031", "5000")
                .hasMessageEndingWith(", or make the file one that root alone can write");
    }

    @Test
    void a_row_that_is_appended_to_such_a_file_is_stepdowns_at_this_start() {
        Accounts open = new Accounts(Etc.untrusted(Etc.passwd(ROOT)), Etc.group(ROOT_GROUP), false);
        AccountPlan plan = new Decision(open, DEFAULT).decide();
        assertThat(plan.user()).isEqualTo(new UserRow("ping", "/home/ping", true));
        assertThat(plan.warnings()).isEmpty();
    }

    // ---- files that cannot be written

    @Test
    void a_file_that_is_a_mount_point_is_a_warning_and_the_other_one_is_written() {
        AccountFile mounted = Etc.but(Etc.passwd(ROOT), "/etc/passwd is a mount point");
        AccountPlan plan = new Decision(new Accounts(mounted, Etc.group(ROOT_GROUP), false), DEFAULT).decide();
        assertThat(plan.edits()).extracting(AccountPlan.Edit::path).containsExactly("/etc/group");
        assertThat(plan.warnings())
                .containsExactly("/etc/passwd is a mount point, so it is not written: no row for uid 9031");
        assertThat(plan.user()).isEqualTo(new UserRow("ping", "/home/ping", true));
    }

    private static Accounts readOnly(String passwd, String group) {
        String obstacle = "/etc cannot be changed (EROFS)";
        return new Accounts(Etc.but(Etc.passwd(passwd), obstacle), Etc.but(Etc.group(group), obstacle), true);
    }

    @Test
    void a_read_only_folder_is_said_once() {
        AccountPlan plan = new Decision(readOnly(ROOT, ROOT_GROUP), DEFAULT).decide();
        assertThat(plan.edits()).isEmpty();
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.groupName()).as("of a row that is not written").isEmpty();
        assertThat(plan.warnings())
                .containsExactly("/etc cannot be changed (EROFS), so it is not written: "
                        + "no row for uid 9031, no row for gid 9999");
    }

    @Test
    void a_read_only_folder_that_has_the_rows_is_not_worth_a_word() {
        assertThat(new Decision(readOnly(PING, IDENTITY), DEFAULT).decide().warnings())
                .isEmpty();
    }

    @Test
    void a_taken_name_is_a_warning_where_nothing_can_be_written() {
        AccountPlan plan = new Decision(readOnly("ping:x:5000:1:::\n", "identity:x:77:\n"), DEFAULT).decide();
        assertThat(plan.edits()).isEmpty();
        assertThat(plan.warnings())
                .containsExactlyInAnyOrder(
                        "/etc cannot be changed (EROFS), so it is not written: no row for uid 9031, "
                                + "as the user name ping belongs to uid 5000",
                        "the group name identity belongs to gid 77 in /etc/group: gid 9999 has no name");
    }

    @Test
    void a_row_of_stepdowns_that_cannot_be_changed_is_a_warning_and_its_home_is_seen_to() {
        AccountPlan plan = new Decision(readOnly(PING, IDENTITY), ids(5000, 9999)).decide();
        assertThat(plan.warnings())
                .containsExactly("/etc cannot be changed (EROFS), so it is not written: "
                        + "the row of ping stays 9031:9999 where 5000:9999 was asked for");
        assertThat(plan.user().ours()).isTrue();
    }

    @Test
    void what_a_killed_start_left_is_a_step_of_its_own() {
        Accounts left = new Accounts(Etc.passwd(PING), Etc.group(IDENTITY), true);
        AccountPlan plan = new Decision(left, DEFAULT).decide();
        assertThat(plan.edits()).isEmpty();
        assertThat(plan.steps())
                .isEqualTo(List.of("remove the temporary file that a killed start has left beside /etc/passwd"));
    }
}
