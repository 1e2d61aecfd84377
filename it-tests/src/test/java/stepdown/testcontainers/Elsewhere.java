package stepdown.testcontainers;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.testcontainers.containers.ContainerState;

/** What the library does where /proc is not that of the engine's machine: with another folder in its place. */
public final class Elsewhere {
    private Elsewhere() {}

    public static ProductWait product(Path proc) {
        return new ProductWait(proc);
    }

    public static ProcessAssert assertThat(ContainerState container, Path proc) {
        return new ProcessAssert(new Engine(container), proc);
    }

    /** What /proc shows. */
    public static List<String> shown(ContainerState container) throws Exception {
        Engine engine = new Engine(container);
        return lines(new Host(Host.PROC, engine.inspect()).look());
    }

    /** What a command in the container finds. */
    public static List<String> executed(ContainerState container) throws Exception {
        Engine engine = new Engine(container);
        return lines(new Executed(engine, engine.inspect()).look());
    }

    /** What can be asserted, thread by thread: how they are numbered, and in which order they come, is not compared. */
    private static List<String> lines(Sight sight) {
        List<String> lines = new ArrayList<>(List.of(sight.process()));
        for (Finding finding : sight.findings()) {
            if (Host.LINES.containsKey(finding.what())) {
                lines.add(finding.what() + (finding.thread().isEmpty() ? "" : " of thread " + finding.thread()) + " is "
                        + finding.found());
            }
        }
        return lines;
    }
}
