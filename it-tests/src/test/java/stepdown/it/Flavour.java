package stepdown.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The two builds of stepdown. The folder of the JVM flavour must be there; the native one is tested where it was built,
 * unless it is left out.
 */
enum Flavour {
    JVM("stepdown"),
    NATIVE("stepdown-native");

    private final Path folder;

    Flavour(String name) {
        folder = Path.of(System.getProperty("stepdown.built", "../target"), name)
                .toAbsolutePath()
                .normalize();
    }

    static List<Flavour> built() {
        if (!Files.isExecutable(JVM.launcher())) {
            throw new IllegalStateException(JVM.launcher() + " is missing: run ./maven package first");
        }
        return Stream.of(values())
                .filter(flavour -> Files.isExecutable(flavour.launcher()))
                .filter(flavour -> flavour == JVM || !Need.NATIVE.isLeftOut())
                .toList();
    }

    private Path launcher() {
        return folder.resolve("bin/stepdown");
    }

    /** What an image author copies to /opt/stepdown. */
    Path folder() {
        return folder;
    }

    /**
     * Whether the folder starts on an image with this glibc, and with what else Debian's images have of its libraries.
     */
    boolean fits(String glibc) {
        return this == NATIVE
                || floor(glibc, "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1").exit() == 0;
    }

    /** Whether it needs nothing but a glibc. */
    boolean needsNoLibrary() {
        return this == NATIVE || floor("9").exit() == 0;
    }

    /** What it needs, in a line. */
    String needs() {
        return floor("any").text();
    }

    private Finished floor(String... arguments) {
        return Docker.run(
                "",
                Stream.concat(Stream.of("sh", "../src/build/sh/floor", folder.toString()), Stream.of(arguments))
                        .toList());
    }

    String tag() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
