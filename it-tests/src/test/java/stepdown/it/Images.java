package stepdown.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The images of the tests, each built once a run with the engine's cache. */
final class Images {
    /** A folder that was linked from the JDK of a newer release does not start on an older one. */
    private static final String BASE = "debian:" + (Flavour.JVM.fits("2.36") ? "bookworm" : "trixie") + "-slim";

    private static final Map<String, String> BUILT = new ConcurrentHashMap<>();

    private Images() {}

    /** Nothing but the folder, for {@code COPY --from}. */
    static String stepdown(Flavour flavour) {
        String dockerfile = "FROM scratch\nCOPY . /opt/stepdown\n";
        return BUILT.computeIfAbsent(
                "stepdown-it/stepdown:" + flavour.tag(),
                tag -> build(tag, dockerfile, "-f", "-", flavour.folder().toString()));
    }

    /** What the JVM flavour's own Dockerfile makes of the source, with a base that no registry has to give. */
    static String built() {
        return BUILT.computeIfAbsent("stepdown-it/built:jvm", tag -> {
            List<String> arguments = new ArrayList<>(List.of("-f", "../docker/jvm.Dockerfile"));
            arguments.addAll(localJdk());
            arguments.add("..");
            return build(tag, "", arguments.toArray(String[]::new));
        });
    }

    /** The build arguments of {@code docker/jvm.Dockerfile} that give it this machine's JDK. */
    static List<String> localJdk() {
        return List.of(Docker.run("", List.of("../docker/jdk-image", "--local"))
                .succeeded()
                .text()
                .split(" "));
    }

    /** Debian with stepdown as its entrypoint. */
    static String probe(Flavour flavour) {
        return folder(flavour, "probe", Path.of("images", "probe"));
    }

    /** An example that image authors are given. */
    static String example(Flavour flavour, String name) {
        return folder(flavour, name, Path.of("..", "docker", "examples", name));
    }

    /** An example with a few more instructions. */
    static String exampleWith(Flavour flavour, String name, String... instructions) {
        return with(example(flavour, name), name, flavour, instructions);
    }

    /** An image made of a folder with a Dockerfile. */
    static String folder(Flavour flavour, String name, Path folder) {
        String stepdown = stepdown(flavour);
        return BUILT.computeIfAbsent(
                "stepdown-it/" + name + ":" + flavour.tag(),
                tag -> build(
                        tag,
                        "",
                        "--build-arg",
                        "STEPDOWN=" + stepdown,
                        "--build-arg",
                        "BASE=" + BASE,
                        folder.toString()));
    }

    /** The probe image with a few more instructions. */
    static String probeWith(Flavour flavour, String... instructions) {
        return with(probe(flavour), "probe", flavour, instructions);
    }

    /** The probe image on another release of Debian. */
    static String probeOn(String release, Flavour flavour) {
        String stepdown = stepdown(flavour);
        String base = "debian:" + release + "-slim";
        return BUILT.computeIfAbsent(
                "stepdown-it/probe-" + release + ":" + flavour.tag(),
                tag -> build(
                        tag, "", "--build-arg", "STEPDOWN=" + stepdown, "--build-arg", "BASE=" + base, "images/probe"));
    }

    /** One of its own making. */
    static String made(String name, Flavour flavour, String dockerfile) {
        return BUILT.computeIfAbsent("stepdown-it/" + name + ":" + flavour.tag(), tag -> build(tag, dockerfile, "-"));
    }

    private static String with(String image, String name, Flavour flavour, String... instructions) {
        String dockerfile = "FROM " + image + "\n" + String.join("\n", instructions) + "\n";
        return BUILT.computeIfAbsent(
                "stepdown-it/%s-%08x:%s".formatted(name, dockerfile.hashCode(), flavour.tag()),
                tag -> build(tag, dockerfile, "-"));
    }

    /** The image without stepdown, to compare with. */
    static String base() {
        return BASE;
    }

    private static String build(String tag, String dockerfile, String... arguments) {
        List<String> command = new ArrayList<>(List.of("build", "-q", "-t", tag));
        command.addAll(List.of(arguments));
        Docker.docker(dockerfile, command).succeeded();
        return tag;
    }
}
