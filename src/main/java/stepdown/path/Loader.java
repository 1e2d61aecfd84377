package stepdown.path;

import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import stepdown.Refusal;
import stepdown.kernel.Kernel;
import stepdown.kernel.KernelException;
import stepdown.kernel.Linux;

/** The folders that the image tells its dynamic loader to load from, for every process of root's: ld.so.conf with what it includes, and ld.so.preload (ld.so(8), ldconfig(8)). */
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
        for (String library : words(loader.read("/etc/ld.so.preload"), BLANKS)) {
            loader.add(library.substring(0, library.lastIndexOf('/') + 1));
        }
        return loader.folders;
    }

    private void readConfiguration(String file, int nested) {
        for (String line : words(read(file), "\n")) {
            List<String> words = words(line.substring(0, (line + "#").indexOf('#')), BLANKS);
            boolean includes = !words.isEmpty() && words.get(0).equals("include") && nested < MOST_NESTED;
            for (String word : includes ? words.subList(1, words.size()) : words) {
                if (includes) {
                    include(
                            word.startsWith("/") ? word : file.substring(0, file.lastIndexOf('/') + 1) + word,
                            nested + 1);
                } else {
                    add(word.substring(0, (word + "=").indexOf('=')));
                }
            }
        }
    }

    /** The last name of a pattern is one as of glob(7), but for brackets. */
    private void include(String pattern, int nested) {
        String folder = pattern.substring(0, pattern.lastIndexOf('/') + 1);
        String name = "\\Q" + pattern.substring(folder.length()) + "\\E";
        String regex = name.replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q");
        for (String found : names(folder)) {
            if (found.matches(regex)) {
                readConfiguration(folder + found, nested);
            }
        }
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
