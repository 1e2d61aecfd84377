package stepdown.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import stepdown.Need;
import stepdown.kernel.jnr.JffiBinding;

/**
 * What the headers of one architecture say, by its C compiler: nothing of it is run. Numbers are compared by the
 * compiler; structures are laid out by it, filled with what {@link #PIECES} says, and given to stepdown's own code in
 * the place of what the kernel would have filled.
 */
public final class Headers {
    /** Bytes of each piece. */
    private static final int PIECE = 512;

    private static final String PIECES = """
            #define _GNU_SOURCE
            #include <dirent.h>
            #include <fcntl.h>
            #include <linux/capability.h>
            #include <signal.h>
            #include <sys/resource.h>
            #include <sys/stat.h>
            #include <sys/statvfs.h>
            #include <sys/vfs.h>
            typedef struct __user_cap_data_struct cap_data[2];
            #define PIECE(type, ...) {.type = __VA_ARGS__}
            const union {
                char bytes[512];
                struct statx statx;
                struct dirent64 dirent;
                struct statfs statfs;
                struct rlimit rlimit;
                struct flock flock;
                struct sigaction sigaction;
                sigset_t sigset;
                struct __user_cap_header_struct cap_header;
                cap_data cap_data;
            } pieces[] __attribute__((section(".pieces"))) = {
                PIECE(statx, {.stx_nlink = 3, .stx_uid = 4000000001, .stx_gid = 4000000002, .stx_mode = S_IFREG | 04750, .stx_ino = 0x1122334455667788,
                              .stx_size = 0x99aabbccdd, .stx_dev_major = 0x12, .stx_dev_minor = 0x345, .stx_attributes = STATX_ATTR_MOUNT_ROOT,
                              .stx_attributes_mask = STATX_ATTR_MOUNT_ROOT}),
                PIECE(dirent, {.d_ino = 1, .d_off = 2, .d_reclen = 32, .d_type = DT_DIR, .d_name = "name"}),
                PIECE(statfs, {.f_type = 0x9fa0, .f_flags = ST_RDONLY}),
                PIECE(rlimit, {.rlim_cur = 5, .rlim_max = 7}),
                PIECE(flock, {.l_type = F_WRLCK}),
                PIECE(sigaction, {.sa_handler = SIG_IGN, .sa_mask = {{~0UL}}, .sa_flags = ~0}),
                PIECE(sigset, {{1UL << (SIGTERM - 1)}}),
                PIECE(cap_header, {_LINUX_CAPABILITY_VERSION_3, 0}),
                PIECE(cap_data, {{0x11111111, 0x22222222, 0x33333333}, {0x44, 0x55, 0x66}}),
            };
            """;

    private static final List<String> NAMES =
            List.of("statx", "dirent", "statfs", "rlimit", "flock", "sigaction", "sigset", "cap_header", "cap_data");

    private static final String C_LIBRARY = """
            #define _GNU_SOURCE
            #include <dirent.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <linux/capability.h>
            #include <linux/close_range.h>
            #include <linux/magic.h>
            #include <signal.h>
            #include <stddef.h>
            #include <sys/prctl.h>
            #include <sys/resource.h>
            #include <sys/stat.h>
            #include <sys/statvfs.h>
            #include <sys/syscall.h>
            #include <sys/vfs.h>
            #include <unistd.h>
            """;

    private static final String KERNEL = """
            #include <asm/errno.h>
            #include <asm/signal.h>
            #include <asm/statfs.h>
            #include <asm/unistd.h>
            #include <linux/capability.h>
            #include <linux/close_range.h>
            #include <linux/fcntl.h>
            #include <linux/magic.h>
            #include <linux/prctl.h>
            #include <linux/resource.h>
            #include <linux/stat.h>
            """;

    /** In the C library's headers alone; and two numbers of file systems that are in neither. */
    private static final List<String> NOT_THE_KERNELS =
            List.of("W_OK", "X_OK", "DT_DIR", "(ENOTSUP)", "ST_RDONLY", "sizeof(sigset_t)", "sizeof(struct sigaction)");

    /** Of Linux 6.6: headers may be older. */
    private static final String NEWEST = "__NR_fchmodat2";

    /** In the order of {@link Linux#KERNEL_FILE_SYSTEMS}. */
    private static final List<String> FILE_SYSTEMS = List.of(
            "PROC_SUPER",
            "SYSFS",
            "CGROUP_SUPER",
            "CGROUP2_SUPER",
            "DEVPTS_SUPER",
            "SECURITYFS",
            "DEBUGFS",
            "TRACEFS",
            "",
            "BPF_FS",
            "EFIVARFS",
            "BINFMTFS",
            "PSTOREFS",
            "NSFS",
            "SELINUX",
            "SMACK",
            "",
            "RDTGROUP_SUPER");

    private final String architecture;
    private final String prefix;
    private final Path folder;

    private Headers(String architecture, String prefix, Path folder) {
        this.architecture = architecture;
        this.prefix = prefix;
        this.folder = folder;
    }

    /** This machine's. */
    public static Headers own(Path folder) {
        return new Headers(System.getProperty("os.arch").equals("aarch64") ? "aarch64" : "x86_64", "", folder);
    }

    /** Those of the architecture that this machine has not. */
    public static Headers other(Path folder) {
        Need.CROSS.ask();
        String architecture = own(folder).architecture.equals("aarch64") ? "x86_64" : "aarch64";
        Headers other = new Headers(architecture, architecture + "-linux-gnu-", folder);
        try {
            run(folder, other.tool("gcc"), "--version");
        } catch (IOException e) {
            Need.CROSS.isMissing("there is no compiler for " + architecture + " (" + e.getMessage() + ")");
        }
        return other;
    }

    private String tool(String name) {
        return prefix + name;
    }

    /** Every constant of stepdown's, by the name that headers have for it. */
    private Map<String, Long> constants() throws ReflectiveOperationException {
        Map<String, Long> constants = new TreeMap<>();
        Class<?> linux = ofThis(Linux.class);
        for (Class<?> table : List.of(linux, Errno.class)) {
            for (Field field : table.getDeclaredFields()) {
                field.setAccessible(true);
                if (Modifier.isStatic(field.getModifiers()) && field.get(null) instanceof Number number) {
                    constants.put(inC(field.getName()), number.longValue());
                }
            }
        }
        for (int errno = 1; errno < 134; errno++) {
            String text = Errno.text(errno);
            if (!text.startsWith("errno ")) {
                constants.put("(" + text.substring(0, text.indexOf(' ')) + ")", (long) errno);
            }
        }
        for (Capability capability : Capability.values()) {
            constants.put("CAP_" + capability.name(), (long) capability.number());
        }
        assertThat(Linux.KERNEL_FILE_SYSTEMS).hasSameSizeAs(FILE_SYSTEMS);
        for (int i = 0; i < FILE_SYSTEMS.size(); i++) {
            if (!FILE_SYSTEMS.get(i).isEmpty()) {
                constants.put(FILE_SYSTEMS.get(i) + "_MAGIC", Linux.KERNEL_FILE_SYSTEMS.get(i));
            }
        }
        return constants;
    }

    private static String inC(String name) {
        return switch (name) {
            case "STATX_BASIC" -> "STATX_BASIC_STATS";
            case "STATX_TYPE_MODE" -> "(STATX_TYPE | STATX_MODE)";
            case "SIGSET_BYTES" -> "sizeof(sigset_t)";
            default -> {
                String lower = name.substring(name.indexOf('_') + 1).toLowerCase(java.util.Locale.ROOT);
                if (name.startsWith("SYS_")) {
                    yield "__NR_" + lower;
                }
                yield name.endsWith("_BYTES")
                        ? "sizeof(struct "
                                + name.substring(0, name.length() - 6).toLowerCase(java.util.Locale.ROOT) + ")"
                        : name;
            }
        };
    }

    /** The class as it is where os.arch is this architecture. */
    private Class<?> ofThis(Class<?> type) throws ReflectiveOperationException {
        String before = System.setProperty("os.arch", architecture.equals("aarch64") ? "aarch64" : "amd64");
        try {
            URL classes = type.getProtectionDomain().getCodeSource().getLocation();
            // Not closed: its class is used, and it holds no more than a folder.
            URLClassLoader apart = new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader());
            return Class.forName(type.getName(), true, apart);
        } finally {
            System.setProperty("os.arch", before);
        }
    }

    /**
     * What the compiler says of the numbers, in the words of the C library and of the kernel; nothing where all are
     * right.
     */
    public String differences() throws Exception {
        Map<String, Long> constants = constants();
        assertThat(constants).hasSizeGreaterThan(150);
        Map<String, Long> kernels = new TreeMap<>(constants);
        kernels.keySet().removeAll(NOT_THE_KERNELS);
        return differences(C_LIBRARY, constants) + differences(KERNEL, kernels);
    }

    /** What the compiler says of expressions that are to have these values. */
    public String differences(Map<String, Long> values) throws IOException {
        return differences(C_LIBRARY, values);
    }

    private String differences(String includes, Map<String, Long> values) throws IOException {
        StringBuilder source = new StringBuilder(includes);
        values.forEach((name, value) -> {
            String check = "_Static_assert((long) (%s) == %dL, \"not %d\");\n".formatted(name, value, value);
            source.append(name.equals(NEWEST) ? "#ifdef " + name + "\n" + check + "#endif\n" : check);
        });
        Path file = Files.writeString(folder.resolve("numbers.c"), source);
        return run(folder, tool("gcc"), "-std=gnu17", "-fsyntax-only", file.toString());
    }

    /** The structures of {@link #PIECES} as this architecture has them in memory. */
    private Map<String, byte[]> pieces() throws IOException {
        Path file = Files.writeString(folder.resolve("pieces.c"), PIECES);
        String object = folder.resolve("pieces.o").toString();
        Path binary = folder.resolve("pieces.bin");
        assertThat(run(folder, tool("gcc"), "-std=gnu17", "-c", "-o", object, file.toString()))
                .isEmpty();
        assertThat(run(folder, tool("objcopy"), "-O", "binary", "-j", ".pieces", object, binary.toString()))
                .isEmpty();
        byte[] all = Files.readAllBytes(binary);
        assertThat(all).hasSize(NAMES.size() * PIECE);
        Map<String, byte[]> pieces = new LinkedHashMap<>();
        for (int i = 0; i < NAMES.size(); i++) {
            pieces.put(NAMES.get(i), Arrays.copyOfRange(all, i * PIECE, (i + 1) * PIECE));
        }
        return pieces;
    }

    /**
     * A kernel that fills structures as this architecture lays them out, and fails the test where one that it is given
     * is laid out otherwise.
     */
    public Kernel kernel() throws IOException {
        Map<String, byte[]> pieces = pieces();
        JffiBinding memory = new JffiBinding();
        Map<String, Integer> calls = new HashMap<>();
        Libc libc = (Libc) Proxy.newProxyInstance(
                Libc.class.getClassLoader(), new Class<?>[] {Libc.class}, (proxy, method, given) -> {
                    String call = method.getName();
                    int times = calls.merge(call, 1, Integer::sum);
                    long result = 0;
                    switch (call) {
                        case "statx" -> memory.put((long) given[4], pieces.get("statx"), 0, Linux.STATX_BYTES);
                        case "getdents64" -> {
                            result = times == 1 ? 32 : 0;
                            memory.put((long) given[1], pieces.get("dirent"), 0, (int) result);
                        }
                        case "fstatfs" -> memory.put((long) given[1], pieces.get("statfs"), 0, Linux.STATFS_BYTES);
                        case "prlimit" -> memory.put((long) given[3], pieces.get("rlimit"), 0, Linux.RLIMIT_BYTES);
                        case "sigpending" -> memory.put((long) given[0], pieces.get("sigset"), 0, Linux.SIGSET_BYTES);
                        case "sigaction" ->
                            memory.put((long) given[2], pieces.get("sigaction"), 0, Linux.SIGACTION_BYTES);
                        case "fcntl" -> expect(memory, (long) given[2], pieces.get("flock"), Linux.FLOCK_BYTES);
                        case "capget" -> {
                            expect(memory, (long) given[0], pieces.get("cap_header"), 8);
                            memory.put((long) given[1], pieces.get("cap_data"), 0, 24);
                        }
                        default -> {}
                    }
                    return method.getReturnType() == int.class ? (Object) (int) result : (Object) result;
                });
        return new Kernel(memory, libc, null);
    }

    private static void expect(Binding memory, long address, byte[] piece, int size) {
        byte[] found = new byte[size];
        memory.get(address, found, 0, size);
        assertThat(found).isEqualTo(Arrays.copyOf(piece, size));
    }

    /** Compiles start.c as the build does; what the compiler says. */
    public String compile(String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("env", "ARCH=" + architecture));
        command.add(Path.of("src/build/sh/compile").toAbsolutePath().toString());
        command.add(folder.resolve("start").toString());
        command.addAll(List.of(options));
        return run(folder, command.toArray(String[]::new));
    }

    /** What the build's own look at a folder says. */
    static String floor(Path folder) throws IOException {
        String script = Path.of("src/build/sh/floor").toAbsolutePath().toString();
        return run(folder, "sh", script, folder.toString(), "any");
    }

    private static String run(Path folder, String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException(e));
        }
        return process.exitValue() == 0 || !said.isEmpty() ? said : "exit status " + process.exitValue();
    }
}
