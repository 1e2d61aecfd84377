package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The JVM flavour needs a glibc, of Debian 11 or newer, and nothing else; the native one needs nothing. */
@EachFlavour
class BaseImagesTest {
    /** The loader of the C library is the one program there. */
    private static final String LOADER = "/lib64/ld-linux-x86-64.so.2";

    static final String GLIBC_ALONE = """
            FROM %s AS glibc
            RUN dpkg -L libc6 | sort -u | while read -r f; do [ -d "$f" ] || echo "$f"; done | grep -v /usr/share/ >/files && mkdir /glibc && xargs -a /files cp -a --parents -t /glibc
            FROM scratch
            COPY --from=glibc /glibc /
            """.formatted(Images.base());

    private static final String WITH_STEPDOWN = """
            COPY --from=%s /opt/stepdown /opt/stepdown
            ENTRYPOINT ["/opt/stepdown/bin/stepdown"]
            """;

    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0}")
    @CsvSource({"bullseye, 2.31", "bookworm, 2.36", "trixie, 2.41"})
    void it_starts_on_debian(String release, String glibc) {
        assumeTrue(flavour.fits(glibc), "left out: " + flavour.needs());
        Finished finished = Launch.in(Images.probeOn(release, flavour))
                .options("--writable /data")
                .run("sh", "-c", "id && cat /etc/debian_version && touch /data/file")
                .succeeded();
        assertThat(finished.lines().getFirst()).isEqualTo("uid=9031(ping) gid=9999(identity) groups=9999(identity)");
        assertThat(finished.errorLines()).hasSize(1);
    }

    /** No shell, no account files, no /tmp. */
    @Test
    void it_starts_where_there_is_nothing_but_a_glibc() {
        assumeTrue(flavour.needsNoLibrary(), "left out: " + flavour.needs());
        String image = Images.made("glibc", flavour, GLIBC_ALONE + WITH_STEPDOWN.formatted(Images.stepdown(flavour)));
        Finished finished = Launch.in(image)
                .options("--writable /data")
                .run(LOADER, "--version")
                .succeeded();
        assertThat(finished.text()).startsWith("ld.so ");
        assertThat(finished.errorLines()).hasSize(1).first().asString().contains("uid=9031(ping) gid=9999(identity)");
        assertThat(Launch.in(image).run("sh").exited(127).errors()).contains("sh: not found");
    }

    @Test
    void where_there_is_no_glibc_the_jvm_flavour_names_the_other() {
        String image =
                Images.made("empty", flavour, "FROM scratch\n" + WITH_STEPDOWN.formatted(Images.stepdown(flavour)));
        if (flavour == Flavour.JVM) {
            Launch.in(image).run("x").refused(LOADER, "use the native flavour");
        } else {
            Launch.in(image).run("/x").refusedWith(127, "/x");
            assertThat(Launch.in(image).option("--version").run().succeeded().text())
                    .startsWith("stepdown ");
        }
    }
}
