package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The AOT cache of the JVM flavour: it is used where an image has it, and a start goes on without it. */
class CacheTest {
    /** A JVM that is told so ends where it cannot use its cache. */
    private static final String INSIST = wrapped("\"-XX:AOTMode=on\", @ARGV");

    private static final String CACHE = "/opt/stepdown/lib/*.aot";

    @ParameterizedTest(name = "\"{0}\"")
    @ValueSource(
            strings = {
                "--hostname x",
                "--memory 64m",
                "--cpuset-cpus 0",
                "--cap-drop ALL --cap-add SETUID --cap-add SETGID --cap-add SETPCAP"
            })
    void the_cache_is_used(String flags) {
        Finished finished = start(INSIST, flags);
        assertThat(finished.succeeded().text()).isEqualTo("9031");
        assertThat(finished.errors()).isEmpty();
    }

    /**
     * With rows, home and path to make; a lambda or the equals of a record, linked when it is first called, takes as
     * long as all of that.
     */
    @Test
    void a_start_with_much_to_do_loads_no_class_that_the_cache_lacks() {
        assertCacheIsWhole(Launch.of(Flavour.JVM));
    }

    static void assertCacheIsWhole(Launch launch) {
        Finished finished = launch.shell(
                        wrapped("\"-Xlog:class+load:file=/loaded\", grep { $_ ne \"-Xlog:disable\" } @ARGV"))
                .options("--writable /data")
                .run("cat", "/loaded")
                .succeeded();
        assertThat(finished.lines()).hasSizeGreaterThan(500);
        assertThat(finished.lines().stream().filter(line -> !line.endsWith("source: shared objects file")))
                .isEmpty();
    }

    /** One that is nowhere makes Java open every jar of the class path, and index it. */
    @Test
    void a_start_looks_for_no_class_and_no_file_in_vain() {
        Finished finished = Launch.of(Flavour.JVM)
                .shell(wrapped("\"-Xlog:exceptions=info:file=/thrown\", grep { $_ ne \"-Xlog:disable\" } @ARGV"))
                .options("--writable /data --keep-cap NET_BIND_SERVICE")
                .run("cat", "/thrown")
                .succeeded();
        assertThat(finished.lines()).anyMatch(line -> line.contains("stepdown/kernel/KernelException"));
        assertThat(finished.lines())
                .noneMatch(
                        line -> line.matches(".*(ClassNotFound|NoClassDef|NoSuchFile|FileNotFound|MissingResource).*"));
    }

    /** As an image builder may do that gives all files one time. */
    @Test
    void the_cache_is_used_whatever_the_times_of_the_jars_are() {
        assertThat(start(INSIST + "touch -d 2001-01-01 /opt/stepdown/lib/*", "")
                        .succeeded()
                        .text())
                .isEqualTo("9031");
    }

    /** Without which the tests above could not fail. */
    @Test
    void who_insists_on_a_cache_that_is_missing_gets_no_start() {
        assertThat(start(INSIST + "rm " + CACHE, "").exit()).isNotZero();
    }

    /** The jar that is there would run as the other one did: a JVM does not compare them. */
    @Test
    void the_cache_of_another_build_is_not_used() {
        String another = "mv " + CACHE + " /opt/stepdown/lib/0123456789abcdef.aot";
        assertThat(start(INSIST + another, "").exit()).isNotZero();
        Finished finished = start(another, "");
        assertThat(finished.succeeded().text()).isEqualTo("9031");
        assertThat(finished.errors()).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"rm ", "cp /etc/passwd ", "truncate -s 5000000 "})
    void a_start_without_a_usable_cache_says_nothing(String spoil) {
        Finished finished = start(spoil + CACHE, "");
        assertThat(finished.succeeded().text()).isEqualTo("9031");
        assertThat(finished.errors()).isEmpty();
    }

    @Test
    void nobody_but_root_can_write_it() {
        String state = Launch.of(Flavour.JVM)
                .options("--log warn")
                .run("sh", "-c", "stat -c '%u:%g %a' " + CACHE)
                .succeeded()
                .text();
        assertThat(state).isEqualTo("0:0 644");
    }

    /**
     * Perl in the place of java, which becomes it with other arguments, in perl: a shell would not keep the odd
     * environment.
     */
    private static String wrapped(String arguments) {
        return """
                cd /opt/stepdown/runtime/bin
                mv java java.real
                echo '#!/usr/bin/perl' >java
                echo 'exec {"/opt/stepdown/runtime/bin/java.real"} "java", %s' >>java
                chmod 755 java
                sed -i '/ runtime.bin.java$/d' /opt/stepdown/lib/files
                cd /
                """.formatted(arguments);
    }

    private static Finished start(String before, String flags) {
        return Launch.of(Flavour.JVM)
                .shell(before)
                .flags(flags)
                .options("--ownership off --log warn")
                .run("id", "-u");
    }
}
