package stepdown.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static stepdown.Seeded.any;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import stepdown.Refusal;
import stepdown.Seeded;
import stepdown.handover.Environment;

/** Arguments and environments of any bytes: a value or a refusal, and what is accepted is what was written. */
@Tag("slow")
class GeneratedSettingsTest {
    private static final List<String> VALUES = List.of(
            "",
            "/a",
            "/a/../b",
            "relative",
            "o",
            "go",
            "none",
            "root",
            "off",
            "mismatch",
            "NET_BIND_SERVICE",
            "kill",
            "CAP_KILL,net_raw",
            "SYS_ADMIN",
            "7",
            "0",
            "4294967294",
            "4294967295",
            "7,8,7",
            "3",
            "3,4",
            "2",
            "info",
            "debug",
            "ACME",
            "acme",
            "ping",
            "true",
            "TRUE",
            "false",
            "yes",
            "--strict",
            "--",
            "-",
            "-x",
            "@file",
            "\"q\"",
            "a=b",
            "=",
            ",",
            ":",
            "/a:/b",
            "caf\u00c3\u00a9",
            "\0",
            "\n");
    private static final List<String> WORDS = List.of(
            "--",
            "--",
            "-",
            "-h",
            "-V",
            "-x",
            "",
            "sh",
            "id",
            "@file",
            "--writeable",
            "--=",
            "--=x",
            "--no-such=x",
            "'q'",
            "a=b");

    private static <T> @Nullable T orRefused(Supplier<T> value) {
        try {
            return value.get();
        } catch (Refusal e) {
            assertThat(e.getMessage()).matches("[ -~]+").hasSizeLessThan(1000);
            return null;
        }
    }

    // ---- single values

    @Test
    void an_id_is_a_number_without_anything_else_in_its_range() {
        Seeded.cases(40_000, random -> {
            String text = switch (random.nextInt(4)) {
                case 0 -> Long.toString(4294967294L + random.nextInt(5) - 2);
                case 1 -> Seeded.bytes(random, 3);
                case 2 -> Seeded.text(random, 12, "0123456789");
                default -> Seeded.text(random, 5, "0019 +-x\u00b2\u0660");
            };
            for (long least : List.of(0L, 1L)) {
                boolean right = text.matches("0|[1-9][0-9]{0,9}")
                        && new BigInteger(text).compareTo(BigInteger.valueOf(least)) >= 0
                        && new BigInteger(text).compareTo(BigInteger.valueOf(4294967294L)) <= 0;
                Long id = orRefused(() -> Values.id("X", text, least));
                assertThat(id).as("%s", text).isEqualTo(right ? Long.valueOf(text) : null);
            }
        });
    }

    @Test
    void a_name_and_a_prefix_are_made_of_what_is_allowed_in_them() {
        Seeded.cases(40_000, random -> {
            String text = random.nextInt(4) == 0
                    ? Seeded.bytes(random, 4)
                    : Seeded.text(random, random.nextBoolean() ? 4 : 34, "abzABZ019__-");
            assertThat(orRefused(() -> Values.name("X", text)))
                    .isEqualTo(text.matches("[a-z_][a-z0-9_-]{0,31}") ? text : null);
            assertThat(orRefused(() -> Values.prefix("X", text)))
                    .isEqualTo(text.matches("[A-Z_][A-Z0-9_]*") ? text : null);
            assertThat(orRefused(() -> Values.rowPath("X", text)))
                    .isEqualTo(text.matches("/[ -9;-~\\x80-\\xFF]*") ? text : null);
        });
    }

    // ---- command lines

    private static String word(Random random) {
        Option option = any(random, List.of(Option.values()));
        return switch (random.nextInt(8)) {
            case 0 -> any(random, WORDS);
            case 1 -> any(random, VALUES);
            case 2 ->
                random.nextInt(3) == 0
                        ? "--" + Seeded.bytes(random, 4)
                        : option.flag.substring(0, option.flag.length() - 1);
            case 3, 4, 5 -> option.parameter.isEmpty() ? option.flag : option.flag + "=" + any(random, VALUES);
            default -> option.flag;
        };
    }

    private static List<String> words(Random random) {
        return Stream.generate(() -> word(random)).limit(random.nextInt(7)).toList();
    }

    /** By the rules that are told to users; null where they have no answer, so that it must be refused. */
    private static @Nullable Arguments naive(List<String> words) {
        Map<Option, List<String>> values = new EnumMap<>(Option.class);
        int at = 0;
        while (at < words.size() && words.get(at).length() > 1 && words.get(at).startsWith("-")) {
            String word = words.get(at++);
            if (word.equals("--")) {
                return new Arguments(values, words.subList(at, words.size()), true);
            } else if (word.matches("-[hV]")) {
                word.chars().skip(1).forEach(c -> values.put(c == 'h' ? Option.HELP : Option.VERSION, List.of()));
                continue;
            }
            String flag = word.split("=", 2)[0];
            Option option = Stream.of(Option.values())
                    .filter(o -> o.flag.equals(flag))
                    .findFirst()
                    .orElse(null);
            boolean joined = word.contains("=");
            if (option == null || (option.parameter.isEmpty() ? joined : !joined && at == words.size())) {
                return null;
            } else if (option.parameter.isEmpty()) {
                values.put(option, List.of());
            } else {
                List<String> all = new ArrayList<>(values.getOrDefault(option, List.of()));
                all.add(joined ? word.split("=", 2)[1] : words.get(at++));
                values.put(option, all);
            }
        }
        return new Arguments(values, words.subList(at, words.size()), false);
    }

    @Test
    void a_command_line_is_refused_or_read_by_the_rules_that_are_told_to_users() {
        Seeded.cases(2_000, random -> {
            List<String> words = words(random);
            Arguments parsed = orRefused(() -> Arguments.of(words));
            int own = parsed == null
                    ? words.size()
                    : words.size() - parsed.command().size();
            boolean accepted =
                    new Usage().refusal(words.subList(0, own)).getMessage().equals(Usage.UNCLEAR);
            assertThat(parsed != null).as("%s, by picocli", words).isEqualTo(accepted);
            Arguments naive = naive(words);
            if (parsed != null) {
                assertThat(parsed).as("%s", words).isEqualTo(naive);
                assertProduct(parsed);
            } else if (naive != null) {
                // What picocli takes for a forgotten value: an option after an option that wants one.
                assertThat(naive.values().values().toString()).as("%s", words).contains("-");
            }
        });
    }

    private static void assertProduct(Arguments arguments) {
        List<String> product = orRefused(arguments::product);
        assertThat(orRefused(arguments::product)).isEqualTo(product);
        if (product != null) {
            assertThat(product.getFirst()).isNotEmpty();
            int added = product.size() - arguments.command().size();
            assertThat(product.subList(added, product.size())).isEqualTo(arguments.command());
            List<String> first = arguments.command().stream().limit(1).toList();
            boolean named = arguments.has(Option.DEFAULT_COMMAND);
            assertThat(added)
                    .isEqualTo(named && (first.isEmpty() || first.getFirst().startsWith("-")) ? 1 : 0);
        } else if (!arguments.has(Option.DEFAULT_COMMAND)) {
            assertThat(arguments.command().stream().limit(1).toList()).isIn(List.of(), List.of(""));
        }
    }

    // ---- all of it

    @Test
    void settings_are_refused_or_read_and_twice_the_same() {
        List<String> names = new ArrayList<>(
                Stream.of(Option.values()).map(option -> option.variable).toList());
        for (String end : List.of("PRIVILEGED", "UID", "GID", "UNAME", "GNAME")) {
            names.addAll(List.of("PING_CONTAINER_" + end, "ACME_" + end));
        }
        names.addAll(
                List.of("PUID", "PGID", "STEPDOWN_", "STEPDOWN", "", "PING_CONTAINER_", "HOME", "STEPDOWN_WRITABEL"));
        int[] read = {0};
        Seeded.cases(8_000, random -> {
            List<String> entries = Stream.generate(() -> any(random, names)
                            + any(random, List.of("=", "=", "=", "", "\0"))
                            + (random.nextInt(9) == 0 ? Seeded.bytes(random, 150) : any(random, VALUES)))
                    .limit(random.nextInt(4))
                    .toList();
            List<String> words = random.nextInt(3) == 0 ? words(random) : List.of("--log", "info", "id");
            Arguments arguments = orRefused(() -> Arguments.of(words));
            if (arguments != null) {
                Environment environment = new Environment(entries);
                Settings settings = orRefused(() -> SettingsReader.read(arguments, environment));
                assertThat(orRefused(() -> SettingsReader.read(arguments, environment)))
                        .isEqualTo(settings);
                read[0] += settings != null ? 1 : 0;
                if (settings != null) {
                    assertThat(settings.identity().uid()).isBetween(1L, Values.LARGEST_ID);
                    assertThat(settings.identity().gid()).isBetween(0L, Values.LARGEST_ID);
                    assertThat(settings.warnings()).allMatch(warning -> warning.matches("[ -~]+"));
                }
            }
        });
        assertThat(read[0]).as("settings that were read").isPositive();
    }
}
