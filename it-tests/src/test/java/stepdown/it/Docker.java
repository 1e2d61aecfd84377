package stepdown.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The docker command line, for what runs to its end: its flags are what users type, and stand so in the tables of
 * tests. A client library is as quick, but Testcontainers can neither end a container's standard input, nor tell exit
 * codes 126 and 127 from its own failure to start, nor hand on output that is not UTF-8.
 */
final class Docker {
    /** Marks the containers of this run, so that {@code it-tests/run} can remove what an aborted one left. */
    static final String LABEL = "stepdown.it=" + System.getenv().getOrDefault("STEPDOWN_IT_RUN", "by-hand");

    private static final long SECONDS = 900;

    /**
     * Not the common pool: on two processors it has one thread, and a command that runs for long would keep all others
     * waiting.
     */
    private static final ExecutorService READERS =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());

    private Docker() {}

    static Finished docker(List<String> arguments) {
        return docker("", arguments);
    }

    static Finished docker(String... arguments) {
        return docker("", List.of(arguments));
    }

    /** The output of a command that has to succeed, without its last newline. */
    static String must(String... arguments) {
        return docker("", List.of(arguments)).succeeded().text();
    }

    static Finished docker(String input, List<String> arguments) {
        return run(input, Stream.concat(Stream.of("docker"), arguments.stream()).toList());
    }

    /** Any other command of the machine's. */
    static Finished run(String input, List<String> command) {
        try {
            Process process = new ProcessBuilder(command).start();
            CompletableFuture<byte[]> output =
                    CompletableFuture.supplyAsync(() -> all(process.getInputStream()), READERS);
            CompletableFuture<byte[]> errors =
                    CompletableFuture.supplyAsync(() -> all(process.getErrorStream()), READERS);
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("no end after " + SECONDS + " seconds: " + command);
            }
            return new Finished(command, process.exitValue(), output.join(), text(errors.join()), List.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted: " + command, e);
        }
    }

    private static byte[] all(InputStream stream) {
        try (stream) {
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
