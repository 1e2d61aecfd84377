package stepdown.testcontainers;

import com.github.dockerjava.api.command.InspectContainerResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What can be asserted of the process that {@link Stepdown#assertThat} has looked at. Each holds of every one of its
 * threads; what was not seen is an {@link AssertionError} too.
 */
public final class ProcessAssert {
    private static final List<String> HELD =
            List.of("inheritable set", "permitted set", "effective set", "ambient set");
    private static final String NONE = "none";

    private final Engine engine;
    private final Path proc;
    private final Sight sight;

    ProcessAssert(Engine engine, Path proc) {
        this.engine = engine;
        this.proc = proc;
        this.sight = look(Host::look, Executed::look, "process 1");
    }

    /** Two ways to see something: here, and by a command in the container. */
    private interface Look<S, T> {
        T at(S source) throws Unseen;
    }

    private <T> T look(Look<Host, T> here, Look<Executed, T> there, String what) {
        String notHere = "";
        try {
            InspectContainerResponse at = engine.inspect();
            try {
                return here.at(new Host(proc, at));
            } catch (Unseen e) {
                notHere = e.getMessage() + "; ";
            }
            return there.at(new Executed(engine, at));
        } catch (Unseen e) {
            throw new AssertionError(engine + ": " + what + " cannot be seen: " + notHere + e.getMessage());
        }
    }

    /**
     * What a start without further options leaves: these ids, no group but that one, no capability in any of the five
     * sets, and no_new_privs.
     *
     * @param user 1 to 4294967294
     * @param group 0 to 4294967294
     * @return this
     */
    public ProcessAssert hasSteppedDownTo(long user, long group) {
        return runsAs(user, group)
                .hasGroups(group)
                .hasNoCapabilities()
                .hasBoundingSet()
                .hasNoNewPrivileges();
    }

    /**
     * The real, effective and saved id and that of the file system are this one.
     *
     * @param user as the container numbers it, 0 to 4294967294
     * @param group as the container numbers it, 0 to 4294967294
     * @return this
     */
    public ProcessAssert runsAs(long user, long group) {
        return expect(Finding.USER, Long.toString(user)).expect(Finding.GROUP, Long.toString(group));
    }

    /**
     * Just these supplementary groups. stepdown makes the group itself one of them.
     *
     * @param groups in any order
     * @return this
     */
    public ProcessAssert hasGroups(long... groups) {
        String joined = LongStream.of(groups)
                .sorted()
                .distinct()
                .mapToObj(Long::toString)
                .collect(Collectors.joining(","));
        return expect(Finding.GROUPS, joined.isEmpty() ? NONE : joined);
    }

    /**
     * No capability in the inheritable, permitted, effective and ambient set.
     *
     * @return this
     */
    public ProcessAssert hasNoCapabilities() {
        return hasCapabilities();
    }

    /**
     * Just these capabilities in each of the inheritable, permitted, effective and ambient set.
     *
     * @param names as {@code --keep-cap} takes them, with or without {@code CAP_}
     * @return this
     */
    public ProcessAssert hasCapabilities(String... names) {
        HELD.forEach(set -> expect(set, names(names)));
        return this;
    }

    /**
     * Just these capabilities in the bounding set, what any program that it executes can get at most.
     *
     * @param names as {@code --keep-cap} takes them, with or without {@code CAP_}; none for the empty set
     * @return this
     */
    public ProcessAssert hasBoundingSet(String... names) {
        return expect(Finding.BOUNDING, names(names));
    }

    /**
     * No set-id program gives it anything: no_new_privs is on.
     *
     * @return this
     */
    public ProcessAssert hasNoNewPrivileges() {
        return expect(Finding.NO_NEW_PRIVS, "on");
    }

    /**
     * The first thread blocks no signal: those of others are the product's own affair. Only this machine's /proc shows
     * it, and only where the engine runs on it.
     *
     * @return this
     */
    public ProcessAssert blocksNoSignal() {
        return expect(Finding.BLOCKED, NONE);
    }

    /**
     * This file or folder belongs to the user and to the group that the process has. Asked now, and as the process sees
     * it, its mounts included; links are followed.
     *
     * @param path absolute, in the container
     * @return this
     */
    public ProcessAssert owns(String path) {
        String what = "owner of " + path;
        String found = look(host -> host.owner(path), executed -> executed.owner(path), what);
        return compare(what, only(Finding.USER) + ":" + only(Finding.GROUP), new Finding(what, "", found));
    }

    private String only(String what) {
        return all(what).stream().map(Finding::found).distinct().collect(Collectors.joining(" and "));
    }

    private ProcessAssert expect(String what, String expected) {
        all(what).forEach(finding -> compare(what, expected, finding));
        return this;
    }

    private List<Finding> all(String what) {
        List<Finding> found = sight.findings().stream()
                .filter(line -> line.what().equals(what))
                .toList();
        if (found.isEmpty()) {
            throw new AssertionError(engine + ": " + what + " cannot be seen: " + sight.source() + " does not tell");
        }
        return found;
    }

    private ProcessAssert compare(String what, String expected, Finding finding) {
        if (!finding.found().equals(expected)) {
            throw new AssertionError("%s: expected %s %s, but found %s, in %s%s (%s)"
                    .formatted(
                            engine,
                            what,
                            expected,
                            finding.found(),
                            finding.thread().isEmpty() ? "" : "thread " + finding.thread() + " of ",
                            sight.process(),
                            sight.source()));
        }
        return this;
    }

    /** In the kernel's order, as the sets are told. */
    private static String names(String... names) {
        long set = Stream.of(names).mapToLong(Host::capability).reduce(0, (some, one) -> some | one);
        return Host.capabilities(Long.toHexString(set));
    }
}
