package stepdown.ownership;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import stepdown.kernel.Binding;
import stepdown.kernel.JffiBinding;
import stepdown.kernel.Linux;
import stepdown.ownership.Paths.Policy;
import stepdown.ownership.Scene.Ask;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;

/** What tests run in a process of its own: a walk that may be killed or starved, and somebody who swaps names in the tree meanwhile. */
final class Child {
    private static final int RENAME_EXCHANGE = 2;

    private Child() {}

    public static void main(String[] arguments) throws IOException {
        switch (arguments[0]) {
            case "walk" -> walk(arguments[1], Policy.valueOf(arguments[2]));
            case "swap" -> swap(arguments);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void walk(String tree, Policy policy) throws IOException {
        System.out.println("begun");
        Counts counts =
                Scene.apply(new Ask().writable(tree).policy(policy).paths()).total();
        String memory = Files.readString(Path.of("/proc/self/status")).replaceAll("(?s).*VmHWM:\\s*(\\d+) kB.*", "$1");
        System.out.println(counts.of(Kind.SEEN) + " " + counts.of(Kind.CHANGED) + " " + counts.of(Kind.ERRORS) + " "
                + memory + " " + counts.errors());
    }

    /** Exchanges random ones of the pairs given, for ever, and counts in a file that is mapped, so that others can see it at any moment. */
    private static void swap(String[] pairs) throws IOException {
        ByteBuffer swaps;
        try (FileChannel channel =
                FileChannel.open(Path.of(pairs[1]), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            swaps = inNativeOrder(channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES));
        }
        Binding binding = new JffiBinding();
        long exchange = binding.symbol("renameat2");
        List<long[]> names = new ArrayList<>();
        for (int i = 2; i < pairs.length; i += 2) {
            names.add(new long[] {text(binding, pairs[i]), text(binding, pairs[i + 1])});
        }
        System.out.println("begun");
        ThreadLocalRandom random = ThreadLocalRandom.current();
        while (true) {
            long[] pair = names.get(random.nextInt(names.size()));
            if (binding.call(exchange, Linux.AT_FDCWD, pair[0], Linux.AT_FDCWD, pair[1], RENAME_EXCHANGE, 0) << 32
                    == 0) {
                swaps.putLong(0, swaps.getLong(0) + 1);
            } else if (binding.errno() != 2) {
                throw new IllegalStateException("renameat2: errno " + binding.errno());
            }
        }
    }

    /** A number in this order is written at once, never byte by byte. */
    static ByteBuffer inNativeOrder(ByteBuffer mapped) {
        return mapped.order(ByteOrder.nativeOrder());
    }

    private static long text(Binding binding, String text) {
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        long address = binding.allocate(bytes.length + 1L);
        binding.put(address, bytes, 0, bytes.length);
        return address;
    }

    /** Starts this class in a JVM with the launcher's limits and waits for its first line. */
    static Process start(String shellPrefix, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", shellPrefix + "exec \"$@\"", "sh"));
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(List.of(
                "-Xmx32m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-MaxFDLimit",
                "--enable-native-access=ALL-UNNAMED"));
        String boot = System.getProperty("jffi.boot.library.path");
        if (boot != null) {
            command.add("-Djffi.boot.library.path=" + boot);
        }
        command.addAll(List.of(
                "-cp",
                System.getProperty("stepdown.test.classpath", System.getProperty("java.class.path")),
                Child.class.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        StringBuilder line = new StringBuilder();
        for (int next; (next = process.getInputStream().read()) != '\n'; line.append((char) next)) {
            if (next < 0) {
                throw new IOException("the child ended: " + line);
            }
        }
        return process;
    }
}
