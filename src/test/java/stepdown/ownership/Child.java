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
import stepdown.kernel.Linux;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.ownership.Paths.Policy;
import stepdown.ownership.Scene.Ask;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;

/**
 * What tests run in a process of its own: a walk that may be killed or starved, and somebody who swaps names in the
 * tree meanwhile.
 */
final class Child {
    private static final int RENAME_EXCHANGE = 2;
    private static final int AT_REMOVEDIR = 0x200;

    private Child() {}

    public static void main(String[] arguments) throws IOException {
        switch (arguments[0]) {
            case "walk" -> walk(arguments[1], Policy.valueOf(arguments[2]), false);
            case "wait" -> walk(arguments[1], Policy.valueOf(arguments[2]), true);
            case "swap" -> swap(arguments);
            case "link", "over", "folder", "move" -> come(arguments[0], arguments);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** @param waits for a byte, before the walk and after all that a JVM starts by itself */
    private static void walk(String tree, Policy policy, boolean waits) throws IOException {
        // The library that calls C starts a thread of its own.
        Scene.KERNEL.memory();
        System.out.println("begun");
        if (waits && System.in.read() < 0) {
            throw new IOException("nobody wants the walk any more");
        }
        Counts counts = Scene.apply(new Ask().writable(tree).policy(policy)).total();
        String memory = Files.readString(Path.of("/proc/self/status")).replaceAll("(?s).*VmHWM:\\s*(\\d+) kB.*", "$1");
        System.out.println(counts.of(Kind.SEEN) + " " + counts.of(Kind.CHANGED) + " " + counts.of(Kind.ERRORS) + " "
                + memory + " " + counts.errors() + " files " + softFiles());
    }

    private static String softFiles() throws IOException {
        return Files.readString(Path.of("/proc/self/limits")).replaceAll("(?s).*Max open files\\s+(\\d+).*", "$1");
    }

    /**
     * Exchanges random ones of the pairs given, for ever, and counts in a file that is mapped, so that others can see
     * it at any moment.
     */
    private static void swap(String[] pairs) throws IOException {
        Attacker attacker = new Attacker(pairs[1]);
        List<long[]> names = attacker.pairs(pairs);
        ThreadLocalRandom random = ThreadLocalRandom.current();
        while (true) {
            long[] pair = names.get(random.nextInt(names.size()));
            attacker.call("renameat2", Linux.AT_FDCWD, pair[0], Linux.AT_FDCWD, pair[1], RENAME_EXCHANGE);
        }
    }

    /**
     * Does one thing after the other with the pairs given, each a file that is not in the tree and a name that is, for
     * ever.
     */
    private static void come(String how, String[] pairs) throws IOException {
        Attacker attacker = new Attacker(pairs[1]);
        List<long[]> names = attacker.pairs(pairs);
        long spare = attacker.text(how.equals("move") ? pairs[2] + "-parked" : pairs[3] + "-spare");
        for (int i = 0; ; i++) {
            long[] pair = names.get(i / 16 % names.size());
            switch (how) {
                case "link" -> {
                    attacker.call("linkat", Linux.AT_FDCWD, pair[0], Linux.AT_FDCWD, pair[1], 0);
                    attacker.call("unlinkat", Linux.AT_FDCWD, pair[1], 0, 0, 0);
                }
                case "over" -> {
                    attacker.call("linkat", Linux.AT_FDCWD, pair[0], Linux.AT_FDCWD, pair[1], 0);
                    attacker.call("mknodat", Linux.AT_FDCWD, spare, Linux.S_IFREG | 0644, 0, 0);
                    attacker.call("renameat", Linux.AT_FDCWD, spare, Linux.AT_FDCWD, pair[1], 0);
                    attacker.call("unlinkat", Linux.AT_FDCWD, pair[1], 0, 0, 0);
                }
                case "folder" -> {
                    attacker.call("mkdirat", Linux.AT_FDCWD, pair[1], 0777, 0, 0);
                    attacker.call("unlinkat", Linux.AT_FDCWD, pair[1], AT_REMOVEDIR, 0, 0);
                    attacker.call("symlinkat", pair[0], Linux.AT_FDCWD, pair[1], 0, 0);
                    attacker.call("unlinkat", Linux.AT_FDCWD, pair[1], 0, 0, 0);
                }
                case "move" -> {
                    attacker.call("renameat", Linux.AT_FDCWD, pair[1], Linux.AT_FDCWD, spare, 0);
                    attacker.call("symlinkat", pair[0], Linux.AT_FDCWD, pair[1], 0, 0);
                    attacker.call("unlinkat", Linux.AT_FDCWD, pair[1], 0, 0, 0);
                    attacker.call("renameat", Linux.AT_FDCWD, spare, Linux.AT_FDCWD, pair[1], 0);
                }
                default -> throw new IllegalArgumentException(how);
            }
        }
    }

    private static final class Attacker {
        private final Binding binding = new JffiBinding();
        private final ByteBuffer done;

        Attacker(String counter) throws IOException {
            try (FileChannel channel =
                    FileChannel.open(Path.of(counter), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                done = inNativeOrder(channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES));
            }
        }

        List<long[]> pairs(String[] names) {
            List<long[]> pairs = new ArrayList<>();
            for (int i = 2; i < names.length; i += 2) {
                pairs.add(new long[] {text(names[i]), text(names[i + 1])});
            }
            System.out.println("begun");
            return pairs;
        }

        void call(String function, long a, long b, long c, long d, long e) {
            if (binding.call(binding.symbol(function), a, b, c, d, e, 0) << 32 == 0) {
                done.putLong(0, done.getLong(0) + 1);
            } else if (binding.errno() != 2 && binding.errno() != 17) {
                throw new IllegalStateException(function + ": errno " + binding.errno());
            }
        }

        private long text(String text) {
            return Child.text(binding, text);
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
                "-Xlog:os+thread=off",
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
