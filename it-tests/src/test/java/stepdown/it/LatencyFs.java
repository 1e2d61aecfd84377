package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder of folders, mounted so that each call is a round trip: latency/latencyfs.c. Made anew for each test, and
 * gone when it is closed.
 */
final class LatencyFs implements AutoCloseable {
    static final int FOLDERS = 20;
    static final int ENTRIES = FOLDERS * 100;

    private final Path root = Files.createTempDirectory("latencyfs");
    private final Path program = root.resolve("latencyfs");
    private final Path tree = Files.createDirectory(root.resolve("tree"));
    private final Path mount = Files.createDirectory(root.resolve("mount"));
    private final Path hold = root.resolve("hold");

    LatencyFs() throws IOException {
        Need.ROOT.ask();
        Need.FUSE.ask();
        Finished built = build(program);
        if (built.exit() != 0) {
            Need.FUSE.isMissing(built.errors().strip());
        }
        for (int i = 0; i < FOLDERS; i++) {
            Path folder = Files.createDirectory(tree.resolve("folder-" + i));
            for (int k = 1; k < ENTRIES / FOLDERS; k++) {
                Files.createFile(folder.resolve("file-" + k));
            }
        }
    }

    /** One at a time: it may have to install packages. */
    private static synchronized Finished build(Path program) {
        return Docker.run("", List.of("latency/build", program.toString()));
    }

    /** What the kernel knows of the tree is forgotten. */
    Mounted mount(int microseconds, int cacheSeconds) throws IOException {
        Process process = new ProcessBuilder(Stream.of(program, tree, mount, microseconds, cacheSeconds, hold)
                        .map(Object::toString)
                        .toList())
                .redirectErrorStream(true)
                .start();
        BufferedReader output = process.inputReader();
        String said = output.readLine();
        if (!"ready".equals(said)) {
            Need.FUSE.isMissing("cannot be mounted: " + said);
        }
        return new Mounted(process, output, mount);
    }

    /** An entry beside the folders, whose owner nobody can change until {@link #release}. */
    void hold() throws IOException {
        Files.createFile(tree.resolve("held"));
        Files.createFile(hold);
    }

    void release() throws IOException {
        Files.deleteIfExists(hold);
    }

    /**
     * What is not the user's or may be used by others, seen without the latency: paths below the tree, the tree itself
     * as nothing.
     */
    List<String> wrong() {
        return Docker.run("", List.of("find", tree.toString(), "(", "!", "-user", "9031", "-o", "-perm", "/007", ")"))
                .succeeded()
                .lines()
                .stream()
                .map(path -> path.substring(tree.toString().length()))
                .sorted()
                .toList();
    }

    @Override
    public void close() throws IOException {
        release();
        Docker.run("", List.of("rm", "-rf", "--one-file-system", root.toString()))
                .succeeded();
    }

    /**
     * To be closed when nothing uses it any more.
     *
     * @param folder where it is
     */
    record Mounted(Process process, BufferedReader output, Path folder) implements AutoCloseable {

        /** What was asked for until now, as {@code all=12 peak=3 lookup=4 ...}; unmounts it. */
        String requests() throws IOException {
            // Not of the process itself, which would close its output.
            process.toHandle().destroy();
            String counts = output.readLine();
            assertThat(counts).as("counts").startsWith("all=");
            return counts;
        }

        static int count(String requests, String kind) {
            return Stream.of(requests.split(" "))
                    .filter(word -> word.startsWith(kind + "="))
                    .mapToInt(word -> Integer.parseInt(word.substring(kind.length() + 1)))
                    .sum();
        }

        @Override
        public void close() throws IOException {
            process.toHandle().destroy();
            output.transferTo(Writer.nullWriter());
        }
    }
}
