package stepdown.testcontainers;

import com.github.dockerjava.api.command.InspectContainerResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.testcontainers.containers.Container;

/**
 * What {@code stepdown --verify --json} finds in the container: with any engine, and nothing in the image but stepdown.
 */
final class Executed {
    /**
     * So that all is told that is told in any container, whatever its variables ask for: an empty one counts as unset.
     */
    private static final List<String> UNSET = List.of(
            "PING_CONTAINER_PRIVILEGED",
            "PING_CONTAINER_UID",
            "PING_CONTAINER_GID",
            "STEPDOWN_ALLOW_NEW_PRIVILEGES",
            "STEPDOWN_GROUPS_OF");

    private static final String TEXT = "\"((?:[^\"\\\\]|\\\\.)*)\"";
    private static final Pattern MEMBER =
            Pattern.compile("\"(pid|command|what|asked|found|right)\":(?:" + TEXT + "|([a-z0-9]+))");
    private static final Pattern THREAD = Pattern.compile("(.*) of thread ([0-9]+)");

    private final Engine engine;
    private final InspectContainerResponse at;

    Executed(Engine engine, InspectContainerResponse at) {
        this.engine = engine;
        this.at = at;
    }

    Sight look() throws Unseen {
        List<Map<String, String>> answer = ask(Map.of());
        List<Finding> findings = new ArrayList<>();
        for (Map<String, String> line : answer.subList(1, answer.size())) {
            Matcher thread = THREAD.matcher(line.get("what"));
            boolean ofOne = thread.matches();
            String what = ofOne ? thread.group(1) : line.get("what");
            if (what.matches("process .*|what was asked for")
                    && line.get("right").equals("false")) {
                throw new Unseen(what + " is " + line.get("found"));
            }
            findings.add(new Finding(what, ofOne ? thread.group(2) : "", line.get("found")));
        }
        Map<String, String> process = answer.get(0);
        return new Sight(
                "process " + process.get("pid") + " (" + process.get("command") + ")", "stepdown --verify", findings);
    }

    /**
     * No command line is told. But a Java runtime of stepdown's has files of its own open until it is the product, and
     * a script, or a shell, that comes before stepdown bears the name of what the container was told to run.
     *
     * @return what still runs in place of the product; nothing where the product runs
     */
    Optional<String> before() throws Unseen {
        List<Map<String, String>> answer = ask(Map.of());
        String command = answer.get(0).get("command");
        String told = at.getPath().replaceFirst(".*/", "");
        boolean ahead = command.equals("stepdown")
                || command.startsWith("runc:[")
                || !Host.INITS_OF_IMAGES.contains(command)
                        && command.equals(told.substring(0, Math.min(told.length(), 15)));
        for (Map<String, String> line : answer) {
            ahead |= "descriptors of stepdown".equals(line.get("what"))
                    && line.get("found").startsWith("/");
        }
        return ahead ? Optional.of(command) : Optional.empty();
    }

    /** By what it takes for the ids to ask for. */
    String owner(String path) throws Unseen {
        String of = "owner:" + path;
        List<Map<String, String>> answer = ask(Map.of("PING_CONTAINER_UID", of, "PING_CONTAINER_GID", of));
        String user = "";
        String group = "";
        for (Map<String, String> line : answer) {
            if ("what was asked for".equals(line.get("what"))) {
                throw new Unseen(line.get("found"));
            }
            user = Finding.USER.equals(line.get("what")) ? line.get("asked") : user;
            group = Finding.GROUP.equals(line.get("what")) ? line.get("asked") : group;
        }
        return user + ":" + group;
    }

    /** The process, then each finding. */
    private List<Map<String, String>> ask(Map<String, String> more) throws Unseen {
        Map<String, String> variables = new HashMap<>();
        UNSET.forEach(name -> variables.put(name, ""));
        variables.putAll(more);
        String stepdown = Engine.stepdown(at);
        Container.ExecResult result = engine.exec(variables, stepdown, "--verify", "--json");
        if (!result.getStdout().startsWith("{\"version\":1,")) {
            throw new Unseen(stepdown + " --verify ended with " + result.getExitCode() + ": ["
                    + (result.getStderr() + result.getStdout()).strip() + "]");
        }
        List<Map<String, String>> answer = new ArrayList<>(List.of(new HashMap<>()));
        Matcher member = MEMBER.matcher(result.getStdout());
        while (member.find()) {
            if (member.group(1).equals("what")) {
                answer.add(new HashMap<>());
            }
            String text =
                    member.group(2) == null ? member.group(3) : member.group(2).replaceAll("\\\\(.)", "$1");
            answer.get(answer.size() - 1).put(member.group(1), text);
        }
        return answer;
    }
}
