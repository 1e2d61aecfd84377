package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Kernels that are older than a system call answer ENOSYS for it, and so do engines' profiles; those of older engines
 * answer EPERM, which many calls also say of a file.
 */
@EachFlavour
class SeccompTest {
    private static final boolean ON_ARM = System.getProperty("os.arch").equals("aarch64");

    private static final Map<String, Integer> NUMBERS = Map.of(
            "clone3", 435,
            "close_range", 436,
            "openat2", 437,
            "faccessat2", 439,
            "fchmodat2", 452,
            "statx", ON_ARM ? 291 : 332,
            "memfd_create", ON_ARM ? 279 : 319);

    /** No container needs it. */
    private static final String UNUSED = "vhangup";

    private static final Map<String, Integer> ERRNOS = Map.of("EPERM", 1, "ENOSYS", 38);

    /**
     * A tree of every kind of entry that is handed over; a start as root, two as the user, of whose paths one cannot be
     * written, and --verify. By perl, whose calls are old ones, where the tools of today take a newer one.
     */
    private static final String STARTS = """
            exec 2>&1 9</etc/passwd
            show='printf "%s %o %d:%d\\n", $_, (lstat)[2, 4, 5] for map { "/d$_" } "", qw(/a /a/f /a/l /a/p /bound /in /in/x);
                open my $status, "<", "/proc/self/status"; /^(Uid|Gid|Groups|Cap|NoNewPrivs)/ && print for <$status>; close $status;
                print grep { readlink "/proc/self/fd/$_" } 0..255; print "\\n"'
            start() { status=0; "$@" || status=$?; echo "status $status"; }
            as_user() { start setpriv --reuid 9031 --regid 9999 --clear-groups "$stepdown" --log warn --strict --writable /d -- perl -e 'print "as user\\n"'; }
            stepdown=$1
            mkdir /d /d/a /d/in; : >/d/a/f >/d/bound; echo >/file; ln -s /etc/passwd /d/a/l; mkfifo /d/a/p; chmod -R 777 /d /file
            mount -t tmpfs -o mode=777 none /d/in; : >/d/in/x; mount --bind /file /d/bound
            start "$stepdown" --writable /d -- perl -e "$show"
            as_user
            chmod 500 /d; as_user
            "$stepdown" --log warn --ownership off -- sleep 60 & pid=$!
            for i in $(seq 200); do read -r name </proc/$pid/comm && test "$name" = sleep && break; sleep 0.05; done 2>/dev/null
            start "$stepdown" --verify $pid | sed "s/$pid/PID/"; exit""";

    private static final Map<Flavour, String> USUAL = new ConcurrentHashMap<>();

    @Parameter
    Flavour flavour;

    @TempDir
    Path folder;

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            # calls                                                   | errno  | what is said, and by which flavour, where no start is possible
            close_range                                               | ENOSYS |
            fchmodat2                                                 | ENOSYS |
            openat2                                                   | ENOSYS |
            faccessat2                                                | ENOSYS |
            statx                                                     | ENOSYS |
            clone3                                                    | ENOSYS |
            memfd_create                                              | ENOSYS |
            ALL                                                       | ENOSYS |
            close_range                                               | EPERM  |
            fchmodat2                                                 | EPERM  |
            openat2                                                   | EPERM  |
            faccessat2                                                | EPERM  |
            statx                                                     | EPERM  | JVM NATIVE: statx: Operation not permitted: the container's seccomp profile is older than this system call (Linux 4.11)
            clone3                                                    | EPERM  | JVM: clone3: Operation not permitted: the container's seccomp profile is older than this system call (Linux 5.3)
            memfd_create                                              | EPERM  |
            close_range fchmodat2 openat2 faccessat2 memfd_create     | EPERM  |
            ALL                                                       | EPERM  | JVM NATIVE: statx: Operation not permitted
            """)
    void a_start_is_as_ever_or_names_the_call_and_its_kernel(String calls, String errno, @Nullable String refused)
            throws IOException {
        String usual = usual();
        String said = starts(Launch.of(flavour), calls, errno);
        if (refused != null && refused.split(":")[0].contains(flavour.name())) {
            String line = refused.substring(refused.indexOf(": ") + 2);
            assertThat(said.lines().filter(one -> one.startsWith("ERROR stepdown - " + line)))
                    .as(said)
                    .hasSize(5);
            assertThat(said.lines().filter(one -> one.startsWith("status ")))
                    .containsExactly("status 125", "status 125", "status 125", "status 125");
            assertThat(said.lines()).hasSize(9);
        } else if (errno.equals("ENOSYS") && (calls.equals("statx") || calls.equals("ALL"))) {
            // glibc makes do with what tells of no mounts (nor does a kernel before 5.8)
            assertThat(said)
                    .isEqualTo(usual.replace("7 of 8 changed; 1 mounted files left alone", "8 of 8 changed")
                            .replace("/d/bound 100777 0:0", "/d/bound 100770 9031:9999"));
        } else {
            assertThat(said).isEqualTo(usual);
        }
    }

    /** Debian 11's makes threads by clone(2): its containers start where an older engine is. */
    @Test
    void a_glibc_that_is_older_than_clone3_does_without() throws IOException {
        assumeTrue(flavour.fits("2.31"), "left out: " + flavour.needs());
        String said = starts(Launch.in(Images.probeOn("bullseye", flavour)), "clone3", "EPERM");
        assertThat(said).isEqualTo(usual());
    }

    private String usual() throws IOException {
        String usual = USUAL.get(flavour);
        if (usual == null) {
            usual = starts(Launch.of(flavour), UNUSED, "ENOSYS");
            assertThat(usual.lines())
                    .contains("/d/a/p 10770 9031:9999", "/d/bound 100777 0:0", "NoNewPrivs:\t1", "012", "as user")
                    .contains("  yes  no_new_privs is on", "  yes  descriptors of stepdown is none")
                    .anyMatch(line -> line.startsWith("ERROR stepdown - /d cannot be written by 9031:9999"));
            assertThat(usual.lines().filter(line -> line.startsWith("status ")))
                    .containsExactly("status 0", "status 0", "status 125", "status 0");
            USUAL.put(flavour, usual);
        }
        return usual;
    }

    /** What the starts say, in their order, in a container of which it is certain that it lacks these calls. */
    private String starts(Launch launch, String calls, String errno) throws IOException {
        List<String> names =
                Arrays.asList((calls.equals("ALL") ? String.join(" ", NUMBERS.keySet()) : calls).split(" "));
        Path profile = folder.resolve("profile.json");
        Files.writeString(profile, """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["%s"], "action": "SCMP_ACT_ERRNO", "errnoRet": %d}]}
                """.formatted(String.join("\", \"", names), ERRNOS.get(errno)));
        Launch lacking = launch.flag("--security-opt", "seccomp=" + profile)
                .flags("--cap-add SYS_ADMIN --security-opt apparmor=unconfined");
        String numbers = names.stream()
                .filter(NUMBERS::containsKey)
                .map(name -> "" + NUMBERS.get(name))
                .collect(Collectors.joining(", "));
        // With arguments that none of them takes, where they are known.
        String ask =
                "perl -e 'for ((%s)) { syscall($_, -1, 0, 0, 0, 0, 0); print $! + 0, \"\\n\" }'\n".formatted(numbers);
        List<String> lines = lacking.shell(ask + STARTS).run("x").lines();
        long asked = names.stream().filter(NUMBERS::containsKey).count();
        assertThat(lines.stream().limit(asked))
                .as("what the profile answers: an engine or a libseccomp that does not know a call leaves it out")
                .allMatch(("" + ERRNOS.get(errno))::equals);
        return lines.stream().skip(asked).collect(Collectors.joining("\n"));
    }
}
