import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cyclonedx.Version;
import org.cyclonedx.generators.BomGeneratorFactory;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.model.Hash;
import org.cyclonedx.model.LicenseChoice;
import org.cyclonedx.model.OrganizationalEntity;
import org.cyclonedx.model.Pedigree;
import org.cyclonedx.model.license.Expression;
import org.cyclonedx.parsers.JsonParser;
import org.cyclonedx.util.LicenseResolver;

/**
 * Writes {@code legal/stepdown.cdx.json} (CycloneDX 1.6), {@code legal/NOTICE} and {@code legal/licenses} into a built
 * folder. Of the jars Maven knows what they are; of the runtime its own licences tell what is in it; and of what a
 * linker has put into a program, the machine's packages. Arguments: the SBOM of the jars, the folder, the JDK or
 * GraalVM that the runtime is of, the C compiler.
 */
final class Sbom {
    /** Where an author leaves the choice, as Maven's list of licences does not say. */
    private static final Map<String, String> CHOICES = Map.of(
            "jnr-posix", "EPL-2.0 OR GPL-2.0-only OR LGPL-2.1-only",
            "jffi", "Apache-2.0 OR LGPL-3.0-only");

    /** What jffi's stub has in it, by jffi's version: its sources have libffi's. */
    private static final Map<String, String> LIBFFI = Map.of("1.4.3", "3.5.2");

    private static final String GPL_OF_JAVA = "GPL-2.0-only WITH Classpath-exception-2.0";

    /** The first line of a licence in a JDK names a third party, and mostly its version. */
    private static final Pattern THIRD_PARTY = Pattern.compile("## (.+?)(?:,? (?:v|Version )?(\\d[\\w.-]*))?");

    private final Path folder;
    private final Path jdk;
    private final String compiler;
    private final boolean isNative;
    private final List<String> notices = new ArrayList<>();
    private final TreeSet<String> licences = new TreeSet<>();

    private Sbom(Path folder, Path jdk, String compiler) {
        this.folder = folder;
        this.jdk = jdk;
        this.compiler = compiler;
        isNative = !Files.exists(folder.resolve("lib/files"));
    }

    public static void main(String[] arguments) throws Exception {
        Bom bom = new JsonParser().parse(Path.of(arguments[0]).toFile());
        new Sbom(Path.of(arguments[1]), Path.of(arguments[2]), arguments[3]).write(bom);
    }

    private void write(Bom bom) throws Exception {
        List<Component> components = new ArrayList<>();
        // Calls of the native flavour are GraalVM's, without a stub.
        bom.getComponents().stream()
                .filter(component -> !isNative || !component.getName().equals("jffi"))
                .forEach(components::add);
        for (Component jar : components) {
            describe(jar);
        }
        components.add(runtime());
        components.add(linked("glibc", "libc6-dev", "LGPL-2.1-or-later", glibc(), "1991-2026 Free Software Foundation, Inc."));
        components.add(linked("libgcc", "libgcc-" + run(compiler, "-dumpversion") + "-dev", "GPL-3.0-or-later WITH GCC-exception-3.1", run(compiler, "-dumpfullversion"), "1989-2026 Free Software Foundation, Inc."));
        if (isNative) {
            components.add(linked("zlib", "zlib1g-dev", "Zlib", zlib(), "1995-2026 Jean-loup Gailly and Mark Adler"));
        } else {
            components.add(libffi(bom));
        }
        bom.setComponents(components);
        // The graph is of the jars alone; what is not in it has no dependencies that were known.
        List<String> refs = components.stream().map(Component::getBomRef).toList();
        if (bom.getDependencies() != null) {
            String own = bom.getMetadata().getComponent().getBomRef();
            bom.getDependencies().removeIf(dependency -> !refs.contains(dependency.getRef()) && !dependency.getRef().equals(own));
            bom.getDependencies().forEach(dependency -> {
                if (dependency.getDependencies() != null) {
                    dependency.getDependencies().removeIf(child -> !refs.contains(child.getRef()));
                }
            });
        }

        Path legal = folder.resolve("legal");
        Files.createDirectories(legal.resolve("licenses"));
        Files.writeString(
                legal.resolve("stepdown.cdx.json"),
                BomGeneratorFactory.createJson(Version.VERSION_16, bom).toJsonString() + "\n");
        notices.add(0, "stepdown " + bom.getMetadata().getComponent().getVersion() + ": Apache-2.0\n  Copyright 2026 the authors of stepdown\n");
        notices.add(1, "With it come, under licences of their own, whose texts are in licenses and runtime beside this file:\n");
        Files.writeString(legal.resolve("NOTICE"), String.join("\n", notices));
        writeTexts(legal.resolve("licenses"));
    }

    private void describe(Component jar) {
        String choice = CHOICES.get(jar.getName());
        if (choice != null) {
            jar.setLicenses(expression(choice));
        }
        String licence = choice != null ? choice : jar.getLicenses().getLicenses().get(0).getId();
        String place = isNative ? "compiled into bin/stepdown" : "its classes are in lib/stepdown.jar";
        if (jar.getName().equals("jffi") && !jar.getPurl().contains("classifier")) {
            Pedigree changed = new Pedigree();
            changed.setNotes("changed: com.kenai.jffi.Init and what is in com.kenai.jffi.internal are stepdown's own");
            jar.setPedigree(changed);
            place += ", " + changed.getNotes();
        } else if (jar.getName().equals("jffi")) {
            place = "as lib/libjffi-*.so";
        }
        notice(jar, licence, place, null);
    }

    /** The Java runtime, and in it the third parties that its own licences name. */
    private Component runtime() throws IOException {
        Properties release = new Properties();
        try (InputStream stream = Files.newInputStream(jdk.resolve("release"))) {
            release.load(stream);
        }
        String version = release.getProperty("JAVA_VERSION").replace("\"", "");
        Component runtime = component("OpenJDK", version, GPL_OF_JAVA);
        runtime.setType(Component.Type.PLATFORM);
        OrganizationalEntity builder = new OrganizationalEntity();
        builder.setName(release.getProperty("IMPLEMENTOR").replace("\"", ""));
        runtime.setSupplier(builder);
        runtime.setDescription(release.getProperty("IMPLEMENTOR_VERSION", "").replace("\"", "") + (isNative ? ", what native-image compiles of it" : ", the modules java.base and java.logging"));
        runtime.setCpe("cpe:2.3:a:oracle:openjdk:" + version + ":*:*:*:*:*:*:*");
        notice(runtime, GPL_OF_JAVA, isNative ? "compiled into bin/stepdown" : "in runtime", null);
        List<Component> parts = new ArrayList<>();
        for (Path file : sorted(folder.resolve("legal/runtime/java.base"), "*.md")) {
            try (var lines = Files.lines(file)) {
                Matcher title = THIRD_PARTY.matcher(lines.findFirst().orElse(""));
                if (title.matches()) {
                    Component part = component(title.group(1), title.group(2), null);
                    part.setBomRef("OpenJDK/" + part.getBomRef());
                    parts.add(part);
                    notices.add("  with " + title.group(1) + (title.group(2) == null ? "" : " " + title.group(2)) + ": runtime/java.base/" + file.getFileName() + "\n");
                }
            }
        }
        runtime.setComponents(parts);
        return runtime;
    }

    private Component libffi(Bom bom) throws IOException, NoSuchAlgorithmException {
        String jffi = bom.getComponents().stream().filter(c -> c.getName().equals("jffi")).findFirst().orElseThrow().getVersion();
        Component libffi = component("libffi", LIBFFI.get(jffi), "MIT");
        if (libffi.getVersion() == null) {
            throw new IllegalStateException("which libffi is in jffi " + jffi + "? Its sources say so: add it to Sbom.LIBFFI");
        }
        Path stub = sorted(folder.resolve("lib"), "libjffi-*.so").get(0);
        libffi.addHash(new Hash(Hash.Algorithm.SHA_256, sha256(stub)));
        libffi.setDescription("linked into lib/" + stub.getFileName() + ", whose hash this is");
        notice(libffi, "MIT", "linked into lib/" + stub.getFileName(), "1996-2025 Anthony Green, Red Hat, Inc and others");
        return libffi;
    }

    /** Of a library that was linked into bin/stepdown; as a package of Debian's where it is from one. */
    private Component linked(String name, String devel, String licence, String version, String copyright) throws IOException, InterruptedException {
        Component component = component(name, version, licence);
        component.setDescription("linked into bin/stepdown");
        String source = run("sh", "-c", "dpkg-query -W -f '${source:Package}@${source:Version}' \"$0\" 2>/dev/null || true", devel);
        // A package for another architecture has a source that is not the library's.
        if (source.matches((name.equals("libgcc") ? "gcc-\\d+" : name) + "@.+") && !compiler.contains("-linux-")) {
            String distribution = run("sh", "-c", ". /etc/os-release && echo $ID/$VERSION_CODENAME");
            String[] parts = distribution.split("/");
            component.setVersion(source.replaceFirst(".*@", ""));
            component.setPurl("pkg:deb/" + parts[0] + "/" + source.replace("+", "%2B").replace(":", "%3A") + "?arch=source&distro=" + parts[1]);
        }
        notice(component, licence, "linked into bin/stepdown", copyright);
        return component;
    }

    private String glibc() throws IOException, InterruptedException {
        return run("sh", "-c", "echo '#include <features.h>' | \"$0\" -E -dM - | sed -n 's/^#define __GLIBC\\(_MINOR\\)*__ //p' | sort -n | paste -s -d .", compiler);
    }

    private String zlib() throws IOException, InterruptedException {
        return run("sh", "-c", "echo '#include <zlib.h>' | \"$0\" -E -dM - | sed -n 's/^#define ZLIB_VERSION \"\\(.*\\)\"/\\1/p'", compiler);
    }

    private static Component component(String name, String version, String licence) {
        Component component = new Component();
        component.setType(Component.Type.LIBRARY);
        component.setName(name);
        component.setVersion(version);
        component.setBomRef(name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-"));
        if (licence != null) {
            component.setLicenses(expression(licence));
        }
        return component;
    }

    private static LicenseChoice expression(String licence) {
        LicenseChoice choice = new LicenseChoice();
        choice.setExpression(new Expression(licence));
        return choice;
    }

    private void notice(Component component, String licence, String place, String copyright) {
        notices.add("%s %s: %s\n  %s\n%s".formatted(component.getName(), component.getVersion(), licence, place, copyright == null ? "" : "  Copyright (C) " + copyright + "\n"));
        licences.add(licence);
    }

    /** Of each licence that was named; where there is a choice, of the first. The runtime brings its own. */
    private void writeTexts(Path texts) throws IOException {
        licences.remove(GPL_OF_JAVA);
        licences.add("Apache-2.0");
        for (String licence : licences) {
            for (String name : licence.replaceFirst(" OR .*", "").split(" WITH ")) {
                try (InputStream text = LicenseResolver.class.getResourceAsStream("/licenses/" + name + ".txt")) {
                    if (text == null) {
                        throw new IllegalStateException("no text of the licence " + name);
                    }
                    Files.write(texts.resolve(name + ".txt"), text.readAllBytes());
                }
            }
        }
    }

    private static List<Path> sorted(Path folder, String glob) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, glob)) {
            files.forEach(found::add);
        }
        found.sort(null);
        return found;
    }

    private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
        byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
        return "%064x".formatted(new BigInteger(1, sum));
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new IllegalStateException("this failed: " + String.join(" ", command));
        }
        return said;
    }
}
