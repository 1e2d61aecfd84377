package stepdown.privilege;

import static org.assertj.core.api.Assertions.assertThat;
import static stepdown.Seeded.any;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import stepdown.Seeded;

/** Texts of /proc, as the kernel writes them and as it never would. */
@Tag("slow")
class GeneratedStatusTest {
    private static final List<String> NAMES =
            List.of("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs");
    private static final List<String> VALUES = List.of(
            "0",
            "1",
            "\t9031\t9031\t9031\t9031",
            "\t",
            "",
            " 5 \t7 ",
            "00000000a80425fb",
            "ffffffffffffffff",
            "10000000000000000",
            "18446744073709551615",
            "18446744073709551616",
            "-1",
            "+1",
            "x",
            "1\r",
            "1\0",
            "\u00b9");

    @Test
    void a_map_has_the_ids_of_its_lines_and_no_others() {
        Seeded.cases(10_000, random -> {
            List<long[]> ranges = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            long next = random.nextInt(3);
            for (int i = random.nextInt(6); i > 0; i--) {
                long count = any(random, List.of(1L, 2L, 65_536L, 4_000_000_000L));
                ranges.add(new long[] {next, next + count});
                text.append(String.format(Locale.ROOT, "%10d %10d %10d\n", next, random.nextInt(200_000), count));
                next += count + (random.nextBoolean() ? 0 : random.nextInt(1000));
            }
            IdMap map = IdMap.parse(text.toString());
            assertThat(map).isEqualTo(IdMap.parse(text.toString()));
            List<Long> tried = ranges.stream()
                    .flatMap(range -> Stream.of(range[0] - 1, range[0], range[1] - 1, range[1]))
                    .collect(Collectors.toCollection(ArrayList::new));
            tried.addAll(List.of(0L, (long) random.nextInt(70_000), 4294967294L));
            for (long id : tried) {
                boolean has = ranges.stream().anyMatch(range -> range[0] <= id && id < range[1]);
                assertThat(map.has(id)).as("%d in%n%s", id, text).isEqualTo(has);
            }
            long shown = Stream.of(map.toString().split(","))
                    .filter(range -> range.contains("-"))
                    .count();
            assertThat(shown).as("%s of%n%s", map, text).isEqualTo(map.ranges().size());
        });
    }

    @Test
    void a_map_of_any_other_text_is_read_or_ends_the_start() {
        Seeded.cases(10_000, random -> {
            String text = Seeded.text(random, 30, "0123456789 \t\n-+x");
            try {
                assertThat(IdMap.parse(text)).isEqualTo(IdMap.parse(text));
            } catch (NumberFormatException | IndexOutOfBoundsException e) {
                // Launcher's table: the product is not started.
                assertThat(text.matches("(?s)(?:\\s*\\d{1,18}\\s+\\d{1,18}\\s+\\d{1,18}\\s+)*"))
                        .as(text)
                        .isFalse();
            }
        });
    }

    @Test
    void a_status_is_read_as_it_was_written() {
        Seeded.cases(10_000, random -> {
            List<Long> numbers = Stream.generate(() -> Math.abs(random.nextLong() % 4294967296L))
                    .limit(8)
                    .toList();
            List<Long> groups = numbers.subList(0, random.nextInt(5));
            long[] sets = random.longs(5).toArray();
            StringBuilder text = new StringBuilder("Name:\tUid:\t0\nUmask:\t0022\n");
            text.append(words("Uid", numbers.subList(0, 4), "\t")).append(words("Gid", numbers.subList(4, 8), "\t"));
            text.append(words("Groups", groups, " "));
            for (int i = 0; i < sets.length; i++) {
                text.append(NAMES.get(3 + i)).append(String.format(Locale.ROOT, ":\t%016x\n", sets[i]));
            }
            boolean on = random.nextBoolean();
            text.append("NoNewPrivs:\t").append(on ? 1 : 0).append("\nSeccomp:\t2\n");
            assertThat(Credentials.parse(text.toString()))
                    .isEqualTo(new Credentials(
                            numbers.subList(0, 4),
                            numbers.subList(4, 8),
                            groups,
                            sets[0],
                            sets[1],
                            sets[2],
                            sets[3],
                            sets[4],
                            on));
        });
    }

    private static String words(String name, List<Long> numbers, String between) {
        return name + ":\t" + numbers.stream().map(String::valueOf).collect(Collectors.joining(between)) + " \n";
    }

    @Test
    void a_status_of_any_text_is_read_or_proves_nothing() {
        Seeded.cases(15_000, random -> {
            String text = status(random);
            Credentials read = Credentials.parse(text);
            assertThat(Credentials.parse(text)).isEqualTo(read);
            for (String name : NAMES) {
                String line = Stream.of(text.split("\n"))
                        .filter(each -> each.startsWith(name + ":"))
                        .findFirst()
                        .map(each -> each.substring(name.length() + 1).strip())
                        .orElse(null);
                assertThat(Credentials.line(text, name)).isEqualTo(line);
                assertThat(line != null || read == null)
                        .as("%s of%n%s", name, text)
                        .isTrue();
            }
        });
    }

    private static String status(Random random) {
        StringBuilder text = new StringBuilder();
        for (String name : NAMES) {
            for (int i = random.nextInt(12) == 0 ? random.nextInt(3) : 1; i > 0; i--) {
                String value = random.nextInt(6) == 0 ? any(random, VALUES) : "\t1";
                text.append(random.nextInt(40) == 0 ? Seeded.bytes(random, 9) : name + ":" + value)
                        .append('\n');
            }
        }
        return random.nextInt(4) == 0 ? text.substring(0, random.nextInt(text.length() + 1)) : text.toString();
    }
}
