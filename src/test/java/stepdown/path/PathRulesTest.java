package stepdown.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import stepdown.Refusal;

class PathRulesTest {
    private final PathRules rules = new PathRules(null, "/opt/stepdown", List.of("/srv/app/lib"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "//",
                "/./",
                "/opt",
                "/opt/stepdown",
                "/opt/stepdown/bin",
                "/opt/stepdown/runtime/lib",
                "/bin",
                "/bin/x",
                "/sbin",
                "/sbin/x",
                "/lib",
                "/lib/x",
                "/lib64",
                "/lib64/x",
                "/libx32",
                "/boot",
                "/boot/grub",
                "/dev",
                "/dev/sda",
                "/dev/shm",
                "/dev/shm/",
                "/proc",
                "/proc/sys",
                "/sys",
                "/sys/fs/cgroup",
                "/usr/bin",
                "/usr/bin/x",
                "/usr/sbin",
                "/usr/sbin/x",
                "/usr/lib",
                "/usr/lib/x",
                "/usr/lib64",
                "/usr/lib32/x",
                "/usr/libexec",
                "/usr/libexec/x",
                "/usr/local/bin",
                "/usr/local/bin/x",
                "/usr/local/sbin",
                "/usr/local/lib",
                "/usr/local/lib/x",
                "/run/secrets",
                "/run/secrets/db",
                "/var/run/secrets/x",
                "/etc/passwd",
                "/etc/group",
                "/etc/shadow",
                "/etc/gshadow",
                "/etc/passwd-",
                "/etc/subuid",
                "/etc/subgid",
                "/etc/.pwd.lock",
                "/run/docker.sock",
                "/var/run/docker.sock",
                "/run/containerd/containerd.sock",
                "/run/crio/crio.sock",
                "/run/podman/podman.sock",
                "/elsewhere/docker.sock",
                "/etc",
                "/home",
                "/mnt",
                "/root",
                "/run",
                "/srv",
                "/usr",
                "/usr/local",
                "/var",
                "/var/lib",
                "/etc/",
                "//var//lib",
                "/var/./lib",
                "/etc/ld.so.conf",
                "/etc/ld.so.conf.d/x.conf",
                "/etc/ld.so.cache",
                "/etc/ld.so.preload",
                "/etc/nsswitch.conf",
                "/srv/app/lib",
                "/srv/app/lib/x",
                "/srv/app",
                "/dev/shm/credentials-2000",
                "/dev/shm/credentials-2000/x"
            })
    void a_path_that_must_stay_roots_is_refused(String path) {
        assertThatThrownBy(() -> rules.checkGiven(path))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("is refused: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/opt/app", "/opt/stepdown2", "/data", "/etc/nginx", "/etc/passwd.d", "/etc/app/passwd", "/home/ping",
                        "/mnt/data", "/root/x", "/run/app", "/run/secretsx",
                "/srv/www", "/usr/share/app", "/usr/local/share", "/var/lib/app", "/var/log", "/var/run/app",
                        "/dev/shm/app", "/tmp", "/tmp/x", "/binary", "/system",
                "/usr/bind", "/procs", "/srv/app/library", "/etc/ld.so", "/dev/shm/credentials", "/a/../bin"
            })
    void any_other_path_is_allowed(String path) {
        assertThatCode(() -> rules.checkGiven(path)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
        /               | writable path / is refused: the root folder is everything; name the folders that the product writes to
        /opt            | writable path /opt is refused: stepdown itself is in /opt/stepdown, which must stay root's; name a folder beside it
        /var/lib        | writable path /var/lib is refused: the folder itself must stay root's; name a folder below it
        //usr//bin/x    | writable path //usr//bin/x (that is /usr/bin/x) is refused: everything at or below /usr/bin must stay root's; let the product write elsewhere
        /lib64          | writable path /lib64 is refused: programs and libraries must stay root's; let the product write elsewhere
        /etc/shadow     | writable path /etc/shadow is refused: whoever can write the account files is root; remove it
        /x/docker.sock  | writable path /x/docker.sock is refused: whoever can write to a container engine's socket is root on the host; remove it
        """)
    void the_refusal_names_the_path_and_the_way_out(String path, String message) {
        assertThatThrownBy(() -> rules.checkGiven(path)).hasMessage(message);
    }

    @Test
    void names_are_what_is_between_slashes() {
        assertThat(PathRules.split("//a/./b//../c/")).containsExactly("a", "b", "..", "c");
        assertThat(PathRules.join(PathRules.split("/"))).isEqualTo("/");
    }
}
