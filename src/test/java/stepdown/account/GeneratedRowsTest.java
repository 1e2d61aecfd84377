package stepdown.account;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static stepdown.Seeded.any;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stepdown.Refusal;
import stepdown.Seeded;
import stepdown.kernel.jnr.JffiBinding;
import stepdown.kernel.jnr.Jnr;

/** Account files of any bytes: a start reads them as the C library does, and changes nothing but its own row. */
@Tag("slow")
class GeneratedRowsTest {
    private static final List<String> NAMES = List.of(
            "ping",
            "identity",
            "root",
            "al",
            "+",
            "-",
            "+ping",
            "-al",
            "#ping",
            "",
            " ping",
            "\tal",
            "\fping",
            "\u001cping",
            "PING",
            "ping\0",
            "p\u00efng");
    private static final List<String> NUMBERS = List.of(
            "0",
            "5",
            "9031",
            "9999",
            "4294967294",
            "4294967295",
            "4294967296",
            "99999999999999999999",
            "-1",
            "-0",
            "+5",
            " 5",
            "\u001c5",
            "5 ",
            "005",
            "",
            "x",
            "0x5",
            "5\0",
            "\u00b25");
    private static final List<String> COMMENTS = List.of("stepdown", "stepdown", "", "Stepdown", "a b", " stepdown");
    private static final List<String> HOMES = List.of("/home/ping", "/", "", "relative", "/home/al\r");
    private static final List<String> ENDS = List.of("\n", "\n", "\n", "\n", "\r\n", "\n\n", "\r", "\0\n", "");
    private static final List<Long> IDS = List.of(1L, 5L, 9031L, 9999L, 4294967294L);

    /** Blanks as isspace(3) knows them, then a number as strtoul(3) reads it. */
    private static final Pattern NUMBER = Pattern.compile("[ \\t\\n\\x0B\\f\\r]*([+-]?[0-9]+)");

    private static final BigInteger LARGEST = BigInteger.valueOf(0xFFFFFFFFL);

    @TempDir
    Path etc;

    private static String file(Random random, boolean passwd) {
        StringBuilder file = new StringBuilder();
        List<String> lines = new ArrayList<>(List.of("root:x:0:0:root:/root:/bin/sh"));
        for (int i = random.nextInt(9); i > 0; i--) {
            lines.add(random.nextInt(5) == 0 ? any(random, lines) : line(random, passwd));
            file.append(lines.getLast()).append(any(random, ENDS));
        }
        return file.toString();
    }

    private static String line(Random random, boolean passwd) {
        if (random.nextInt(8) == 0) {
            return Seeded.bytes(random, 30);
        }
        List<String> fields = new ArrayList<>(List.of(any(random, NAMES), "x", any(random, NUMBERS)));
        fields.addAll(
                passwd
                        ? List.of(any(random, NUMBERS), any(random, COMMENTS), any(random, HOMES), "/bin/sh")
                        : List.of(any(random, NAMES) + "," + any(random, NAMES)));
        int most = random.nextInt(4) == 0 ? random.nextInt(fields.size()) + 1 : fields.size();
        return String.join(":", fields.subList(0, most)) + (random.nextInt(9) == 0 ? ":more" : "");
    }

    private static Identity asked(Random random) {
        long uid = random.nextInt(4) == 0 ? 1 + random.nextInt(20_000) : any(random, IDS);
        long gid = random.nextInt(4) == 0 ? 0 : any(random, IDS);
        List<String> names = List.of("ping", "ping", "al", "root", "identity", "_new");
        return new Identity(uid, gid, any(random, names), any(random, names), "/home/ping", "/sbin/nologin");
    }

    @Test
    void a_plan_is_made_or_refused_and_twice_the_same() {
        Seeded.cases(20_000, random -> {
            Accounts found = Etc.of(file(random, true), file(random, false));
            Identity asked = asked(random);
            AccountPlan plan = plan(found, asked);
            assertThat(plan(found, asked)).isEqualTo(plan);
            assertKept(found, asked, plan);
        });
    }

    private static @Nullable AccountPlan plan(Accounts found, Identity asked) {
        try {
            return new Decision(found, asked).decide();
        } catch (Refusal e) {
            return null;
        }
    }

    /** Every line that was there is there still, byte for byte, but for the ids of a row of stepdown's. */
    private static void assertKept(Accounts found, Identity asked, @Nullable AccountPlan plan) {
        if (plan == null) {
            assertThat(lines(found.passwd()).filter(line -> name(line).equals(asked.userName())))
                    .as("what was refused")
                    .isNotEmpty();
            return;
        }
        assertChanged(found.group(), Etc.after(plan, found.group()), asked.groupName() + ":x:" + asked.gid() + ":");
        String own = asked.userName() + ":x:" + asked.uid() + ":" + asked.gid() + ":stepdown:";
        assertChanged(found.passwd(), Etc.after(plan, found.passwd()), own + asked.home() + ":" + asked.shell());
    }

    private static void assertChanged(AccountFile file, String after, String row) {
        String before = file.text();
        String gap = before.isEmpty() || before.endsWith("\n") ? "" : "\n";
        if (!after.equals(before) && !after.equals(before + gap + row + "\n")) {
            List<String> were = List.of(before.split("\n", -1));
            List<String> are = List.of(after.split("\n", -1));
            assertThat(are).hasSameSizeAs(were);
            List<Integer> others = Stream.iterate(0, i -> i + 1)
                    .limit(were.size())
                    .filter(i -> !were.get(i).equals(are.get(i)))
                    .toList();
            assertThat(others).as("lines that were renumbered").hasSize(1);
            String[] was = were.get(others.getFirst()).split(":", -1);
            String[] is = are.get(others.getFirst()).split(":", -1);
            assertThat(was[4].replace("\r", "")).isEqualTo("stepdown");
            was[2] = row.split(":")[2];
            was[3] = row.split(":")[3];
            assertThat(is).isEqualTo(was);
        }
    }

    @Test
    void a_row_is_found_where_the_c_library_finds_it() {
        Seeded.cases(20_000, random -> {
            Accounts found = Etc.of(file(random, true), file(random, false));
            long id = asked(random).gid();
            UserRow user = found.user(id);
            assertThat(user == null ? "" : user.name()).isEqualTo(first(found.passwd(), id, 3));
            assertThat(found.groupName(id)).isEqualTo(first(found.group(), id, 2));
        });
    }

    private static String first(AccountFile file, long id, int other) {
        Predicate<String> has = line -> number(line, 2).equals(BigInteger.valueOf(id))
                && number(line, other).signum() >= 0;
        return lines(file).filter(has).map(GeneratedRowsTest::name).findFirst().orElse("");
    }

    /** Without what is no row. */
    private static Stream<String> lines(AccountFile file) {
        return Stream.of(file.text().split("\n"))
                .map(line -> line.endsWith("\r") ? line.substring(0, line.length() - 1) : line)
                .filter(line -> name(line).matches("(?s)[^#+-].*"));
    }

    private static String name(String line) {
        return line.split(":", 2)[0].replaceFirst("^[ \\t\\n\\x0B\\f\\r]+", "");
    }

    private static BigInteger number(String line, int field) {
        String[] fields = line.split(":", -1);
        var number = NUMBER.matcher(field < fields.length ? fields[field] : "");
        BigInteger value = number.matches() ? new BigInteger(number.group(1)) : BigInteger.ONE.negate();
        return value.compareTo(LARGEST) > 0 ? BigInteger.ONE.negate() : value;
    }

    @Test
    void what_is_written_is_what_was_planned_and_a_second_start_writes_nothing() {
        AccountFiles files = new AccountFiles(Jnr.kernel(new JffiBinding()), etc.toString(), Etc.OWNER, 15_000);
        Seeded.cases(1_000, random -> {
            String passwd = file(random, true);
            String group = file(random, false);
            Files.writeString(etc.resolve("passwd"), passwd, ISO_8859_1);
            Files.writeString(etc.resolve("group"), group, ISO_8859_1);
            Identity asked = asked(random);
            AccountPlan plan = plan(files.read(), asked);
            if (plan != null) {
                Accounts before = files.read();
                assertThat(Etc.start(files, asked).warnings()).isEqualTo(plan.warnings());
                assertThat(bytes("passwd")).isEqualTo(Etc.after(plan, before.passwd()));
                assertThat(bytes("group")).isEqualTo(Etc.after(plan, before.group()));
                passwd = bytes("passwd");
                group = bytes("group");
                List<Object> inodes = inodes();
                assertThat(plan(files.read(), asked).steps()).isEmpty();
                Etc.start(files, asked);
                assertThat(inodes()).isEqualTo(inodes);
            }
            assertThat(bytes("passwd")).isEqualTo(passwd);
            assertThat(bytes("group")).isEqualTo(group);
            assertThat(etc.toFile().list()).isSubsetOf("passwd", "group", ".pwd.lock");
        });
    }

    private String bytes(String name) throws Exception {
        return Files.readString(etc.resolve(name), ISO_8859_1);
    }

    private List<Object> inodes() throws Exception {
        return List.of(
                Files.getAttribute(etc.resolve("passwd"), "unix:ino"),
                Files.getAttribute(etc.resolve("group"), "unix:ino"));
    }
}
