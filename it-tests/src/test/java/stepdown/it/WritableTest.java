package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes the user's below a writable path, and what does not. */
@EachFlavour
class WritableTest {
    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            # before                                                     | options                                       | looked at           | owners, mode, name
            mkdir -m 755 /d; install -m 644 /dev/null /d/f               | --writable /d                                 | /d /d/f             | 9031:9999 750 /d, 9031:9999 640 /d/f
            mkdir -m 755 /d; install -m 664 /dev/null /d/f               | --writable /d --strip go                      | /d /d/f             | 9031:9999 700 /d, 9031:9999 600 /d/f
            mkdir -m 755 /d; install -m 644 /dev/null /d/f               | --writable /d --strip none                    | /d /d/f             | 9031:9999 755 /d, 9031:9999 644 /d/f
            mkdir -m 2775 /d                                             | --writable /d                                 | /d                  | 9031:9999 2770 /d
            install -m 4755 /dev/null /f                                 | --writable /f                                 | /f                  | 9031:9999 750 /f
            true                                                         | --writable /new/deep/path                     | /new /new/deep /new/deep/path | 0:0 755 /new, 0:0 755 /new/deep, 9031:9999 750 /new/deep/path
            true                                                         | --writable /new/path --strip go               | /new /new/path      | 0:0 755 /new, 9031:9999 700 /new/path
            mkdir /a /b; touch /a/f /b/f                                 | --writable /a --writable /b                   | /a/f /b/f           | 9031:9999 640 /a/f, 9031:9999 640 /b/f
            mkdir -p /d/keep; touch /d/keep/f /d/f                       | --writable /d --exclude /d/keep               | /d /d/f             | 9031:9999 750 /d, 9031:9999 640 /d/f
            mkdir /d; ln -s /etc/shadow /d/link; mkfifo -m 666 /d/pipe   | --writable /d                                 | /d/link /d/pipe /etc/shadow | 9031:9999 777 /d/link, 9031:9999 660 /d/pipe, 0:42 640 /etc/shadow
            mkdir /d /o; touch /o/f; ln /o/f /d/f                        | --writable /d                                 | /d/f                | 0:0 644 /d/f
            mkdir /d /o; touch /o/f; ln /o/f /d/f                        | --writable /d --hardlinks                     | /d/f                | 9031:9999 640 /d/f
            mkdir /d; mknod -m 644 /d/null c 1 3                         | --writable /d                                 | /d /d/null          | 9031:9999 750 /d, 0:0 644 /d/null
            mkdir -p /d/t; chmod 1777 /d/t; touch /d/t/f                 | --writable /d                                 | /d/t                | 0:0 1777 /d/t
            mkdir /var/app; ln -s /var/app /app; touch /var/app/f        | --writable /app                               | /var/app /var/app/f | 9031:9999 750 /var/app, 9031:9999 640 /var/app/f
            mkdir /var/app; touch /var/app/f                             | --writable /var/../var//app/.                 | /var/app /var/app/f | 9031:9999 750 /var/app, 9031:9999 640 /var/app/f
            mkdir -m 750 /d; touch /d/f; chown 9031:9999 /d              | --writable /d --ownership root                | /d /d/f             | 9031:9999 750 /d, 0:0 644 /d/f
            mkdir /d; touch /d/f                                         | --writable /d --ownership root                | /d /d/f             | 9031:9999 750 /d, 9031:9999 640 /d/f
            mkdir /d; touch /d/f                                         | --writable /d --ownership off                 | /d /d/f             | 0:0 755 /d, 0:0 644 /d/f
            mkdir -m 0 /d; touch /d/f; chmod 0 /d/f                      | --writable /d                                 | /d /d/f             | 9031:9999 0 /d, 9031:9999 0 /d/f
            """)
    void what_becomes_the_users(String before, String options, String paths, String expected) {
        // Folders of mode 0 can be looked at by root only, so process 1 stays the one that looks.
        Finished finished = looking(before, paths).options(options).run("true").succeeded();
        assertThat(finished.lines()).as("%s", finished).containsExactly(expected.split(", "));
    }

    /** A start that is followed by a look, as root, at what it left. */
    private Launch looking(String before, String paths) {
        return Launch.of(flavour).shell(before + "\n\"$@\"\nstat -c '%u:%g %a %n' " + paths + "\nexit");
    }

    @Test
    void a_second_start_changes_nothing() {
        String code = """
                mkdir /d; touch /d/f; ln -s f /d/l
                "$@"
                stat -c '%z %n' /d /d/f /d/l /etc/passwd /etc/group /home/ping >/tmp/before
                "$@"
                stat -c '%z %n' /d /d/f /d/l /etc/passwd /etc/group /home/ping | diff /tmp/before - && echo same
                exit""";
        assertThat(Launch.of(flavour)
                        .shell(code)
                        .options("--writable /d")
                        .run("true")
                        .succeeded()
                        .text())
                .isEqualTo("same");
    }

    @Test
    void a_volume_becomes_the_users_and_is_writable() {
        Finished finished = Launch.of(flavour)
                .flags("-v /data --read-only --tmpfs /tmp")
                .options("--writable /data")
                .run("sh", "-c", "echo written >/data/file && cat /data/file");
        assertThat(finished.succeeded().text()).isEqualTo("written");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "/",
                "//",
                "/.",
                "/opt/..",
                "/opt",
                "/opt/stepdown",
                "/opt/stepdown/bin",
                "/opt/./stepdown/../stepdown/bin",
                "/bin",
                "/sbin/x",
                "/lib",
                "/lib64",
                "/boot",
                "/boot/x",
                "/dev",
                "/dev/x",
                "/dev/shm",
                "/proc",
                "/proc/1",
                "/sys/fs",
                "/usr",
                "/usr/bin",
                "/usr/bin/x",
                "/usr/sbin",
                "/usr/lib",
                "/usr/lib/x",
                "/usr/libexec",
                "/usr/local",
                "/usr/local/bin/x",
                "/usr/local/sbin",
                "/usr/local/lib/x",
                "/run/secrets",
                "/run/secrets/x",
                "/var/run/secrets/x",
                "/etc",
                "/etc/passwd",
                "/etc/group",
                "/etc/shadow",
                "/etc/gshadow",
                "/home",
                "/mnt",
                "/root",
                "/run",
                "/var/run",
                "/srv",
                "/var",
                "/var/lib",
                "/var/lib/",
                "/run/docker.sock",
                "/var/run/docker.sock"
            })
    void a_path_that_is_the_systems_is_refused(String path) {
        Workshop workshop = Workshop.of(flavour);
        workshop.run("--writable", path, "--", "id").refused(path);
        workshop.unchanged();
    }

    /** A second mount of it. The native flavour's own are the file and the folders above. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"/srv/app/stepdown/runtime/conf/new", "/srv/app/stepdown/legal", "/srv/part"})
    void nothing_below_its_own_folder_is_handed_over_under_another_name(String path) {
        Finished finished = Launch.of(flavour)
                .flags("--cap-add SYS_ADMIN --security-opt apparmor=unconfined")
                .shell("mkdir -p /opt/stepdown/legal /srv/app /srv/part; mount --bind /opt /srv/app;"
                        + " mount --bind /opt/stepdown/legal /srv/part")
                .options("--writable " + path)
                .run("true");
        if (flavour == Flavour.JVM) {
            finished.refused("it is stepdown's own folder, one above or below it");
        } else {
            finished.succeeded();
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "/dev/shm/app",
                "/etc/app",
                "/home/app",
                "/var/lib/app",
                "/usr/share/app",
                "/root/app",
                "/mnt/app",
                "/var/run/app",
                "/opt/app"
            })
    void a_path_beside_the_systems_is_not(String path) {
        assertThat(looking("true", path)
                        .option("--writable", path)
                        .run("true")
                        .succeeded()
                        .text())
                .isEqualTo("9031:9999 750 " + path);
    }

    @Test
    void a_link_that_the_user_could_have_planted_is_refused() {
        for (String plant : List.of(
                "mkdir /d; chmod 777 /d; ln -s /srv/x /d/link",
                "mkdir /d; chown 9031 /d; ln -s /srv/x /d/link",
                "mkdir /d; ln -s /srv/x /d/link; chown -h 9031 /d/link")) {
            Finished finished = Launch.of(flavour)
                    .shell("mkdir -p /srv/x; touch /srv/x/f; " + plant
                            + "\n\"$@\" || echo $?; stat -c %u /srv/x/f; exit")
                    .options("--writable /d/link")
                    .run("id");
            assertThat(finished.lines()).as("%s", finished).containsExactly("125", "0");
            assertThat(finished.errorLines()).hasSize(1).first().asString().contains("/d/link");
        }
    }
}
