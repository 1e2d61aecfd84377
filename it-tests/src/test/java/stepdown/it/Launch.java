package stepdown.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A container to be started through stepdown.
 *
 * @param flags those of {@code docker run}
 * @param before what runs as the container's first program and becomes stepdown, to make a state that no flag makes
 * @param options stepdown's own
 */
record Launch(String image, List<String> flags, List<String> before, List<String> options) {
    private static final String STEPDOWN = "/opt/stepdown/bin/stepdown";

    static Launch of(Flavour flavour) {
        return in(Images.probe(flavour));
    }

    static Launch in(String image) {
        return new Launch(image, List.of(), List.of(), List.of());
    }

    /** Flags of {@code docker run}, separated by blanks. */
    Launch flags(@Nullable String words) {
        return flag(words(words));
    }

    Launch flag(String... more) {
        return new Launch(image, joined(flags, more), before, options);
    }

    Launch env(String name, String value) {
        return flag("-e", name + "=" + value);
    }

    Launch env(Map<String, String> entries) {
        Launch launch = this;
        for (Map.Entry<String, String> entry : entries.entrySet()) {
            launch = launch.env(entry.getKey(), entry.getValue());
        }
        return launch;
    }

    /** Options of stepdown, separated by blanks. */
    Launch options(@Nullable String words) {
        return option(words(words));
    }

    Launch option(String... more) {
        return new Launch(image, flags, before, joined(options, more));
    }

    /** Shell code that runs first, in the process that becomes stepdown. */
    Launch shell(String code) {
        return before("sh", "-ec", code + "\nexec \"$@\"", "sh");
    }

    /** Perl code that runs first, in the process that becomes stepdown. */
    Launch perl(String code) {
        return before("perl", "-e", code + ";\nexec {$ARGV[0]} @ARGV or die $!", "--");
    }

    private Launch before(String... command) {
        return new Launch(image, flags, List.of(command), options);
    }

    /** Runs to its end and is gone. */
    Finished run(String... product) {
        return Docker.docker(command(List.of("--rm"), product));
    }

    /** Runs to its end; what it changed in its root file system is listed. */
    Finished runAndCompare(String... product) {
        String name = "stepdown-it-" + UUID.randomUUID();
        try {
            Finished finished = Docker.docker(command(List.of("--name", name), product));
            return finished.changed(Docker.docker("diff", name).succeeded().lines());
        } finally {
            Docker.docker("rm", "-fv", name);
        }
    }

    /** Runs until it is closed. */
    Running start(String... product) {
        return new Running(
                Docker.docker(command(List.of("-d"), product)).succeeded().text());
    }

    private List<String> command(List<String> manner, String... product) {
        List<String> command = new ArrayList<>(List.of("run", "--label", Docker.LABEL));
        command.addAll(manner);
        // Most need no network, and without one the engine is quicker.
        command.add(
                flags.stream().noneMatch(flag -> flag.startsWith("--network"))
                        ? "--network=none"
                        : "--label=networked");
        command.addAll(flags);
        List<String> arguments = new ArrayList<>();
        if (before.isEmpty()) {
            command.add(image);
        } else {
            command.addAll(List.of("--entrypoint", before.getFirst(), image));
            arguments.addAll(before.subList(1, before.size()));
            arguments.add(STEPDOWN);
        }
        arguments.addAll(options);
        if (product.length > 0) {
            arguments.add("--");
            arguments.addAll(List.of(product));
        }
        command.addAll(arguments);
        return command;
    }

    private static String[] words(@Nullable String text) {
        return text == null || text.isBlank() ? new String[0] : text.strip().split("\\s+");
    }

    private static List<String> joined(List<String> first, String... second) {
        return Stream.concat(first.stream(), Stream.of(second)).toList();
    }
}
