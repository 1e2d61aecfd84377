package stepdown.ownership;

import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;
import stepdown.Refusal;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/** The folders that the image tells its dynamic loader to load from, for every process of root's: ld.so.conf with what it includes, and ld.so.preload (ld.so(8), ldconfig(8)). */
final class Loader {
    private static final String ETC = "/etc/";
    private static final String BLANKS = " \t\n\r";
    private static final int MOST_NESTED = 8;

    private final Kernel kernel;
    private final List<String> folders = new ArrayList<>();

    private Loader(Kernel kernel) {
        this.kernel = kernel;
    }

    /** By their names and by what these lead to, but for those that are refused as every folder of libraries is. */
    static List<String> folders(Kernel kernel) {
        Loader loader = new Loader(kernel);
        loader.readConfiguration(ETC + "ld.so.conf", 0);
        for (String library : words(loader.read(ETC + "ld.so.preload"), BLANKS + ":")) {
            loader.add(library.substring(0, library.lastIndexOf('/') + 1));
        }
        return loader.folders;
    }

    private void readConfiguration(String file, int nested) {
        for (String line : words(read(file), "\n")) {
            int comment = line.indexOf('#');
            List<String> words = words(comment < 0 ? line : line.substring(0, comment), BLANKS + ":,");
            boolean includes = !words.isEmpty() && words.get(0).equals("include");
            for (String word : includes ? words.subList(1, words.size()) : words) {
                if (includes && nested < MOST_NESTED) {
                    include(word.startsWith("/") ? word : ETC + word, nested + 1);
                } else {
                    add(word.substring(0, (word + "=").indexOf('=')));
                }
            }
        }
    }

    private void include(String pattern, int nested) {
        int slash = pattern.lastIndexOf('/');
        String folder = pattern.substring(0, slash + 1);
        for (String name : names(folder)) {
            if (matches(pattern.substring(slash + 1), name)) {
                readConfiguration(folder + name, nested);
            }
        }
    }

    /** As glob(7) does, but for brackets. */
    private static boolean matches(String pattern, String name) {
        if (pattern.isEmpty() || name.isEmpty()) {
            return name.isEmpty() && pattern.replace("*", "").isEmpty();
        }
        char first = pattern.charAt(0);
        if (first == '*') {
            return matches(pattern.substring(1), name) || matches(pattern, name.substring(1));
        }
        return (first == '?' || first == name.charAt(0)) && matches(pattern.substring(1), name.substring(1));
    }

    private void add(String folder) {
        if (folder.startsWith("/") && !PathRules.isOfLibraries(folder)) {
            folders.add(PathRules.join(PathRules.split(folder)));
            String path = resolved(folder);
            if (path != null) {
                folders.add(path);
            }
        }
    }

    private @Nullable String resolved(String folder) {
        try {
            Resolver.Place place = new Resolver(kernel).resolve(folder);
            kernel.close(place.fd());
            return place.path();
        } catch (KernelException | Refusal e) {
            return null;
        }
    }

    private List<String> names(String folder) {
        try {
            int fd = kernel.open(folder, Linux.O_RDONLY | Linux.O_DIRECTORY);
            List<String> names = kernel.list(fd, folder);
            kernel.close(fd);
            return names;
        } catch (KernelException e) {
            return List.of();
        }
    }

    /** Nothing where there is no such file. */
    private String read(String file) {
        try {
            return kernel.readFile(file);
        } catch (KernelException e) {
            return "";
        }
    }

    private static List<String> words(String text, String between) {
        List<String> words = new ArrayList<>();
        StringTokenizer tokens = new StringTokenizer(text, between);
        while (tokens.hasMoreTokens()) {
            words.add(tokens.nextToken());
        }
        return words;
    }
}
