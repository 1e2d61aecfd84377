package stepdown.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Arguments and environment reach the product byte for byte, whatever a shell or a JVM would make of them. */
@EachFlavour
class BytesTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String PATH = "PATH=/usr/bin:/bin";

    @Parameter
    Flavour flavour;

    @Test
    void entries_that_no_shell_keeps_arrive_in_their_order() {
        List<String> given = List.of(
                PATH,
                "discovery.type=single-node",
                "my-var=1",
                "no equals sign",
                "",
                "TWICE=1",
                "=empty name",
                "TWICE=2",
                "EMPTY=",
                "TWICE=1",
                "MULTI=a\nb\tc",
                "1DIGIT=x",
                "bash%%=() { :; }",
                "BASH_FUNC_f%%=() { echo; }",
                "SHLVL=41",
                "OLDPWD=/nowhere",
                "PWD=/elsewhere",
                "_=/x",
                "IFS=x",
                "PS1=#",
                "OPTIND=7",
                "ENV=/probe/show");
        assertThat(environment(given.stream().map(BytesTest::bytes).toList()))
                .containsExactlyElementsOf(hex(with(given, "USER=ping", "LOGNAME=ping", "HOME=/home/ping")));
    }

    @Test
    void bytes_that_are_no_text_arrive() {
        List<byte[]> given = List.of(
                bytes(PATH),
                HEX.parseHex("58" + "3d" + "fffe80"),
                HEX.parseHex("ff" + "3d" + "31"),
                HEX.parseHex("c328"),
                HEX.parseHex("593d636166c3a9"),
                HEX.parseHex("5a3d" + "01021b7f"));
        List<String> expected =
                new ArrayList<>(given.stream().map(HEX::formatHex).toList());
        expected.addAll(hex(List.of("USER=ping", "LOGNAME=ping", "HOME=/home/ping")));
        assertThat(environment(given)).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void who_the_product_is_replaces_what_the_environment_said() {
        List<String> given = List.of(PATH, "USER=root", "HOME=/root", "LOGNAME=root", "LAST=1");
        assertThat(environment(given.stream().map(BytesTest::bytes).toList()))
                .containsExactlyInAnyOrderElementsOf(
                        hex(List.of(PATH, "USER=ping", "HOME=/home/ping", "LOGNAME=ping", "LAST=1")));
    }

    @ParameterizedTest(name = "HOME={0}")
    @ValueSource(strings = {"/data", "relative", "/root/sub", "/home/ping"})
    void a_home_that_is_not_roots_stays(String home) {
        assertThat(Launch.of(flavour)
                        .env("HOME", home)
                        .run("sh", "-c", "echo $HOME")
                        .succeeded()
                        .text())
                .isEqualTo(home);
    }

    @Test
    void nothing_but_user_logname_and_home_is_set_by_stepdown() {
        String given = Docker.must(
                "run",
                "--rm",
                "-e",
                "discovery.type=x",
                "--entrypoint",
                "/probe/show",
                "-h",
                "same",
                Images.probe(flavour));
        String product = Launch.of(flavour)
                .flags("-e discovery.type=x -h same")
                .run("/probe/show")
                .succeeded()
                .text();
        List<String> expected = new ArrayList<>(given.lines().toList());
        expected.removeAll(entries("env", List.of("HOME=/root")));
        expected.addAll(entries("env", List.of("USER=ping", "LOGNAME=ping", "HOME=/home/ping")));
        assertThat(product.lines()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "no locale,",
        "C, LC_ALL=C",
        "POSIX, LANG=POSIX",
        "C.UTF-8, LC_ALL=C.UTF-8",
        "unknown, LC_ALL=xx_YY.ISO-8859-1"
    })
    void arguments_arrive_in_any_locale(String name, String locale) {
        List<byte[]> given = List.of(
                bytes("/probe/show"),
                bytes("plain"),
                bytes(""),
                bytes("two words"),
                bytes("caf\u00e9"),
                HEX.parseHex("636166e9"),
                HEX.parseHex("ff"),
                HEX.parseHex("c3"),
                HEX.parseHex("f09f9880"),
                HEX.parseHex("eda080"),
                bytes("a\nb\n"),
                bytes("--"),
                bytes("*"),
                bytes("$(id)"),
                bytes("@/etc/passwd"),
                bytes("-Xmx1g"),
                bytes(""));
        List<byte[]> arguments = Stream.concat(
                        Stream.of(bytes("/opt/stepdown/bin/stepdown"), bytes("--")), given.stream())
                .toList();
        List<byte[]> environment = locale == null ? List.of(bytes(PATH)) : List.of(bytes(PATH), bytes(locale));
        assertThat(shown("argv", arguments, environment))
                .containsExactlyElementsOf(
                        given.stream().skip(1).map(HEX::formatHex).toList());
    }

    @Test
    void a_thousand_arguments_and_an_argument_of100_kilobytes_arrive() {
        assertThat(Launch.of(flavour)
                        .perl("push @ARGV, 'x' x 100_000, map { \"a$_\" } 1..1000")
                        .run("sh", "-c", "echo ${#1} $# $1001", "sh")
                        .succeeded()
                        .text())
                .startsWith("100000 1001 ");
    }

    /** The entries that the product gets of this environment. */
    private List<String> environment(List<byte[]> entries) {
        return shown(
                "env",
                Stream.of("/opt/stepdown/bin/stepdown", "--", "/probe/show")
                        .map(BytesTest::bytes)
                        .toList(),
                entries);
    }

    private List<String> shown(String kind, List<byte[]> arguments, List<byte[]> environment) {
        List<String> command = new ArrayList<>(List.of(
                "run", "--rm", "--label", Docker.LABEL, "--entrypoint", "/probe/start", Images.probe(flavour), "argv"));
        arguments.forEach(entry -> command.add(HEX.formatHex(entry)));
        command.add("env");
        environment.forEach(entry -> command.add(HEX.formatHex(entry)));
        return Docker.docker(command).succeeded().lines().stream()
                .filter(line -> line.startsWith(kind))
                .map(line -> line.substring(kind.length()).strip())
                .toList();
    }

    private static List<String> with(List<String> entries, String... more) {
        return Stream.concat(entries.stream(), Stream.of(more)).toList();
    }

    private static List<String> hex(List<String> entries) {
        return entries.stream().map(entry -> HEX.formatHex(bytes(entry))).toList();
    }

    private static List<String> entries(String kind, List<String> entries) {
        return hex(entries).stream().map(entry -> kind + " " + entry).toList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
