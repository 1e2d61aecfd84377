package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ids, groups and a umask that fit what is there: {@code owner:PATH}, {@code --groups-of} and {@code --umask}. */
@EachFlavour
class OwnerTest {
    private static final String IDS = "echo $(id -u):$(id -g) $(id -G)";

    @Parameter
    Flavour flavour;

    private Finished run(@Nullable String flags, @Nullable String before, @Nullable String options) {
        Launch launch = Launch.of(flavour).flags(flags).options("--log warn").options(options);
        return (before == null ? launch : launch.shell(before)).run("sh", "-c", IDS);
    }

    // ---- owner:PATH

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # variables                                               | before                                         | options            | ids
            -e PING_CONTAINER_UID=owner:/srv/x                        | install -d -o 1234 -g 2345 /srv/x              | none               | 1234:2345 2345
            -e PING_CONTAINER_UID=owner:/srv/x                        | install -o 1234 -g 2345 -m 0 /dev/null /srv/x  | none               | 1234:2345 2345
            -e PING_CONTAINER_GID=owner:/srv/x                        | install -d -g 2345 /srv/x                      | none               | 9031:2345 2345
            -e PING_CONTAINER_UID=owner:/srv/x -e PING_CONTAINER_GID=7 | install -d -o 1234 /srv/x                     | none               | 1234:7 7
            -e PING_CONTAINER_UID=700 -e PING_CONTAINER_GID=owner:/srv/x | install -d -g 2345 /srv/x                   | none               | 700:2345 2345
            -e PING_CONTAINER_UID=owner:/srv/x -e PING_CONTAINER_GID=0 | install -d -o 1234 /srv/x                     | --log error        | 1234:0 0
            -e PING_CONTAINER_UID=owner:/srv/x -e PING_CONTAINER_GID=owner:/srv/y | install -d -o 1234 /srv/x; install -d -g 55 /srv/y | none | 1234:55 55
            -e PING_CONTAINER_UID=owner:/srv/l/                       | install -d -o 1234 -g 2345 /srv/x; ln -s x /srv/l | none            | 1234:2345 2345
            -e PING_CONTAINER_UID=owner:/srv//y/../x                  | install -d -o 4294967294 -g 2345 /srv/x; mkdir /srv/y | none        | 4294967294:2345 2345
            -e PING_CONTAINER_UID=owner:/srv/x                        | install -d -o 1234 -g 2345 /srv/x              | --default-user daemon | 1234:2345 2345
            -e PING_CONTAINER_GID=owner:/srv/x                        | install -d -o 1234 -g 2345 /srv/x              | --default-user daemon --log error | 1:2345 2345
            -e ACME_UID=owner:/srv/x                                  | install -d -o 1234 -g 2345 /srv/x              | --env-prefix ACME  | 1234:2345 2345
            # It is not looked at where the ids stay.
            -u 5000:6000 -e PING_CONTAINER_UID=owner:/srv/none        | none                                           | none               | 5000:6000 6000
            -e PING_CONTAINER_PRIVILEGED=true -e PING_CONTAINER_UID=owner:/srv/none | none                             | --log error        | 0:0 0
            """)
    void the_ids_are_those_of_the_owner(
            String variables, @Nullable String before, @Nullable String options, String ids) {
        Finished finished = run(variables, before, options).succeeded();
        assertThat(finished.text()).isEqualTo(ids);
        assertThat(finished.errors()).isEmpty();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # variable                              | before                                                          | part
            PING_CONTAINER_UID=owner:/srv/x         | install -d -g 5 /srv/x                                          | PING_CONTAINER_UID=owner:/srv/x is root: in a rootless engine that is the user who runs it, who keeps an id of its own with --userns=keep-id
            PING_CONTAINER_UID=owner:/srv/x         | install -d -o 5 /srv/x                                          | PING_CONTAINER_GID=owner:/srv/x is group 0, root's: set PING_CONTAINER_GID=0 where that is meant
            PING_CONTAINER_GID=owner:/srv/x         | install -d -o 5 /srv/x                                          | PING_CONTAINER_GID=owner:/srv/x is group 0, root's
            PING_CONTAINER_UID=owner:/srv/x         | install -d -o 65534 -g 5 /srv/x                                 | PING_CONTAINER_UID=owner:/srv/x is 65534, which may stand for any id that this user namespace does not map
            PING_CONTAINER_GID=owner:/srv/x         | install -d -g 65534 /srv/x                                      | PING_CONTAINER_GID=owner:/srv/x is 65534, which may stand for any id
            PING_CONTAINER_UID=owner:/srv/x         | none                                                            | owner:/srv/x does not exist
            PING_CONTAINER_UID=owner:/etc/passwd/x  | none                                                            | whose /etc/passwd/x is cannot be told: open x: ENOTDIR
            PING_CONTAINER_UID=owner:srv            | none                                                            | PING_CONTAINER_UID=owner:srv is not owner: and an absolute path
            PING_CONTAINER_GID=owner:               | none                                                            | PING_CONTAINER_GID=owner: is not owner: and an absolute path
            PING_CONTAINER_UID=owner                | none                                                            | PING_CONTAINER_UID=owner is not a number
            # Who could exchange it would choose the ids.
            PING_CONTAINER_UID=owner:/tmp/x         | install -d -o 5 -g 5 /tmp/x                                     | leads through /tmp,
            PING_CONTAINER_UID=owner:/srv/u/x       | install -d -o 5 -g 5 /srv/u /srv/u/x                            | leads through /srv/u,
            PING_CONTAINER_UID=owner:/srv/u/x       | install -d -o 5 -g 5 /srv/u/x; chmod 775 /srv/u                 | leads through /srv/u,
            PING_CONTAINER_UID=owner:/srv/u/none    | install -d -o 5 /srv/u                                          | leads through /srv/u,
            PING_CONTAINER_UID=owner:/srv/u/x       | install -d -o 5 /srv/u; ln -s /usr/games /srv/u/x               | leads through /srv/u,
            PING_CONTAINER_UID=owner:/srv/l         | install -d -o 5 -g 5 /srv/x; ln -s x /srv/l; chown -h 5 /srv/l  | leads through the link /srv/l,
            PING_CONTAINER_UID=owner:/srv/l         | install -d -o 5 /srv/u; ln -s u/x /srv/l; install -d -o 5 /srv/u/x | leads through /srv/u,
            """)
    void whose_ids_cannot_be_taken_or_trusted_is_refused(String variable, @Nullable String before, String part) {
        run("-e " + variable, before, null).refused(part);
    }

    /** The README's line for developers. */
    @Test
    void a_bind_mount_of_a_developers_fits_and_stays_as_it_is(@TempDir Path folder) throws IOException {
        Path tree = Files.createDirectory(folder.resolve("tree"));
        Files.setAttribute(Files.writeString(tree.resolve("open"), "x"), "unix:mode", 0666);
        Files.setAttribute(Files.writeString(tree.resolve("others"), "x"), "unix:uid", 4321);
        Files.setAttribute(tree, "unix:mode", 0755);
        Files.setAttribute(tree, "unix:uid", 1234);
        Files.setAttribute(tree, "unix:gid", 2345);
        String before = look(folder);
        Finished finished = Launch.of(flavour)
                .flags("-e PING_CONTAINER_UID=owner:/src -v " + tree + ":/src")
                .options("--writable /src")
                .run("sh", "-c", IDS + "; echo >/src/made");
        assertThat(finished.succeeded().text()).isEqualTo("1234:2345 2345");
        assertThat(finished.errorLines())
                .containsExactly(
                        "INFO stepdown - uid=1234(ping) gid=2345(identity) groups=2345; /src: right already; sh");
        Files.delete(tree.resolve("made"));
        assertThat(look(folder)).isEqualTo(before);
    }

    private static String look(Path folder) {
        return Docker.run("", List.of("find", folder.toString(), "-printf", "%p %U:%G %m\n"))
                .succeeded()
                .text();
    }

    // ---- --groups-of

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # before                                              | options                                        | groups     | part of the errors
            mknod /dev/card c 1 3; chgrp 44 /dev/card             | --groups-of /dev/card                          | 9999 44    | none
            mknod /dev/disk9 b 7 9; chgrp 6 /dev/disk9            | --groups-of /dev/disk9 --groups 7              | 9999 6 7   | none
            install -d -g 50 /srv/d                               | --groups-of /srv/d                             | 9999 50    | none
            mkdir /run/e; perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "/run/e/x.sock", Listen => 1)'; chgrp 51 /run/e/x.sock | --groups-of /run/e/x.sock | 9999 51 | none
            mkdir /run/e; perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "/run/e/docker.sock", Listen => 1)'; chgrp 51 /run/e/docker.sock | --groups-of /run/e/docker.sock | 9999 51 | WARN stepdown - --groups-of /run/e/docker.sock is a container engine's socket: whoever may talk to it is root on the host
            ln -s card /dev/l; mknod /dev/card c 1 3; chgrp 44 /dev/card | --groups-of /dev/l                      | 9999 44    | none
            none                                                  | --groups-of /dev/card                          | 9999       | WARN stepdown - --groups-of /dev/card does not exist: the product gets no group for it
            mknod /dev/card c 1 3; chgrp 44 /dev/card; export STEPDOWN_GROUPS_OF=/dev/card:/dev/none | none        | 9999 44    | WARN stepdown - --groups-of /dev/none does not exist
            none                                                  | --groups-of /dev/null                          | none       | --groups-of /dev/null is refused: it is of group 0, which is root's
            mknod /dev/card c 1 3; chgrp 65534 /dev/card          | --groups-of /dev/card                          | none       | it is of group 65534, which may stand for any id
            install -g 44 /dev/null /srv/f                        | --groups-of /srv/f                             | none       | --groups-of /srv/f is refused: it is no device, socket or folder
            mkfifo /srv/f; chgrp 44 /srv/f                        | --groups-of /srv/f                             | none       | it is no device, socket or folder
            mknod /dev/card c 1 3; chgrp 44 /dev/card; ln -s card /dev/l; chown -h 5 /dev/l | --groups-of /dev/l   | none       | leads through the link /dev/l,
            install -d -o 5 /srv/u; mknod /srv/u/c c 1 3; chgrp 44 /srv/u/c | --groups-of /srv/u/c                 | none       | leads through /srv/u,
            mknod /dev/shm/c c 1 3; chgrp 44 /dev/shm/c           | --groups-of /dev/shm/c                         | none       | leads through /dev/shm,
            none                                                  | --groups-of dev                                | none       | --groups-of=dev is not an absolute path
            """)
    void the_group_of_what_is_given_to_the_container_is_the_products(
            @Nullable String before, @Nullable String options, @Nullable String groups, @Nullable String part) {
        Finished finished = run(null, before, options);
        if (groups == null) {
            finished.refused(String.valueOf(part));
        } else {
            assertThat(finished.succeeded().text()).isEqualTo("9031:9999 " + groups);
            assertThat(finished.errors()).startsWith(part == null ? "" : part).hasLineCount(part == null ? 0 : 1);
        }
    }

    @Test
    void verify_asks_for_the_ids_and_groups_of_what_is_there_and_a_user_keeps_its_own() {
        String stepdown = "/opt/stepdown/bin/stepdown";
        String code = """
                install -d -o 1234 -g 2345 /srv/x; install -d -g 50 /srv/d; install -d -g 51 /srv/e
                export PING_CONTAINER_UID=owner:/srv/x STEPDOWN_GROUPS_OF=/srv/d
                %1$s --dry-run --json -- true | cut -d, -f2-5
                %1$s --log error -- sleep 60 & until grep -qx sleep /proc/$!/comm; do :; done
                %1$s --verify $! | sed -n 2,4p; chown 700 /srv/x; STEPDOWN_GROUPS_OF=/srv/e %1$s --verify $! | sed -n '2p;4p'
                setpriv --reuid 901 --clear-groups %1$s -- true; %1$s --prepare-only --groups-of /srv/none; kill $!; exit 0
                """.formatted(stepdown);
        Finished finished = Launch.of(flavour)
                .flags("--entrypoint sh")
                .option("-c", code)
                .run()
                .succeeded();
        assertThat(finished.lines())
                .containsExactly(
                        "\"uid\":1234,\"gid\":2345,\"groups\":[50,2345]".replace(",2345]", ", 2345]"),
                        "  yes  user id is 1234",
                        "  yes  group id is 2345",
                        "  yes  supplementary groups is 50,2345",
                        "  NO   user id is 1234, not 700",
                        "  NO   supplementary groups is 50,2345, not 50,51,2345");
        assertThat(finished.errorLines())
                .containsExactly(
                        "WARN stepdown - --groups, --groups-of and --init-groups are not followed: the container was started as 901, not as root; give it groups with --group-add, in a pod with supplementalGroups",
                        "INFO stepdown - uid=901 gid=0(root) groups=none; true",
                        "INFO stepdown - prepared for uid=700 gid=2345");
    }

    // ---- --umask

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                               | options       | umask and mode of a new file
            none                                  | none          | 0022 644
            none                                  | --umask 027   | 0027 640
            none                                  | --umask 0077  | 0077 600
            -e STEPDOWN_UMASK=002                 | none          | 0002 664
            -e STEPDOWN_UMASK=002                 | --umask 077 --log error | 0077 600
            --user 5000:6000                      | --umask 077   | 0077 600
            -e PING_CONTAINER_PRIVILEGED=true     | --umask 077 --log error | 0077 600
            """)
    void the_umask_is_the_one_asked_for(@Nullable String flags, @Nullable String options, String expected) {
        Finished finished = Launch.of(flavour)
                .flags(flags)
                .options("--log warn --writable /srv/made")
                .options(flags != null && flags.startsWith("--user") ? "--ownership off --log error" : null)
                .options(options)
                .run(
                        "sh",
                        "-c",
                        "touch /tmp/x; echo $(umask) $(stat -c %a /tmp/x) $(stat -c %a /srv/made 2>/dev/null || echo 750)");
        assertThat(finished.succeeded().text()).isEqualTo(expected + " 750");
        assertThat(finished.errors()).isEmpty();
    }
}
