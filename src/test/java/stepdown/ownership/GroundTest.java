package stepdown.ownership;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import stepdown.kernel.Kernel;
import stepdown.kernel.Libc;
import stepdown.kernel.Linux;
import stepdown.kernel.Raw;
import stepdown.ownership.Paths.Policy;
import stepdown.ownership.Scene.Ask;
import stepdown.ownership.Summary.Counts;
import stepdown.ownership.Summary.Kind;
import stepdown.ownership.Summary.Outcome;
import stepdown.start.Strict;

/**
 * On every ground the walk has seen what find(1) sees, and each entry is right, or left alone for a reason that is
 * counted, or an error.
 */
@Tag("slow")
class GroundTest {
    private static final String USER = Scene.UID + ":" + Scene.GID;
    private static final List<Kind> LEFT = List.of(
            Kind.HARD_LINKS,
            Kind.DEVICES,
            Kind.STICKY_FOLDERS,
            Kind.MOUNTED_FILES,
            Kind.MOUNTS,
            Kind.EXCLUDED,
            Kind.OWN);

    @TempDir
    Path temp;

    private final Set<Path> opened = ConcurrentHashMap.newKeySet();
    private Scene scene;

    @BeforeEach
    void setUp() throws IOException {
        Scene.needsRoot();
        scene = new Scene(Files.createDirectory(temp.toRealPath().resolve("ground")));
        // Thousands of entries are gone with it at once.
        scene.mount(scene.root, "-t", "tmpfs", "-o", "mode=755", "none");
    }

    @AfterEach
    void tearDown() {
        scene.close();
    }

    /** As find(1) shows it. */
    private record Entry(String type, String owner, int mode, int links) {
        /** Device nodes, sticky folders for all, and files with more names than one. */
        boolean isLeftAlone() {
            return switch (type) {
                case "b", "c" -> true;
                case "d" -> (mode & 01002) == 01002;
                case "f" -> links > 1;
                default -> false;
            };
        }

        /** The kernel takes set-id bits from a file together with its owner, and from no folder. */
        Entry handedOver() {
            int taken = type.equals("d") ? 07 : 06007;
            return new Entry(type, USER, type.equals("l") ? mode : mode & ~taken, links);
        }
    }

    static Stream<Arguments> grounds() {
        return Stream.of(Ground.values())
                .flatMap(ground -> Stream.of(Policy.MISMATCH, Policy.ROOT).map(policy -> Arguments.of(ground, policy)));
    }

    @ParameterizedTest
    @MethodSource("grounds")
    void every_entry_is_right_or_counted_at_the_first_start_and_the_second(Ground ground, Policy policy)
            throws IOException {
        String top = ground.make(scene).toString();
        Map<String, Entry> all = find(top);
        Map<String, Entry> notEntered = new LinkedHashMap<>(all);
        List<String> readOnly = readOnlyMounts();
        notEntered.keySet().removeIf(path -> readOnly.stream().noneMatch(mount -> path.startsWith(mount + "/")));
        Map<String, Entry> original = new LinkedHashMap<>(all);
        original.keySet().removeAll(notEntered.keySet());
        String outside = scene.folder("outside").toString();
        Map<String, Entry> mountedFrom = find(outside);
        List<String> wrongBefore = wrong(original, original);
        assertThat(wrongBefore).hasSameSizeAs(original.keySet());
        for (int start = 1; start <= 2; start++) {
            Summary summary = Scene.apply(watched(), new Ask().writable(top).policy(policy));
            Map<String, Entry> now = find(top);
            assertThat(opened).isEmpty();
            assertThat(now).containsAllEntriesOf(notEntered).containsOnlyKeys(all.keySet());
            List<String> wrong = wrong(original, now);
            assertThat(find(outside)).isEqualTo(mountedFrom);
            original.forEach((path, entry) -> assertThat(entry.isLeftAlone() && !entry.equals(now.get(path)))
                    .as(path)
                    .isFalse());
            Counts counts = summary.total();
            long errors = counts.of(Kind.ERRORS);
            assertThat(Strict.refuses(summary)).as("--strict").isEqualTo(ground.errors > 0);
            assertThat(errors).isGreaterThanOrEqualTo(ground.errors);
            assertThat(counts.errors()).hasSize((int) Math.min(Counts.NAMED, errors));
            for (String error : counts.errors()) {
                assertThat(wrong).anyMatch(path -> error.startsWith(Raw.show(path) + ": "));
            }
            boolean marks = policy == Policy.ROOT;
            assertThat(wrong.contains(top)).as("the top is wrong").isEqualTo(marks && errors > 0);
            if (marks && errors == 0 && start == 2) {
                assertThat(summary.trees().getFirst().outcome()).isEqualTo(Outcome.SKIPPED);
                assertThat(wrong).isEqualTo(wrongBefore);
            } else {
                long left = LEFT.stream().mapToLong(counts::of).sum() + (marks && errors > 0 ? 1 : 0);
                assertThat(counts.of(Kind.SEEN)).isEqualTo(original.size());
                assertThat((long) wrong.size()).as("left alone, or errors").isEqualTo(left + errors);
                assertThat(counts.of(Kind.CHANGED)).isEqualTo(wrongBefore.size() - wrong.size());
            }
            wrongBefore = wrong;
        }
    }

    /** The paths of what is not as it must be. */
    private static List<String> wrong(Map<String, Entry> original, Map<String, Entry> now) {
        List<String> wrong = new ArrayList<>();
        original.forEach((path, entry) -> {
            if (!entry.handedOver().equals(now.get(path))) {
                wrong.add(path);
            }
        });
        return wrong;
    }

    /**
     * Whoever opens a pipe or a device for reading does something to it, whatever the folder says that it is: only
     * folders are opened so.
     */
    private Kernel watched() {
        Libc real = Scene.KERNEL.libc();
        Libc libc = (Libc) Proxy.newProxyInstance(
                Libc.class.getClassLoader(), new Class<?>[] {Libc.class}, (proxy, method, arguments) -> {
                    Object result = method.invoke(real, arguments);
                    if (method.getName().equals("openat")
                            && (Integer) result >= 0
                            && ((Integer) arguments[2] & Linux.O_PATH) == 0) {
                        Path open = Path.of("/proc/self/fd/" + result);
                        if (!Files.isDirectory(open)
                                && Files.readSymbolicLink(open).startsWith(scene.root)) {
                            opened.add(Files.readSymbolicLink(open));
                        }
                    }
                    return result;
                });
        return new Kernel(Scene.KERNEL.memory(), libc, null);
    }

    private static Map<String, Entry> find(String top) {
        String[] fields = Scene.run("find", top, "-printf", "%p\\0%y\\0%U:%G\\0%m\\0%n\\0")
                .split("\0");
        Map<String, Entry> entries = new LinkedHashMap<>();
        for (int i = 0; i < fields.length; i += 5) {
            // How many links a folder has depends on the layer that it is in.
            int links = fields[i + 1].equals("f") ? Integer.parseInt(fields[i + 4]) : 1;
            entries.put(fields[i], new Entry(fields[i + 1], fields[i + 2], Integer.parseInt(fields[i + 3], 8), links));
        }
        return entries;
    }

    /** In none of the paths is there anything that mountinfo would escape. */
    private static List<String> readOnlyMounts() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .map(line -> line.split(" "))
                .filter(fields -> ("," + fields[5] + ",").contains(",ro,"))
                .map(fields -> fields[4])
                .toList();
    }
}
