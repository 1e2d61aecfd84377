package stepdown.path;

import java.util.ArrayList;
import java.util.List;
import stepdown.Refusal;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Raw;

/**
 * The folders that the image tells its dynamic loader to load from, for every process of root's: ld.so.conf with what
 * it includes, and ld.so.preload (ld.so(8), ldconfig(8)).
 */
final class Loader {
    private static final String BLANKS = " \t\n\r:,";
    private static final int MOST_NESTED = 8;

    private final Kernel kernel;
    private final List<String> folders = new ArrayList<>();

    private Loader(Kernel kernel) {
        this.kernel = kernel;
    }

    /** By their names and by what these lead to, but for those that are refused as every folder of libraries is. */
    static List<String> folders(Kernel kernel) {
        Loader loader = new Loader(kernel);
        loader.readConfiguration("/etc/ld.so.conf", 0);
        for (String library : Raw.words(kernel.readAnyFile("/etc/ld.so.preload"), BLANKS)) {
            loader.add(folderOf(library));
        }
        return loader.folders;
    }

    private void readConfiguration(String file, int nested) {
        for (String line : Raw.words(kernel.readAnyFile(file), "\n")) {
            List<String> words = Raw.words(line.substring(0, (line + "#").indexOf('#')), BLANKS);
            boolean includes = words.indexOf("include") == 0 && nested < MOST_NESTED;
            for (String word : words.subList(includes ? 1 : 0, words.size())) {
                if (includes) {
                    include(word.startsWith("/") ? word : folderOf(file) + word, nested + 1);
                } else {
                    add(word.substring(0, (word + "=").indexOf('=')));
                }
            }
        }
    }

    private void include(String pattern, int nested) {
        String folder = folderOf(pattern);
        try {
            for (String name : kernel.list(folder)) {
                if (matches(name, pattern.substring(folder.length()))) {
                    readConfiguration(folder + name, nested);
                }
            }
        } catch (KernelException e) {
            // What is not there includes nothing.
        }
    }

    /** As glob(7) says, but for brackets. */
    static boolean matches(String name, String pattern) {
        if (pattern.startsWith("*")) {
            String rest = pattern.substring(1);
            return matches(name, rest) || (!name.isEmpty() && matches(name.substring(1), pattern));
        }
        if (pattern.isEmpty() || name.isEmpty()) {
            return pattern.isEmpty() && name.isEmpty();
        }
        boolean same = pattern.charAt(0) == '?' || pattern.charAt(0) == name.charAt(0);
        return same && matches(name.substring(1), pattern.substring(1));
    }

    private void add(String folder) {
        if (!folder.startsWith("/") || PathRules.isOfLibraries(folder)) {
            return;
        }
        folders.add(PathRules.join(PathRules.split(folder)));
        try {
            Place place = new Resolver(kernel).resolve(folder);
            kernel.close(place.fd());
            folders.add(place.path());
        } catch (KernelException | Refusal e) {
            // Its name is refused all the same.
        }
    }

    /** With the slash behind it. */
    private static String folderOf(String path) {
        return path.substring(0, path.lastIndexOf('/') + 1);
    }
}
