package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * One container of each flavour in which starts are tried that must change nothing: four times quicker than a container
 * for each.
 *
 * @param flags those of {@code docker exec}
 */
record Workshop(String id, List<String> flags) {
    private static final Map<Flavour, String> OPEN = new ConcurrentHashMap<>();

    static Workshop of(Flavour flavour) {
        return new Workshop(OPEN.computeIfAbsent(flavour, Workshop::open), List.of());
    }

    private static String open(Flavour flavour) {
        String id = Docker.must(
                "run",
                "-d",
                "--rm",
                "--network=none",
                "--label",
                Docker.LABEL,
                "--entrypoint",
                "sleep",
                Images.probe(flavour),
                "3600");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Docker.docker("rm", "-f", id)));
        return id;
    }

    Workshop env(String name, String value) {
        return new Workshop(id, joined(flags, List.of("-e", name + "=" + value)));
    }

    /** The entrypoint with these words, not as process 1. */
    Finished run(String... words) {
        List<String> command = new ArrayList<>(List.of("exec"));
        command.addAll(flags);
        command.addAll(List.of(id, "/opt/stepdown/bin/stepdown"));
        return Docker.docker(joined(command, List.of(words)));
    }

    Finished shell(String code) {
        return Docker.docker("exec", id, "sh", "-c", code);
    }

    void unchanged() {
        assertThat(Docker.must("diff", id)).as("changes in the container").isEmpty();
    }

    private static List<String> joined(List<String> first, List<String> second) {
        return Stream.concat(first.stream(), second.stream()).toList();
    }
}
