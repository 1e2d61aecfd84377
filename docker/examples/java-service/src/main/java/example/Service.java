package example;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Keeps notes in a volume: everybody may read them, and who knows the token may add one. It knows nothing of stepdown but the folder with its token,
 * {@code CREDENTIALS_DIRECTORY}, as systemd names it, too.
 */
final class Service {
    private static final int PORT = 8080;
    private static final int LONGEST_NOTE = 1000;
    private static final Path NOTES = Path.of("/var/lib/service/notes");

    private final byte[] authorization;

    private Service(String token) {
        authorization = ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) throws IOException {
        String token = Files.readString(Path.of(System.getenv("CREDENTIALS_DIRECTORY"), "token")).strip();
        if (token.isEmpty()) {
            throw new IllegalStateException("the token is empty");
        }
        if (Files.notExists(NOTES)) {
            Files.createFile(NOTES);
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(PORT), 0);
        server.createContext("/notes", new Service(token)::notes);
        // TERM, which process 1 gets itself, lets open requests end.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(1)));
        server.start();
        System.out.println("listening on " + PORT + " as " + System.getProperty("user.name"));
    }

    private void notes(HttpExchange exchange) throws IOException {
        try (exchange) {
            switch (exchange.getRequestMethod()) {
                case "GET" -> answer(exchange, 200, Files.readAllBytes(NOTES));
                case "POST" -> add(exchange);
                default -> answer(exchange, 405, new byte[0]);
            }
        }
    }

    private void add(HttpExchange exchange) throws IOException {
        String given = exchange.getRequestHeaders().getFirst("Authorization");
        // In the same time however much of it is right.
        if (given == null || !MessageDigest.isEqual(authorization, given.getBytes(StandardCharsets.UTF_8))) {
            answer(exchange, 403, new byte[0]);
            return;
        }
        String note = new String(exchange.getRequestBody().readNBytes(LONGEST_NOTE), StandardCharsets.UTF_8);
        Files.writeString(NOTES, note.replaceAll("\\R", " ") + "\n", StandardOpenOption.APPEND);
        answer(exchange, 201, new byte[0]);
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }
}
