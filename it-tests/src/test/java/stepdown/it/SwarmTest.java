package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

/**
 * In the second engine of root's: the only one that a swarm can be made of without anybody noticing, and a user's has
 * none.
 */
@EachFlavour
class SwarmTest {
    @Parameter
    Flavour flavour;

    @Test
    void a_secret_of_a_swarm_is_readable_where_it_is_for_the_user_and_as_a_credential() {
        String service = "secrets-" + flavour.tag();
        Need.SWARM.ask();
        SecondEngine engine = SecondEngine.of(Need.REMAPPED);
        // By the other flavour's test perhaps.
        Finished begun = engine.run("swarm", "init", "--advertise-addr", "127.0.0.1");
        if (engine.run("node", "ls").exit() != 0) {
            Need.SWARM.isMissing("no swarm on this machine: " + begun);
        }
        for (String secret : List.of("users", "roots")) {
            Docker.run("of " + secret, engine.words("secret", "create", secret + service, "-"))
                    .succeeded();
        }
        List<String> create = new ArrayList<>(List.of("service", "create", "-d", "--name", service));
        create.addAll(List.of("--network", "bridge", "--restart-condition", "none", "--no-resolve-image"));
        create.addAll(List.of("--secret", "source=users" + service + ",target=users,uid=9031,gid=9999,mode=0400"));
        create.addAll(List.of("--secret", "source=roots" + service + ",target=roots,mode=0400"));
        create.addAll(List.of(Images.probe(flavour), "--log", "warn", "--credential", "copy=/run/secrets/roots"));
        create.addAll(List.of("--", "sh", "-c"));
        create.add(
                "cat $CREDENTIALS_DIRECTORY/copy && echo && cat /run/secrets/users && echo && cat /run/secrets/roots 2>/dev/null || stat -c '%u:%g %a' /run/secrets/*");
        engine.run(create.toArray(String[]::new)).succeeded();
        Finished logs = engine.run("service", "logs", "--raw", service);
        for (Instant end = Instant.now().plus(SecondEngine.PATIENCE);
                logs.lines().size() < 4 && Instant.now().isBefore(end); ) {
            SecondEngine.pause();
            logs = engine.run("service", "logs", "--raw", service);
        }
        assertThat(logs.lines())
                .as("what the service says: %s", logs)
                .containsExactly("of roots", "of users", "0:0 400", "9031:9999 400");
    }
}
