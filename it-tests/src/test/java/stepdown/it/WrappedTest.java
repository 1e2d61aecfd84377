package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images built from what {@code docker/wrap} prints, started as they are. */
@EachFlavour
class WrappedTest {
    @Parameter
    Flavour flavour;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', nullValues = "none", textBlock = """
            # image  | process 1    | ids       | groups  | written   | what its check says
            redis    | redis-server | 997:996   | 996     | /data     | as redis
            postgres | postgres     | 998:998   | 997 998 | /var/lib/postgresql/data | none
            nginx    | nginx        | 101:101   | 101     | none      | none
            named    | serve        | 1000:2000 | 2000    | /store    | uid=1000(app) gid=2000(data) groups=2000(data)
            numbered | tail         | 1001:0    | 0       | /with"quote | "quoted" \\ <&>
            plain    | tail         | 9031:9999 | 9999    | none      | none
            """)
    void it_steps_down_and_so_does_its_check(
            String name, String comm, String ids, String groups, @Nullable String path, @Nullable String check) {
        String image = WrapTest.wrapped(flavour, name, WrapTest.printed(WrapTest.found(name)));
        Launch launch = Launch.in(image)
                .flags(
                        check == null
                                ? null
                                : "--health-interval=1s --health-timeout=5m --health-start-period=0s --health-retries=1");
        String[] user = ids.split(":");
        try (Running running = launch.start()) {
            running.awaitProduct(comm);
            assertThat(running.exec("cat", "/proc/1/status").lines())
                    .contains(
                            "Uid:\t%1$s\t%1$s\t%1$s\t%1$s".formatted(user[0]),
                            "Gid:\t%1$s\t%1$s\t%1$s\t%1$s".formatted(user[1]),
                            "Groups:\t" + groups + " ",
                            "CapBnd:\t0000000000000000",
                            "NoNewPrivs:\t1");
            if (path != null) {
                assertThat(running.exec("stat", "-c", "%u:%g", path).text()).isEqualTo(ids);
            }
            if (check != null) {
                running.await(
                        "its check has run",
                        () -> !running.inspect("{{.State.Health.Status}}").equals("starting"));
                assertThat(running.inspect("{{(index .State.Health.Log 0).Output}}")
                                .lines()
                                .filter(line -> !line.startsWith("WARN")))
                        .containsExactly(check);
            }
            boolean hasRow = !name.equals("plain") && !name.equals("numbered");
            assertThat(running.exec("grep", "-c", ":stepdown:", "/etc/passwd").text())
                    .as("rows that stepdown wrote")
                    .isEqualTo(hasRow ? "0" : "1");
        }
    }
}
