package stepdown.testcontainers;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.exception.NotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.ContainerState;
import org.testcontainers.containers.ExecConfig;

/** A container, as its engine tells of it. */
final class Engine {
    private static final Pattern STEPDOWN = Pattern.compile("(?:^|\\s)(/\\S*/bin/stepdown)(?=\\s|$)");
    private static final String USUAL = "/opt/stepdown/bin/stepdown";
    private static final Pattern REFUSAL = Pattern.compile("(?m)^ERROR stepdown - .*$");
    private static final int TAIL = 500;

    private final ContainerState container;
    private String name;

    Engine(ContainerState container) {
        this.container = container;
        this.name = "a container that was not started";
    }

    /** @throws Unseen where it does not run, with how it ended */
    InspectContainerResponse inspect() throws Unseen {
        String id = container.getContainerId();
        if (id == null) {
            throw new Unseen("it was not started");
        }
        name = "container " + id.substring(0, Math.min(id.length(), 12));
        try {
            InspectContainerResponse at = container.getCurrentContainerInfo();
            InspectContainerResponse.ContainerState state = at.getState();
            boolean paused = Boolean.TRUE.equals(state.getPaused());
            name += " (" + at.getName() + ", of " + at.getConfig().getImage() + (paused ? ", paused)" : ")");
            if (Boolean.TRUE.equals(state.getRunning())) {
                return at;
            }
            throw new Unseen("created".equals(state.getStatus()) ? "it was not started" : end(state));
        } catch (NotFoundException e) {
            throw new Unseen("it is not there any more");
        }
    }

    private String end(InspectContainerResponse.ContainerState state) {
        String log = container.getLogs().strip();
        Matcher refusal = REFUSAL.matcher(log);
        return refusal.find()
                ? "stepdown refused the start with " + state.getExitCodeLong() + ": " + refusal.group()
                : "process 1 has ended with " + state.getExitCodeLong() + ", and stepdown refused nothing: ["
                        + log.substring(Math.max(0, log.length() - TAIL)) + "]";
    }

    /** What the container was told to run, with blanks between. */
    static String entry(InspectContainerResponse at) {
        List<String> words = new ArrayList<>(List.of(at.getPath()));
        words.addAll(List.of(at.getArgs()));
        return String.join(" ", words);
    }

    /** Where stepdown is: as the entrypoint says, or in its usual place. */
    static String stepdown(InspectContainerResponse at) {
        Matcher named = STEPDOWN.matcher(entry(at));
        return named.find() ? named.group(1) : USUAL;
    }

    /** One that the entrypoint names was there to be executed. */
    void demandStepdown() throws Unseen {
        if (STEPDOWN.matcher(entry(inspect())).find()) {
            return;
        }
        try {
            container
                    .getDockerClient()
                    .copyArchiveFromContainerCmd(container.getContainerId(), USUAL)
                    .exec()
                    .close();
        } catch (NotFoundException e) {
            throw new Unseen("the image has no " + USUAL);
        } catch (IOException e) {
            return; // what cannot be closed was there
        }
    }

    Container.ExecResult exec(Map<String, String> variables, String... command) throws Unseen {
        try {
            return container.execInContainer(
                    ExecConfig.builder().envVars(variables).command(command).build());
        } catch (IOException | RuntimeException e) {
            throw new Unseen("nothing can be executed: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unseen("interrupted");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
