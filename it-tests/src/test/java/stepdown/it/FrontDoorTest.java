package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the first program finds: itself by any name, its own files that only root may write, and ground that a runtime
 * can stand on.
 */
@EachFlavour
class FrontDoorTest {
    private static final String START = "/opt/stepdown/bin/stepdown --log warn -- id -u";

    /** Of the file that is executed, in the shell that does. */
    private static final String CAPABILITIES =
            "perl -e 'my ($n, $v) = (q(security.capability), pack q(V5), 0x02000001, 1 << 13, 0, 0, 0); my $f = $ARGV[0];"
                    + " syscall 188, $f, $n, $v, length $v, 0' /opt/stepdown/bin/stepdown";

    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "ln -s /opt/stepdown/bin/stepdown /usr/local/bin/entry; exec entry",
                "ln -s ../opt/stepdown/bin/stepdown /srv/a; ln -s /srv/a /tmp/b; exec /tmp/b",
                "ln -s /opt/stepdown /srv/linked; exec /srv/linked/bin/stepdown",
                "ln /opt/stepdown/bin/stepdown '/opt/stepdown/bin/an other'; exec '/opt/stepdown/bin/an other'",
                "cd /opt/stepdown/bin; exec ./stepdown",
                "cd /opt/stepdown/bin; exec ../bin/../../stepdown/bin//stepdown",
                "PATH=/opt/stepdown/bin:$PATH; exec stepdown",
                "exec perl -e 'exec { q(/opt/stepdown/bin/stepdown) } q(), @ARGV' --",
                "exec 7</opt/stepdown/bin/stepdown; exec /proc/self/fd/7",
                "mv /opt/stepdown '/opt/a %s $(id) *'; exec '/opt/a %s $(id) *'/bin/stepdown",
                "cp -a /opt/stepdown '/opt/x (deleted)'; exec '/opt/x (deleted)/bin/stepdown'",
                "mkdir -p /opt/1/2/3/4/5/6; mv /opt/stepdown /opt/1/2/3/4/5/6; exec /opt/1/2/3/4/5/6/stepdown/bin/stepdown",
                "chmod g+s /opt /opt/stepdown /opt/stepdown/bin; exec /opt/stepdown/bin/stepdown",
                "ln -s stepdown /opt/stepdown/bin/link; exec /opt/stepdown/bin/link"
            })
    void it_is_started_by_any_name(String before) {
        Finished finished = shell(Launch.of(flavour), before + " --log warn -- id -u");
        assertThat(finished.succeeded().text()).isEqualTo("9031");
        assertThat(finished.errors()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"/stepdown", "/usr/local/sbin/stepdown", "/usr/local/sbin/entrypoint", "/opt/caf\u00e9"})
    void the_native_flavour_is_a_file_that_stands_anywhere(String path) {
        assumeTrue(flavour == Flavour.NATIVE);
        String before = "mv /opt/stepdown/bin/stepdown " + path + "; rm -r /opt/stepdown; ";
        assertThat(shell(Launch.of(flavour), before + "exec " + path + " -- id -u")
                        .succeeded()
                        .text())
                .isEqualTo("9031");
        String folder = path.substring(0, path.lastIndexOf('/') + 1);
        shell(Launch.of(flavour), before + "chown 5 " + path + "; exec " + path + " -- id")
                .refused(path.replace("\u00e9", "\\xc3\\xa9"), "owner 5");
        shell(Launch.of(flavour), before + "chmod o+w " + folder + "; exec " + path + " -- id")
                .refused(folder.length() > 1 ? folder.substring(0, folder.length() - 1) : "/", "mode");
    }

    @ParameterizedTest(name = "{1}: {0}")
    @CsvSource(delimiter = '|', textBlock = """
            # before                                                                                   | part
            mv /opt/stepdown /opt/a:b; exec /opt/a:b/bin/stepdown                                       | colon
            n="/opt/a$(printf '\\t')b$(printf '\\001')c"; mv /opt/stepdown "$n"; exec "$n/bin/stepdown"  | control character
            cd /opt/stepdown/bin; mv stepdown 'stepdown (deleted)'; exec './stepdown (deleted)'         | start it anew
            """)
    void a_path_that_cannot_be_gone_by_is_refused(String before, String part) {
        shell(Launch.of(flavour), before + " -- id").refused("stepdown's own ", part);
    }

    /** A JVM of ours decodes names as ASCII. */
    @Test
    void a_path_that_is_not_ascii_is_refused_by_the_jvm_flavour() {
        Finished finished =
                shell(Launch.of(flavour), "mv /opt/stepdown /opt/caf\u00e9; exec /opt/caf\u00e9/bin/stepdown -- id -u");
        if (flavour == Flavour.JVM) {
            finished.refused("/opt/caf\\xc3\\xa9/bin/stepdown", "not ASCII", "native flavour");
        } else {
            assertThat(finished.succeeded().text()).isEqualTo("9031");
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            # before                                                                              | part
            chmod g+w /opt/stepdown/bin/stepdown                                                  | /opt/stepdown/bin/stepdown can be written
            chown 5 /opt/stepdown/bin/stepdown                                                    | owner 5
            chmod o+w /opt/stepdown/bin                                                           | /opt/stepdown/bin can be written
            chmod 1777 /opt                                                                       | mode 1777
            chgrp 5 /opt; chmod 775 /opt                                                          | /opt can be written
            chmod 777 /opt/stepdown                                                               | /opt/stepdown can be written
            chown 5 /opt/stepdown                                                                 | owner 5
            chmod 777 /                                                                           | / can be written
            mkdir -m 777 /x; mv /opt/stepdown /x; mv /x/stepdown /x/y; ln -s /x/y /opt/stepdown   | /x can be written
            chmod u+s /opt/stepdown/bin/stepdown                                                  | set-id
            chmod g+s /opt/stepdown/bin/stepdown                                                  | set-id
            {capabilities}                                                                        | setcap -r
            """)
    void a_file_of_its_own_that_others_can_change_or_that_gives_privileges_is_refused(String before, String part) {
        shell(Launch.of(flavour), before.replace("{capabilities}", CAPABILITIES) + "; exec " + START)
                .refused(part);
    }

    /** The native flavour has none of these. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            # before                                                                                        | part
            chown 5 /opt/stepdown/lib/stepdown.jar                                                          | stepdown.jar
            chmod g+w /opt/stepdown/lib/*.aot                                                               | .aot
            chmod o+w /opt/stepdown/lib/empty                                                               | lib/empty
            chmod o+w /opt/stepdown/runtime                                                                 | /opt/stepdown/runtime
            chmod g+w /opt/stepdown/runtime/lib/server/libjvm.so                                            | libjvm.so
            chown 5 /opt/stepdown/runtime/conf/security                                                     | conf/security
            mkfifo -m 666 /opt/stepdown/lib/pipe                                                            | lib/pipe
            chmod u+s /opt/stepdown/runtime/bin/java                                                        | set-id
            mv /opt/stepdown/lib/stepdown.jar /srv/s.jar; chmod o+w /srv; ln -s /srv/s.jar /opt/stepdown/lib/stepdown.jar | /srv can be written
            mv /opt/stepdown/runtime /srv/r; chmod o+w /srv/r/lib; ln -s /srv/r /opt/stepdown/runtime       | link to a folder
            ln -s /nowhere /opt/stepdown/lib/x                                                              | No such file
            chmod o+w /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2                                            | ld-linux
            rm -r /opt/stepdown/runtime                                                                     | copy the whole folder
            chmod -x /opt/stepdown/runtime/bin/java                                                         | Permission denied
            rm /opt/stepdown/lib/libjffi-1.2.so                                                              | copy the whole folder
            rm /opt/stepdown/runtime/conf/security/java.security                                            | java.security: No such file
            truncate -s 9 /opt/stepdown/runtime/lib/libjli.so                                               | libjli.so has 9 bytes, not
            rm /opt/stepdown/lib/files                                                                      | copy the whole folder
            : >/opt/stepdown/lib/files                                                                      | lib/files is not whole
            sed -i 5q /opt/stepdown/lib/files                                                               | lib/files is not whole
            sed -i '5s/^/x/' /opt/stepdown/lib/files                                                        | lib/files is not whole
            printf '\\267' >/b; dd if=/b of=/opt/stepdown/runtime/bin/java bs=1 seek=18 conv=notrunc status=none | for another machine (183 in its ELF header, not 62)
            sed -i 's,/lib64/ld-linux-x86-64.so.2,/lib/ld-musl-x86_64.so.1\\x00\\x00\\x00,' /opt/stepdown/runtime/bin/java | another C library (its loader is /lib/ld-musl-x86_64.so.1)
            cp /bin/true /x; mv /x /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2                               | is not glibc's
            cp /lib64/ld-linux-x86-64.so.2 /lib/ld-musl-x86_64.so.1; ln -sf /lib/ld-musl-x86_64.so.1 /lib64/ld-linux-x86-64.so.2 | is not glibc's (it needs /usr/lib/ld-musl-x86_64.so.1 itself)
            rm -r /opt/stepdown/lib                                                                         | /opt/stepdown/lib
            mv /opt/stepdown/bin/stepdown /bin/s; ln -s /bin/s /opt/stepdown/bin/stepdown                   | runtime/bin/java
            mv /opt/stepdown/bin/stepdown /s; ln -s /s /opt/stepdown/bin/stepdown                           | belongs into bin
            """)
    void what_the_jvm_flavour_is_going_to_run_is_looked_at(String before, String part) {
        assumeTrue(flavour == Flavour.JVM);
        shell(Launch.of(flavour), before + "; exec " + START).refused(part);
    }

    /**
     * A user runs it with the user's own rights only: who could write there gains nothing, but for a file that makes
     * its process root.
     */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            chmod -R o+w /opt/stepdown              | none
            chmod u+s /opt/stepdown/bin/stepdown    | set-id
            {capabilities}                          | setcap -r
            """)
    void a_user_is_only_refused_a_file_that_gives_privileges(String before, @Nullable String part) {
        Finished finished = shell(
                Launch.of(flavour),
                before.replace("{capabilities}", CAPABILITIES)
                        + "; exec setpriv --reuid 5000 --regid 5000 --clear-groups " + START);
        if (part == null) {
            assertThat(finished.succeeded().text()).isEqualTo("5000");
        } else {
            finished.refused(part);
        }
    }

    /** Where it can be reached by another way, that way counts, and the walk knows it again. */
    @Test
    void a_second_mount_of_the_folder_is_the_folder() {
        Launch mounting = Launch.of(flavour).flags("--cap-add SYS_ADMIN --security-opt apparmor=unconfined");
        String mount = "mkdir -p /srv/own/again; mount --bind /opt/stepdown /srv/own/again; ";
        assertThat(shell(mounting, mount + "exec /srv/own/again/bin/stepdown --log error -- id -u")
                        .succeeded()
                        .text())
                .isEqualTo("9031");
        shell(mounting, mount + "chmod o+w /srv/own; exec /srv/own/again/bin/stepdown -- id")
                .refused("/srv/own can be written");
        Finished walked = shell(
                mounting,
                mount
                        + "exec /opt/stepdown/bin/stepdown --writable /srv/own -- stat -c '%u %n' /srv/own /srv/own/again");
        assertThat(walked.succeeded().lines()).containsExactly("9031 /srv/own", "0 /srv/own/again");
        assertThat(walked.errors()).contains("/srv/own/again");
    }

    private static Finished shell(Launch launch, String code) {
        return launch.shell(code.contains("exec ") ? code : code + "; exec " + START)
                .run();
    }
}
