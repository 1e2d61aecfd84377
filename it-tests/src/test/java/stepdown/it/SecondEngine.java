package stepdown.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One that maps the ids of its containers, made when it is first needed; ends with the tests.
 *
 * @param command what goes before the words of the docker command line
 * @param daemon null where every command does without
 */
record SecondEngine(
        Path folder, List<String> command, @Nullable Process daemon) {
    static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final Map<Need, SecondEngine> STARTED = new ConcurrentHashMap<>();

    static SecondEngine of(Need kind) {
        kind.ask();
        Need.ROOT.ask();
        if (!System.getProperty("user.name").equals("root")) {
            Need.ROOT.isMissing("only root can set up a second engine");
        }
        return STARTED.computeIfAbsent(kind, SecondEngine::start);
    }

    private static SecondEngine start(Need kind) {
        try {
            Path folder = Files.createTempDirectory("userns-engine");
            // The ids of the containers' root must be able to enter it.
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
            SecondEngine engine = kind == Need.ROOTLESS ? rootless(folder) : remapped(folder);
            Runtime.getRuntime().addShutdownHook(new Thread(engine::end));
            if (engine.daemon != null) {
                engine.await();
            }
            for (Flavour flavour : Flavour.built()) {
                engine.load(Images.probe(flavour));
            }
            return engine;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SecondEngine rootless(Path folder) {
        SecondEngine engine = new SecondEngine(folder, List.of("./rootless", folder.toString()), null);
        Finished asked = engine.run("version");
        if (asked.exit() != 0) {
            Need.ROOTLESS.isMissing("no rootless engine on this machine: " + asked);
        }
        return engine;
    }

    private static SecondEngine remapped(Path folder) throws IOException {
        Process daemon = new ProcessBuilder("./userns-engine", folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        return new SecondEngine(folder, List.of("docker", "-H", "unix://" + folder.resolve("docker.sock")), daemon);
    }

    private void await() throws IOException {
        Finished asked = run("version");
        for (Instant end = Instant.now().plus(PATIENCE); asked.exit() != 0; asked = run("version")) {
            if (!daemon.isAlive() || Instant.now().isAfter(end)) {
                Need.REMAPPED.isMissing("no second engine: " + asked + Files.readString(folder.resolve("log")));
            }
            pause();
        }
    }

    static void pause() {
        try {
            Thread.sleep(200);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    private void load(String image) throws IOException {
        Path archive = folder.resolve("image.tar");
        Docker.must("save", "-o", archive.toString(), image);
        Files.setPosixFilePermissions(archive, PosixFilePermissions.fromString("rw-r--r--"));
        run("load", "-i", archive.toString()).succeeded();
        Files.delete(archive);
    }

    Finished run(String... words) {
        return Docker.run("", words(words));
    }

    List<String> words(String... words) {
        return Stream.concat(command.stream(), Stream.of(words)).toList();
    }

    private void end() {
        try {
            if (daemon != null) {
                daemon.destroy();
                daemon.waitFor(30, TimeUnit.SECONDS);
            } else {
                // The process that holds its user namespace.
                new ProcessBuilder("pkill", "-KILL", "-u", "1500").start().waitFor();
            }
            new ProcessBuilder("rm", "-rf", "--one-file-system", folder.toString())
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
