package stepdown.it;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code strace -f -y} has written, as the list of all that changes something: a line for each call, in the order
 * in which they were begun, with paths in place of descriptors and the errno of those that failed. Beside them stand a
 * few calls that only look, as they are steps too.
 */
final class Trace {
    /** What no call may do unseen; those that need a closer look are in {@link #changeOf}. */
    private static final Set<String> CHANGES = Set.of("""
            setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset close_range
            link linkat symlink symlinkat rmdir truncate ftruncate fallocate
            setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr utime utimes utimensat
            mount umount2 move_mount mount_setattr pivot_root chroot chdir fchdir unshare setns umask
            setrlimit setpriority sched_setscheduler personality setsid setpgid kill ptrace bpf keyctl
            writev pwrite64 pwritev sendfile copy_file_range creat openat2 io_uring_setup""".split("\\s+"));

    private static final Pattern LINE = Pattern.compile("(\\d+) +(.*)");
    private static final Pattern RESUMED = Pattern.compile("<\\.\\.\\. \\w+ resumed>(.*)");
    private static final Pattern SUPERSEDED = Pattern.compile("\\+\\+\\+ superseded by execve in pid (\\d+) \\+\\+\\+");
    private static final Pattern CALL = Pattern.compile("(\\w+)\\((.*)\\) += (.*)");
    private static final Pattern WRITE = Pattern.compile("(write \\S+ )(.*)");
    private static final Pattern HELD = Pattern.compile("\\b(\\d+)<(/[^>]*)>");
    private static final Pattern FILE = Pattern.compile("(?:\\w+<([^>]*)>, )?\"([^\"]*)\"(?:, )?(.*)");
    private static final Pattern DESCRIPTOR = Pattern.compile("(\\d+)<([^>]*)>, (.*)");
    private static final Pattern LIMIT =
            Pattern.compile("0, (\\w+), \\{rlim_cur=(\\S+), rlim_max=(\\S+)\\}, (?:NULL|\\{.*)");

    /** fchmodat2(2), which an older strace knows by its number alone; its arguments are not decoded then. */
    private static final Pattern BY_NUMBER = Pattern.compile("0x([0-9a-f]+), 0x[0-9a-f]+, 0x([0-9a-f]+), .*");

    private static final Pattern RULE = Pattern.compile(".*allowed_access=(\\S+), parent_fd=(\\d+)<([^>]*)>.*");

    private static final String WITNESS = "/proc/thread-self/status";

    private final Map<Integer, String> held = new HashMap<>();
    private final Set<String> watched;

    private Trace(Set<String> watched) {
        this.watched = watched;
    }

    /** @param watched the files for which it counts that a permission is asked for */
    static List<String> changes(String text, Set<String> watched) {
        Trace trace = new Trace(watched);
        List<String> changes = new ArrayList<>();
        for (String line : whole(text)) {
            // One without a name is known by its folder alone.
            Matcher call = CALL.matcher(line.replaceAll("/#\\d+>\\(deleted\\)", "/#>"));
            String change = call.matches() ? trace.change(call.group(1), call.group(2), call.group(3)) : null;
            String last = changes.isEmpty() ? "" : changes.getLast();
            if (change == null || (change.startsWith("set") && change.equals(last))) {
                continue; // the C library makes each thread change its ids
            }
            Matcher written = WRITE.matcher(change);
            if (written.matches() && last.startsWith(written.group(1))) {
                changes.set(changes.size() - 1, last + written.group(2)); // a file in parts
            } else {
                changes.add(change);
            }
        }
        return changes;
    }

    /** Each call in a line, where it was begun. */
    private static List<String> whole(String text) {
        List<String> calls = new ArrayList<>();
        Map<String, Integer> begun = new HashMap<>();
        for (String each : text.lines().toList()) {
            Matcher line = LINE.matcher(each);
            if (!line.matches()) {
                throw new AssertionError("not a line of strace's: " + each);
            }
            String thread = line.group(1);
            String call = line.group(2);
            Matcher resumed = RESUMED.matcher(call);
            Matcher superseded = SUPERSEDED.matcher(call);
            if (superseded.matches()) {
                begun.put(thread, begun.remove(superseded.group(1)));
            } else if (resumed.matches()) {
                int at = begun.remove(thread);
                calls.set(at, calls.get(at) + resumed.group(1));
            } else if (call.endsWith(" <unfinished ...>")) {
                begun.put(thread, calls.size());
                calls.add(call.substring(0, call.length() - " <unfinished ...>".length()));
            } else {
                calls.add(call);
            }
        }
        return calls;
    }

    private @Nullable String change(String name, String arguments, String result) {
        for (String text : List.of(arguments, result)) {
            HELD.matcher(text).results().forEach(fd -> held.put(Integer.valueOf(fd.group(1)), fd.group(2)));
        }
        String change = changeOf(name, arguments);
        String errno = result.startsWith("-1 ") ? result.split(" ")[1] : "";
        // What fails there is done by fchmodat in its place; a link whose name has a slash behind it cannot be made.
        boolean tried = name.equals("fchmodat2") || name.startsWith("syscall_") || arguments.endsWith("/\"");
        return change == null || (tried && !errno.isEmpty()) ? null : (change + " " + errno).strip();
    }

    private @Nullable String changeOf(String name, String arguments) {
        return switch (name) {
            case "open", "openat" -> opened(arguments);
            case "access", "faccessat", "faccessat2" -> {
                String mode = rest(arguments).split(", ")[0];
                yield watched.contains(file(arguments)) && !mode.equals("F_OK")
                        ? "access " + file(arguments) + " " + mode
                        : null;
            }
            case "write" -> {
                Matcher to = matched(DESCRIPTOR, arguments);
                String text = to.group(3).substring(1, to.group(3).lastIndexOf("\", "));
                yield to.group(2).startsWith("/") ? "write " + to.group(2) + " " + text : null;
            }
            case "fchown", "fchmod" -> {
                Matcher of = matched(DESCRIPTOR, arguments);
                String what = of.group(2).startsWith("/") ? of.group(2) : "descriptor " + of.group(1);
                yield name.substring(1) + " " + what + " " + of.group(3).replace(", ", ":");
            }
            case "chown", "lchown", "fchownat" ->
                "chown " + file(arguments) + " " + rest(arguments).replaceFirst("^(-?\\d+), (-?\\d+).*", "$1:$2");
            case "chmod", "fchmodat", "fchmodat2" ->
                "chmod " + file(arguments) + " " + rest(arguments).split(", ")[0];
            case "syscall_0x1c4" -> {
                Matcher of = matched(BY_NUMBER, arguments);
                String mode = Integer.toOctalString(Integer.parseInt(of.group(2), 16));
                yield "chmod " + held.get(Integer.parseInt(of.group(1), 16)) + " 0" + mode;
            }
            case "landlock_add_rule" -> {
                Matcher rule = matched(RULE, arguments);
                String what = rule.group(3).startsWith("/") ? rule.group(3) : "descriptor " + rule.group(2);
                yield "permit " + what + (rule.group(1).contains("REMOVE_DIR") ? " and below" : "");
            }
            case "landlock_restrict_self" -> "confine";
            // Of the attempt that proves a confinement nobody can guess the name.
            case "mknod", "mknodat" ->
                "mknod " + file(arguments).replaceFirst("(/[.]stepdown-proof).*", "$1") + " " + rest(arguments);
            case "mkdir", "mkdirat" -> "mkdir " + file(arguments) + " " + rest(arguments);
            case "unlink", "unlinkat" -> "unlink " + file(arguments);
            case "rename", "renameat", "renameat2" -> "rename " + file(arguments) + " to " + file(rest(arguments));
            case "execve", "execveat" ->
                "execve " + file(arguments) + " " + rest(arguments).replaceFirst(", 0x.*", "");
            case "prctl" ->
                arguments.matches("PR_(GET|CAPBSET_READ|SET_NAME|SET_VMA|CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET).*")
                        ? null
                        : plain(name, arguments);
            case "prlimit64" -> {
                Matcher limit = LIMIT.matcher(arguments);
                yield limit.matches()
                        ? "limit %s %s %s".formatted(limit.group(1), limit.group(2), limit.group(3))
                        : null;
            }
            case "rt_sigprocmask" -> arguments.startsWith("SIG_SETMASK, []") ? "empty the signal mask" : null;
            case "rt_sigaction" ->
                arguments.matches("\\w+, \\{sa_handler=SIG_.*") ? arguments.replaceAll(", sa_mask.*", "}") : null;
            default -> CHANGES.contains(name) || name.startsWith("syscall_") ? plain(name, arguments) : null;
        };
    }

    private @Nullable String opened(String arguments) {
        boolean writes = rest(arguments).matches(".*O_(WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE).*");
        return writes
                ? "open " + file(arguments) + " " + rest(arguments)
                : file(arguments).equals(WITNESS) ? "read " + WITNESS : null;
    }

    /** Where the first argument, or the first two, lead. */
    private String file(String arguments) {
        Matcher file = matched(FILE, arguments);
        String folder = file.group(1);
        String name = file.group(2);
        if (name.startsWith("/proc/thread-self/fd/") || name.startsWith("/proc/self/fd/")) {
            return String.valueOf(held.get(Integer.valueOf(name.substring(name.lastIndexOf('/') + 1))));
        } else if (name.startsWith("/") || folder == null) {
            return name;
        }
        return name.isEmpty() || name.equals(".") ? folder : folder + "/" + name;
    }

    private static String rest(String arguments) {
        return matched(FILE, arguments).group(3);
    }

    private static String plain(String name, String arguments) {
        return name + "(" + arguments.replaceAll("(\\d)<[^>]*>", "$1") + ")";
    }

    private static Matcher matched(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.matches()) {
            throw new AssertionError("arguments of another form: " + text);
        }
        return matcher;
    }
}
