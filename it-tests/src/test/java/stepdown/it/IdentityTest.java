package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Who the product is: the variables that ask for it, and what id, the process and its environment say. */
@EachFlavour
class IdentityTest {
    private static final String WHO = "id; echo $$ $HOME $USER $LOGNAME";

    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # variables                                       | id                                                                     | pid, HOME, USER, LOGNAME
            none                                              | uid=9031(ping) gid=9999(identity) groups=9999(identity)                | 1 /home/ping ping ping
            UID=2000 GID=3000                                 | uid=2000(ping) gid=3000(identity) groups=3000(identity)                | 1 /home/ping ping ping
            UID=2000 GID=3000 UNAME=app GNAME=team            | uid=2000(app) gid=3000(team) groups=3000(team)                         | 1 /home/app app app
            UNAME=_a-b_9 GNAME=_                              | uid=9031(_a-b_9) gid=9999(_) groups=9999(_)                            | 1 /home/_a-b_9 _a-b_9 _a-b_9
            UNAME=a2345678901234567890123456789012            | uid=9031(a2345678901234567890123456789012) gid=9999(identity) groups=9999(identity) | 1 /home/a2345678901234567890123456789012 a2345678901234567890123456789012 a2345678901234567890123456789012
            UID= GID= UNAME= GNAME= PRIVILEGED=               | uid=9031(ping) gid=9999(identity) groups=9999(identity)                | 1 /home/ping ping ping
            UID=33                                            | uid=33(www-data) gid=9999(identity) groups=9999(identity)              | 1 /var/www www-data www-data
            GID=33                                            | uid=9031(ping) gid=33(www-data) groups=33(www-data)                    | 1 /home/ping ping ping
            UID=33 GID=33 UNAME=other GNAME=other             | uid=33(www-data) gid=33(www-data) groups=33(www-data)                  | 1 /var/www www-data www-data
            UID=1 GID=4294967294                              | uid=1(daemon) gid=4294967294(identity) groups=4294967294(identity)     | 1 /usr/sbin daemon daemon
            UID=2147483647 GID=2147483647                     | uid=2147483647(ping) gid=2147483647(identity) groups=2147483647(identity) | 1 /home/ping ping ping
            UID=2147483648 GID=2147483648                     | uid=2147483648(ping) gid=2147483648(identity) groups=2147483648(identity) | 1 /home/ping ping ping
            UID=4294967294 GID=4294967294                     | uid=4294967294(ping) gid=4294967294(identity) groups=4294967294(identity) | 1 /home/ping ping ping
            UID=5000 GID=0                                    | uid=5000(ping) gid=0(root) groups=0(root)                              | 1 /home/ping ping ping
            PRIVILEGED=false                                  | uid=9031(ping) gid=9999(identity) groups=9999(identity)                | 1 /home/ping ping ping
            PRIVILEGED=FALSE UID=7                            | uid=7(lp) gid=9999(identity) groups=9999(identity)                     | 1 /var/spool/lpd lp lp
            PRIVILEGED=true                                   | uid=0(root) gid=0(root) groups=0(root)                                 | 1 /root root root
            PRIVILEGED=TrUe UID=2000                          | uid=0(root) gid=0(root) groups=0(root)                                 | 1 /root root root
            """)
    void the_variables_decide_who_the_product_is(@Nullable String variables, String id, String process) {
        assertThat(start(variables).run("sh", "-c", WHO).succeeded().lines()).containsExactly(id, process);
    }

    private Launch start(@Nullable String variables) {
        Launch launch = Launch.of(flavour);
        for (String entry : variables == null ? new String[0] : variables.split(" ")) {
            launch = launch.flag("-e", "PING_CONTAINER_" + entry);
        }
        return launch;
    }

    static Stream<String[]> malformedValues() {
        return Stream.of(new String[][] {
            {"UID", "0", "PING_CONTAINER_PRIVILEGED=true"},
            {"UID", "-1", "-1"},
            {"UID", "+1", "+1"},
            {"UID", "00", "00"},
            {"UID", "01000", "01000"},
            {"UID", " 1000", " 1000"},
            {"UID", "1000 ", "1000 "},
            {"UID", "1000\n", "1000\\x0a"},
            {"UID", "0x10", "0x10"},
            {"UID", "1e3", "1e3"},
            {"UID", "1000.0", "1000.0"},
            {"UID", "root", "root"},
            {"UID", "ping", "ping"},
            {"UID", ".*", ".*"},
            {"UID", "1000:1000", "1000:1000"},
            {"UID", "4294967295", "4294967295"},
            {"UID", "4294967296", "4294967296"},
            {"UID", "9999999999", "9999999999"},
            {"UID", "18446744073709551616", "18446744073709551616"},
            {"UID", "\u0661\u0662", "PING_CONTAINER_UID"},
            {"UID", "1\u001b[2J", "1\\"},
            {"GID", "-1", "-1"},
            {"GID", "4294967295", "4294967295"},
            {"GID", "4294967296", "4294967296"},
            {"GID", "root", "root"},
            {"GID", "007", "007"},
            {"UNAME", "Ping", "Ping"},
            {"UNAME", "1ping", "1ping"},
            {"UNAME", "-ping", "-ping"},
            {"UNAME", "a:b", "a:b"},
            {"UNAME", "a b", "a b"},
            {"UNAME", "a\nroot2::0:0::/:/bin/sh", "a\\x0aroot2"},
            {"UNAME", "a23456789012345678901234567890123", "32"},
            {"UNAME", "caf\u00e9", "PING_CONTAINER_UNAME"},
            {"GNAME", "a,b", "a,b"},
            {"GNAME", "Identity", "Identity"},
            {"PRIVILEGED", "yes", "yes"},
            {"PRIVILEGED", "1", "1"},
            {"PRIVILEGED", "0", "0"},
            {"PRIVILEGED", " true", " true"},
            {"PRIVILEGED", "true ", "true "},
            {"PRIVILEGED", "truee", "truee"},
        });
    }

    @ParameterizedTest(name = "{0}=\"{1}\"")
    @MethodSource("malformedValues")
    void a_malformed_value_is_named_before_anything_changes(String variable, String value, String part) {
        Workshop workshop = Workshop.of(flavour);
        workshop.env("PING_CONTAINER_" + variable, value)
                .run("--writable", "/made", "--", "id")
                .refused("PING_CONTAINER_" + variable, part);
        workshop.unchanged();
    }

    @ParameterizedTest(name = "{0}={1}")
    @CsvSource({"UID, 0x10", "GID, -1", "UNAME, Ping", "GNAME, 'a b'"})
    void a_malformed_value_is_refused_also_where_root_is_kept(String variable, String value) {
        Workshop.of(flavour)
                .env("PING_CONTAINER_PRIVILEGED", "true")
                .env("PING_CONTAINER_" + variable, value)
                .run("--", "id")
                .refused("PING_CONTAINER_" + variable, value);
    }

    @Test
    void a_refused_start_of_a_container_ends_it_with_its_code_and_changes_nothing() {
        Finished finished = Launch.of(flavour)
                .env("PING_CONTAINER_UID", "x")
                .options("--writable /made")
                .runAndCompare("id");
        assertThat(finished.refused("PING_CONTAINER_UID").changes())
                .as("%s", finished)
                .isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            UID=2000 GID=3000           | ping:x:2000:3000:stepdown:/home/ping:/sbin/nologin    | identity:x:3000:
            UNAME=app GNAME=team        | app:x:9031:9999:stepdown:/home/app:/sbin/nologin      | team:x:9999:
            UID=4294967294 GID=0        | ping:x:4294967294:0:stepdown:/home/ping:/sbin/nologin | none
            UID=33 GID=4                | none                                                  | none
            """)
    void the_missing_rows_are_appended_and_no_others(String variables, String user, String group) {
        Finished before = Docker.docker("run", "--rm", Images.base(), "cat", "/etc/passwd", "/etc/group")
                .succeeded();
        Finished after =
                start(variables).run("cat", "/etc/passwd", "/etc/group").succeeded();
        assertThat(after.lines()).containsAll(before.lines());
        assertThat(after.lines().stream().filter(row -> !before.lines().contains(row)))
                .containsExactly(Stream.of(user, group)
                        .filter(row -> !row.equals("none"))
                        .toArray(String[]::new));
    }
}
