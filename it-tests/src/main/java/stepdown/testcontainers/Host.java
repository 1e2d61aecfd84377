package stepdown.testcontainers;

import com.github.dockerjava.api.command.InspectContainerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * This machine's /proc, where it is that of the container's engine (proc(5)). It costs nothing, changes nothing in the
 * container, and needs nothing in it.
 */
final class Host {
    static final Path PROC = Path.of("/proc");

    /** What {@code docker run --init} puts before the container's first program, and what images have for it. */
    static final Set<String> INITS_OF_ENGINES = Set.of("docker-init", "podman-init");

    static final Set<String> INITS_OF_IMAGES = Set.of("tini", "tini-static", "dumb-init", "catatonit");

    /** What runs before the product: the engine's runtime, and stepdown's two programs. */
    private static final Pattern BEFORE = Pattern.compile(
            "|(\\S*/)?runc init.*|(\\S*/)?stepdown( .*)?|\\S*/runtime/bin/java .* stepdown\\.Main( .*)?");

    /** In the kernel's order: the index is the number (linux/capability.h). */
    private static final List<String> CAPABILITIES =
            List.of(("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE"
                            + " NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO"
                            + " SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME"
                            + " SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG"
                            + " WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE")
                    .split(" "));

    /** The words of {@code --verify}, and where that stands in a status. */
    static final Map<String, String> LINES = new LinkedHashMap<>();

    static {
        LINES.put(Finding.USER, "Uid");
        LINES.put(Finding.GROUP, "Gid");
        LINES.put(Finding.GROUPS, "Groups");
        LINES.put("inheritable set", "CapInh");
        LINES.put("permitted set", "CapPrm");
        LINES.put("effective set", "CapEff");
        LINES.put("ambient set", "CapAmb");
        LINES.put(Finding.BOUNDING, "CapBnd");
        LINES.put(Finding.NO_NEW_PRIVS, "NoNewPrivs");
    }

    private final Path proc;
    private final String first;

    /**
     * @throws Unseen where that number is not the container's process here: another machine's, another namespace's,
     *     hidden; or where its ids have other numbers here
     */
    Host(Path proc, InspectContainerResponse at) throws Unseen {
        this.proc = proc;
        this.first = String.valueOf(at.getState().getPidLong());
        String id = at.getId();
        String begun = begun(first);
        boolean belongs = read(first + "/cgroup").contains(id)
                || read(first + "/mountinfo").contains(id);
        // In its own namespace it is 1: all that runs in the container bears the id, but has another number.
        String mode = at.getHostConfig().getPidMode();
        boolean own = mode == null || mode.isEmpty() || mode.equals("private");
        if (!belongs || own && !inside(status(first)).equals("1") || !begun.equals(begun(first))) {
            throw new Unseen("process " + first + " of this machine is not the container's");
        }
        for (String map : List.of("uid_map", "gid_map")) {
            if (!read(first + "/" + map).strip().matches("0 +0 +4294967295")) {
                throw new Unseen("the container's ids have other numbers on this machine");
            }
        }
    }

    /** What stays the same as long as the number is that of one process: when it began. */
    private String begun(String pid) throws Unseen {
        String stat = read(pid + "/stat");
        return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
    }

    /**
     * An init of the image's own before stepdown stays what it is, so its child is asked; one behind stepdown is the
     * product.
     *
     * @param entry what the container was told to run
     * @return what still runs in place of the product; nothing where the product runs
     */
    Optional<String> before(String entry) throws Unseen {
        String pid = first;
        String words = words(pid);
        for (String init = comm(pid);
                INITS_OF_ENGINES.contains(init) || INITS_OF_IMAGES.contains(init) && words.endsWith(entry);
                init = comm(pid)) {
            Optional<String> child = child(pid);
            if (child.isEmpty()) {
                return Optional.of(words);
            }
            pid = child.get();
            words = words(pid);
        }
        boolean ahead = words.endsWith(entry)
                || comm(pid).startsWith("runc:[")
                || BEFORE.matcher(words).matches();
        return ahead ? Optional.of(words) : Optional.empty();
    }

    private String words(String pid) throws Unseen {
        return read(pid + "/cmdline").replace('\0', ' ').strip();
    }

    private String comm(String pid) throws Unseen {
        return read(pid + "/comm").strip();
    }

    /** The first that it started, and that lives: what an init is there for. */
    private Optional<String> child(String parent) throws Unseen {
        for (String pid : read(parent + "/task/" + parent + "/children").split(" ")) {
            if (!pid.isEmpty() && isAlive(status(pid))) {
                return Optional.of(pid);
            }
        }
        return Optional.empty();
    }

    private static boolean isAlive(Map<String, String> status) throws Unseen {
        return !line(status, "State").matches("[ZX].*");
    }

    /** As {@code --verify} chooses it. */
    private String judged() throws Unseen {
        return INITS_OF_ENGINES.contains(comm(first)) ? child(first).orElse(first) : first;
    }

    /** Of all threads: each has credentials of its own (credentials(7)). */
    Sight look() throws Unseen {
        String pid = judged();
        String begun = begun(pid);
        Map<String, String> status = status(pid);
        List<Finding> findings = new ArrayList<>(findings(status, ""));
        List<Finding> own = List.copyOf(findings);
        findings.add(new Finding(Finding.BLOCKED, "", set(line(status, "SigBlk"), bit -> Long.toString(bit + 1))));
        for (Path thread : threads(pid)) {
            try {
                Map<String, String> other = status(proc.relativize(thread).toString());
                findings(other, inside(other)).stream()
                        .filter(line -> !own.contains(new Finding(line.what(), "", line.found())))
                        .forEach(findings::add);
            } catch (Unseen e) {
                if (Files.exists(thread)) {
                    throw e;
                }
            }
        }
        String process = "process " + inside(status) + " (" + comm(pid) + ")";
        if (!isAlive(status) || !begun.equals(begun(pid)) || !pid.equals(judged())) {
            throw new Unseen(process + " has ended");
        }
        return new Sight(process, "this machine's /proc", findings);
    }

    private List<Path> threads(String pid) throws Unseen {
        try (Stream<Path> tasks = Files.list(proc.resolve(pid).resolve("task"))) {
            return tasks.sorted().toList();
        } catch (IOException e) {
            throw new Unseen("this machine does not show " + e.getMessage());
        }
    }

    private static List<Finding> findings(Map<String, String> status, String thread) throws Unseen {
        List<Finding> findings = new ArrayList<>();
        for (Map.Entry<String, String> line : LINES.entrySet()) {
            String found = line(status, line.getValue());
            if (line.getValue().startsWith("Cap")) {
                found = capabilities(found);
            } else if (line.getKey().equals(Finding.NO_NEW_PRIVS)) {
                found = found.equals("1") ? "on" : "off";
            } else {
                found = found.isEmpty() ? "none" : numbers(found);
            }
            findings.add(new Finding(line.getKey(), thread, found));
        }
        return findings;
    }

    private static String numbers(String ids) {
        TreeSet<Long> numbers = new TreeSet<>();
        for (String id : ids.split("\\s+")) {
            numbers.add(Long.valueOf(id));
        }
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** @return the set of it alone */
    static long capability(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        int number = CAPABILITIES.indexOf(upper.startsWith("CAP_") ? upper.substring(4) : upper);
        if (number < 0) {
            throw new IllegalArgumentException("there is no capability " + name);
        }
        return 1L << number;
    }

    static String capabilities(String hexadecimal) {
        return set(hexadecimal, bit -> bit < CAPABILITIES.size() ? CAPABILITIES.get((int) bit) : Long.toString(bit));
    }

    private static String set(String hexadecimal, LongFunction<String> name) {
        long set = Long.parseUnsignedLong(hexadecimal, 16);
        String names = LongStream.range(0, Long.SIZE)
                .filter(bit -> (set >>> bit & 1) != 0)
                .mapToObj(name)
                .collect(Collectors.joining(","));
        return names.isEmpty() ? "none" : names;
    }

    /**
     * Of a file as the process sees it, mounts and all. A link would be followed to this machine's files.
     *
     * @return {@code UID:GID}, or {@code nobody: there is no such file}
     * @throws Unseen also where this user may not see it: root may, and the process's own user with its capabilities
     */
    String owner(String path) throws Unseen {
        Path file = proc.resolve(judged()).resolve("root/.");
        try {
            for (String name : path.split("/+")) {
                file = file.resolve(name);
                if (name.equals("..") || Files.isSymbolicLink(file)) {
                    throw new Unseen(path + " leads through a link, which is followed in the container alone");
                }
            }
            Map<String, Object> owners = Files.readAttributes(file, "unix:uid,gid", LinkOption.NOFOLLOW_LINKS);
            return Integer.toUnsignedString((int) owners.get("uid")) + ":"
                    + Integer.toUnsignedString((int) owners.get("gid"));
        } catch (NoSuchFileException e) {
            return "nobody: there is no such file";
        } catch (IOException e) {
            throw new Unseen("this machine does not show " + e.getMessage());
        }
    }

    private Map<String, String> status(String process) throws Unseen {
        Map<String, String> status = new LinkedHashMap<>();
        for (String line : read(process + "/status").split("\n")) {
            String[] parts = line.split(":", 2);
            status.put(parts[0], parts[parts.length - 1].strip());
        }
        return status;
    }

    private static String line(Map<String, String> status, String name) throws Unseen {
        String line = status.get(name);
        if (line == null) {
            throw new Unseen("this machine's kernel does not tell " + name);
        }
        return line;
    }

    /** Its number in the container. */
    private static String inside(Map<String, String> status) throws Unseen {
        return line(status, "NSpid").replaceFirst(".*\\s", "");
    }

    private String read(String file) throws Unseen {
        try {
            return Files.readString(proc.resolve(file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new Unseen("this machine does not show " + e.getMessage());
        }
    }
}
