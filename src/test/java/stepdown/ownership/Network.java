package stepdown.ownership;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import stepdown.Need;

/** A folder seen through it-tests/latency/latencyfs.c, where owners and modes of some entries can never be changed. */
final class Network {
    private Network() {}

    /** Unmounted with the scene, which ends it. */
    static Path mount(Scene scene, Path folder, Path on) throws IOException {
        Need.FUSE.ask();
        Path program = scene.root.resolveSibling("latencyfs");
        try {
            Scene.run("it-tests/latency/build", program.toString());
        } catch (UncheckedIOException e) {
            Need.FUSE.isMissing(e.getMessage().strip());
        }
        Process process = new ProcessBuilder(program.toString(), folder.toString(), on.toString(), "0", "100000")
                .redirectErrorStream(true)
                .start();
        String said = process.inputReader().readLine();
        if (!"ready".equals(said)) {
            Need.FUSE.isMissing("cannot be mounted: " + said);
        }
        scene.mounted(on, process);
        return on;
    }
}
