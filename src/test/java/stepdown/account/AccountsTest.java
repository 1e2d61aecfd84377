package stepdown.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Refusal;

class AccountsTest {
    @Test
    void groups_list_a_user_by_the_whole_name() {
        Accounts accounts = Etc.of(
                "",
                "root:x:0:root\nbin:x:1:root,bin,daemon\ndisk:x:6:rooter,xroot\nadm:x:4:bin, root\n+x:x:8:root\n"
                        + "empty:x:9:\nshort:x:10\nbad:x:zz:root\nagain:x:1:root\nlast:x:4294967294:root");
        assertThat(accounts.groupsListing("root")).containsExactly(0L, 1L, 4L, 4294967294L);
        assertThat(accounts.groupsListing("nobody")).isEmpty();
        assertThat(accounts.groupsListing("daemon")).containsExactly(1L);
        assertThat(accounts.groupsListing("rooter")).containsExactly(6L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"disk:x:006:root", "disk:x:6:bin,root\r"})
    void a_group_lists_its_members_as_it_does_for_the_engine_that_gave_it(String line) {
        assertThat(Etc.of("", line + "\n").groupsListing("root")).containsExactly(6L);
    }

    @Test
    void root_is_every_row_with_the_uid_0_and_so_are_their_groups() {
        String passwd =
                "root:x:0:0::/:\ntoor:x:0:7::/:\nadmin:x:000:0:::\r\nal:x:5:8:::\n#no:x:0:9::/:\n+nis:x:0:9:::\n";
        String group = "a:x:50:toor\nb:x:51:admin,al\nc:x:52:al\nd:x:53:root\ne:x:54:no,nis\n";
        assertThat(Etc.of(passwd, group).groupsOfRoot()).containsExactlyInAnyOrder(0L, 7L, 9L, 50L, 51L, 53L);
    }

    @Test
    void what_an_engine_may_have_taken_for_a_row_of_roots_counts_as_one() {
        String passwd = "hax:x:zzz:42:::\n#no:x:0:43:::\nblank:x: 9031:44:::\nal:x:5:45:::\n";
        String group = "+x:x:46:root\n:x:47:root\n#y:x:48:root\nwide:x:4294967345:root\nh:x:50:hax\nz:x:51:al\n";
        assertThat(Etc.of(passwd, group).groupsOfRoot())
                .containsExactlyInAnyOrder(42L, 43L, 44L, 46L, 47L, 48L, 49L, 50L);
        assertThat(Etc.of(passwd, group).groupsListing("root")).isEmpty();
    }

    @Test
    void without_files_nobody_is_listed_and_root_is_root() {
        assertThat(Etc.of("", "").groupsOfRoot()).isEmpty();
        assertThat(Etc.of("", "adm:x:4:root\n").groupsOfRoot()).containsExactly(4L);
    }

    @Test
    void a_file_that_cannot_be_read_is_not_taken_for_an_empty_one() {
        AccountFile unknown =
                new AccountFile("/etc/group", Etc.PLAIN, null, "/etc/group cannot be read (EACCES)", false);
        for (Accounts each : new Accounts[] {
            new Accounts(Etc.passwd(""), unknown, false), new Accounts(unknown, Etc.group(""), false)
        }) {
            assertThatThrownBy(each::groupsOfRoot)
                    .isInstanceOf(Refusal.class)
                    .hasMessage("/etc/group cannot be read (EACCES), so it is not known which groups are root's and"
                            + " which the user's: make it a file that root can read");
        }
    }

    @Test
    void a_user_is_found_with_name_and_home() {
        Accounts accounts = Etc.of("p\u00ff:x:5:5:x:/h o:/bin/zsh\np:x:6:6:stepdown:/home/p:/sbin/nologin\n", "");
        assertThat(accounts.user(5)).isEqualTo(new UserRow("p\u00ff", "/h o", false));
        assertThat(accounts.user(6)).isEqualTo(new UserRow("p", "/home/p", false));
        assertThat(accounts.user(7)).isNull();
    }

    @Test
    void a_row_without_a_usable_home_means_the_root() {
        assertThat(Etc.of("p:x:5:5", "").user(5)).isEqualTo(new UserRow("p", "/", false));
        assertThat(Etc.of("p:x:5:5::home/p:", "").user(5)).isEqualTo(new UserRow("p", "/", false));
    }
}
