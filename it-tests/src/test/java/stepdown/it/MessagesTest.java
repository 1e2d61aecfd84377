package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each refusal word for word: whoever sees only that line knows what was wrong, the value, and what to do. */
@EachFlavour
class MessagesTest {
    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # variable                     | words                                                | the line
            PING_CONTAINER_UID=0x10        | -- id                                                | PING_CONTAINER_UID=0x10 is not a number from 1 to 4294967294, without sign, blanks or leading zeros
            PING_CONTAINER_UID=0           | -- id                                                | PING_CONTAINER_UID=0 is root: to stay root, set PING_CONTAINER_PRIVILEGED=true
            PING_CONTAINER_GID=-1          | -- id                                                | PING_CONTAINER_GID=-1 is not a number from 0 to 4294967294, without sign, blanks or leading zeros
            PING_CONTAINER_UNAME=Ping      | -- id                                                | PING_CONTAINER_UNAME=Ping is not a name of at most 32 of a-z, 0-9, _ and -, beginning with a letter or _
            PING_CONTAINER_GNAME=a,b       | -- id                                                | PING_CONTAINER_GNAME=a,b is not a name of at most 32 of a-z, 0-9, _ and -, beginning with a letter or _
            PING_CONTAINER_PRIVILEGED=yes  | -- id                                                | PING_CONTAINER_PRIVILEGED=yes is not true or false
            PING_CONTAINER_PRIVILEGED=true | --no-privileged -- id                                | PING_CONTAINER_PRIVILEGED=true is not allowed by this image (--no-privileged): leave it out
            PING_CONTAINER_UNAME=daemon    | -- id                                                | the user name daemon belongs to uid 1 in /etc/passwd and cannot mean uid 9031 as well: set another user name, or the uid that it has
            STEPDOWN_STRICT=1              | -- id                                                | STEPDOWN_STRICT=1 is not true or false
            STEPDOWN_LOG=loud              | -- id                                                | STEPDOWN_LOG=loud is not one of error, warn, info, debug
            STEPDOWN_GROUPS=4,x            | -- id                                                | STEPDOWN_GROUPS=x is not a number from 1 to 4294967294, without sign, blanks or leading zeros
            STEPDOWN_WRITABLE=/data:data   | -- id                                                | STEPDOWN_WRITABLE=data is not an absolute path
            none                           | --writeable /data -- id                              | unknown option --writeable: did you mean --writable? (the product's own options come after its command, or after --)
            none                           | --strip x -- id                                      | --strip=x is not one of o, go, none
            none                           | --ownership sometimes -- id                          | --ownership=sometimes is not one of mismatch, root, off
            none                           | --keep-fd 2 -- id                                    | --keep-fd=2 is not a descriptor from 3 on (0 to 2 are always kept)
            none                           | --env-prefix acme -- id                              | --env-prefix=acme is not a variable's name of A-Z, 0-9 and _, and not STEPDOWN, which is taken
            none                           | --home /a:b -- id                                    | --home=/a:b is not an absolute path without : and control characters
            none                           | --shell sh -- id                                     | --shell=sh is not an absolute path without : and control characters
            none                           | --exclude data -- id                                 | --exclude=data is not an absolute path
            none                           | --writable / -- id                                   | writable path / is refused: the root folder is everything; name the folders that the product writes to
            none                           | --writable /etc -- id                                | writable path /etc is refused: the folder itself must stay root's; name a folder below it
            none                           | --writable /opt -- id                                | writable path /opt is refused: stepdown itself is in /opt/stepdown, which must stay root's; name a folder beside it
            none                           | --writable /proc/1 -- id                             | writable path /proc/1 is refused: everything at or below /proc must stay root's; let the product write elsewhere
            none                           | --writable /etc/shadow -- id                         | writable path /etc/shadow is refused: whoever can write the account files is root; remove it
            none                           | --writable /run/docker.sock -- id                    | writable path /run/docker.sock is refused: whoever can write to a container engine's socket is root on the host; remove it
            none                           | --keep-cap NET_BIND -- id                            | --keep-cap=NET_BIND is not a capability: did you mean NET_BIND_SERVICE?
            none                           | --keep-cap SETUID -- id                              | --keep-cap=SETUID amounts to root, and is never kept: leave it out
            none                           | --keep-cap SYS_TIME -- id                            | missing CAP_SYS_TIME: add it with --cap-add=SYS_TIME (in a pod: capabilities.add: [SYS_TIME]), or leave out --keep-cap SYS_TIME
            none                           | --keep-bounding-set --allow-new-privileges -- id     | --keep-bounding-set needs no_new_privs: leave out --allow-new-privileges
            none                           | --                                                   | no command to become: give one after the options (in a Dockerfile: CMD), or --prepare-only
            none                           | --prepare-only -- id                                 | --prepare-only ends without a product: leave out the command, or the option
            none                           | --verify x                                           | --verify takes one process id, not [x]
            """)
    void a_refused_start_says_this_line(@Nullable String variable, String words, String line) {
        Workshop workshop = Workshop.of(flavour);
        Workshop asked = variable == null
                ? workshop
                : workshop.env(
                        variable.substring(0, variable.indexOf('=')), variable.substring(variable.indexOf('=') + 1));
        Finished finished = asked.run(words.split(" ")).exited(125);
        String own = flavour == Flavour.NATIVE ? "in /opt/stepdown/bin/stepdown," : "in /opt/stepdown,";
        String expected = "ERROR stepdown - " + line.replace("in /opt/stepdown,", own) + "\n";
        assertThat(finished.errors()).isEqualTo(expected);
        workshop.unchanged();
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # flags                                                  | words                    | code | the line
            --cap-drop SETUID                                        | -- id                    | 125  | missing CAP_SETUID: add it with --cap-add=SETUID (in a pod: capabilities.add: [SETUID]), or start the container as the user (--user 9031:9999)
            --cap-drop SETGID                                        | -- id                    | 125  | missing CAP_SETGID: add it with --cap-add=SETGID (in a pod: capabilities.add: [SETGID]), or start the container as the user (--user 9031:9999)
            --cap-drop SETPCAP                                       | -- id                    | 125  | missing CAP_SETPCAP: add it with --cap-add=SETPCAP (in a pod: capabilities.add: [SETPCAP]), or leave the bounding set alone with --keep-bounding-set
            --cap-drop CHOWN                                         | --writable /srv/x -- id  | 125  | missing CAP_CHOWN: add it with --cap-add=CHOWN (in a pod: capabilities.add: [CHOWN]), or use --ownership off
            -e PATH=/bin                                             | -- no-such-command       | 127  | no-such-command: not found in PATH as this user: check the name, PATH, and that the user may enter its folders
            none                                                     | -- /no/such/command      | 127  | /no/such/command: not found
            none                                                     | -- /etc/passwd           | 126  | /etc/passwd: permission denied: is it an executable file, on a mount without noexec, in folders that the user may enter?
            """)
    void a_refused_container_says_this_line(@Nullable String flags, String words, int code, String line) {
        Finished finished =
                Launch.of(flavour).flags(flags).options("--log warn " + words).run();
        assertThat(finished.exited(code).errors()).isEqualTo("ERROR stepdown - " + line + "\n");
    }
}
