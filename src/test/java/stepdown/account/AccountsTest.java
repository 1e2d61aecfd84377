package stepdown.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import stepdown.Refusal;
import stepdown.account.UserRow.Origin;

class AccountsTest {
    private static Accounts of(String group, String passwd) {
        return new Accounts(AccountFile.of("/etc/group", group), AccountFile.of("/etc/passwd", passwd), null, null);
    }

    @Test
    void groups_list_a_user_by_the_whole_name() {
        Accounts accounts = of(
                "root:x:0:root\nbin:x:1:root,bin,daemon\ndisk:x:6:rooter,xroot\nadm:x:4:bin, root\n+x:x:8:root\n"
                        + "empty:x:9:\nshort:x:10\nbad:x:zz:root\nagain:x:1:root\nlast:x:4294967294:root",
                "");
        assertThat(accounts.groupsListing("root")).containsExactly(0L, 1L, 4L, 4294967294L);
        assertThat(accounts.groupsListing("nobody")).isEmpty();
    }

    @Test
    void a_gid_with_leading_zeros_lists_its_members_as_it_does_for_the_engine_that_gave_it() {
        assertThat(of("disk:x:006:root\n", "").groupsListing("root")).containsExactly(6L);
    }

    @Test
    void no_group_file_lists_nobody() {
        AccountFile passwd = AccountFile.missing("/etc/passwd");
        assertThat(new Accounts(AccountFile.missing("/etc/group"), passwd, null, null).groupsListing("root"))
                .isEmpty();
    }

    @Test
    void a_group_file_that_cannot_be_read_is_not_taken_for_an_empty_one() {
        AccountFile group = new AccountFile("/etc/group", true, null, "cannot be read (EACCES)");
        Accounts accounts = new Accounts(group, AccountFile.missing("/etc/passwd"), null, null);
        assertThatThrownBy(() -> accounts.groupsListing("root"))
                .isInstanceOf(Refusal.class)
                .hasMessage("/etc/group cannot be read, so the groups of root are not known: "
                        + "make it a file that root can read");
    }

    @Test
    void a_user_is_found_with_name_home_and_shell() {
        Accounts accounts = of("", "p\u00ff:x:5:5:x:/h o:/bin/zsh\np:x:6:6:stepdown:/home/p:/sbin/nologin\n");
        assertThat(accounts.user(5)).isEqualTo(new UserRow("p\u00ff", "/h o", "/bin/zsh", Origin.IMAGE));
        assertThat(accounts.user(6)).isEqualTo(new UserRow("p", "/home/p", "/sbin/nologin", Origin.STEPDOWN));
        assertThat(accounts.user(7)).isNull();
    }

    @Test
    void a_row_without_a_usable_home_or_shell_means_the_root_and_sh() {
        assertThat(of("", "p:x:5:5").user(5)).isEqualTo(new UserRow("p", "/", "/bin/sh", Origin.IMAGE));
        assertThat(of("", "p:x:5:5::home/p:").user(5)).isEqualTo(new UserRow("p", "/", "/bin/sh", Origin.IMAGE));
    }
}
