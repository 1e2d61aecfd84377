import java.io.FileOutputStream;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Opcodes;

/**
 * Copies a jar, with its classes of before Java 6 rewritten as classes of Java 8: an AOT cache holds only classes whose file has the stack maps that came with Java
 * 6, so that every start would parse and verify the others anew. What they do stays as it is. The same jar gives the same copy, byte for byte.
 *
 * <p>Part of the build, not of the product: {@code java -cp asm.jar Lift.java FROM TO [CLASSES]}. A file in the folder CLASSES takes the place of the entry of that
 * name, which must be there.
 */
final class Lift {
    /** An entry's time has no time zone, and this is the earliest one that a jar can hold. */
    private static final LocalDateTime ALWAYS = LocalDateTime.of(1980, 1, 1, 0, 0, 0);

    private Lift() {}

    public static void main(String[] arguments) throws IOException {
        Path from = Path.of(arguments[0]);
        Path replacements = arguments.length > 2 ? Path.of(arguments[2]) : null;
        int replaced = 0;
        try (JarFile in = new JarFile(from.toFile());
                URLClassLoader classes = new URLClassLoader(new URL[] {from.toUri().toURL()});
                JarOutputStream out = new JarOutputStream(new FileOutputStream(arguments[1]))) {
            List<JarEntry> entries = new ArrayList<>(in.stream().toList());
            entries.sort(Comparator.comparing((JarEntry entry) -> !entry.getName().equals(JarFile.MANIFEST_NAME))
                    .thenComparing(JarEntry::getName));
            for (JarEntry entry : entries) {
                if (isWanted(entry)) {
                    JarEntry copy = new JarEntry(entry.getName());
                    copy.setTimeLocal(ALWAYS);
                    out.putNextEntry(copy);
                    Path replacement = replacements == null ? null : replacements.resolve(entry.getName());
                    if (replacement != null && Files.isRegularFile(replacement)) {
                        out.write(Files.readAllBytes(replacement));
                        replaced++;
                    } else {
                        out.write(lifted(entry.getName(), in.getInputStream(entry).readAllBytes(), classes));
                    }
                    out.closeEntry();
                }
            }
        }
        if (replaced != files(replacements)) {
            throw new IllegalStateException(from + " lacks entries that " + replacements + " is to replace");
        }
    }

    private static long files(Path folder) throws IOException {
        if (folder == null) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    /** A module descriptor is of use on a module path only, and signatures do not hold any more. */
    private static boolean isWanted(JarEntry entry) {
        String name = entry.getName();
        return !entry.isDirectory() && !name.endsWith("module-info.class") && !name.matches("META-INF/[^/]*\\.(SF|RSA|DSA|EC)");
    }

    private static byte[] lifted(String name, byte[] bytes, ClassLoader classes) {
        if (!name.endsWith(".class") || new ClassReader(bytes).readShort(6) >= Opcodes.V1_6) {
            return bytes;
        }
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_FRAMES) {
            @Override
            protected ClassLoader getClassLoader() {
                return classes;
            }
        };
        ClassVisitor renumber = new ClassVisitor(Opcodes.ASM9, writer) {
            @Override
            public void visit(int version, int access, String type, String signature, String parent, String[] interfaces) {
                super.visit(Opcodes.V1_8, access, type, signature, parent, interfaces);
            }
        };
        new ClassReader(bytes).accept(renumber, ClassReader.SKIP_FRAMES);
        return writer.toByteArray();
    }
}
