package io.github.consulresolver.server.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers, sizes and durations as people write them. */
public final class Quantity {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})(?:([kmg])(?:i?b)?|b)?");
    private static final Map<String, Integer> SIZE_SHIFTS = Map.of("k", 10, "m", 20, "g", 30);

    private static final Pattern DURATION = Pattern.compile("(?:\\d{1,9}(?:ms|s|m|h|d))+");
    private static final Pattern DURATION_PART = Pattern.compile("(\\d+)(ms|s|m|h|d)");
    private static final Map<String, Duration> DURATION_UNITS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));

    private Quantity() {}

    static int number(String text, int lowest, int highest) throws ConfigException {
        if (text.matches("\\d{1,9}")) {
            int number = Integer.parseInt(text);
            if (number >= lowest && number <= highest) {
                return number;
            }
        }
        throw new ConfigException(
                "expected a number from " + lowest + " to " + highest + "; found \"" + Quoted.text(text) + "\"");
    }

    /** Bytes, with k, m or g for the powers of 1,024 (also written kb, KiB ...). */
    static long bytes(String text, long lowest, long highest) throws ConfigException {
        Matcher size = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (size.matches()) {
            int shift = size.group(2) == null ? 0 : SIZE_SHIFTS.getOrDefault(size.group(2), 0);
            long bytes = Long.parseLong(size.group(1)) << shift;
            if (bytes >> shift == Long.parseLong(size.group(1)) && bytes >= lowest && bytes <= highest) {
                return bytes;
            }
        }
        throw new ConfigException("expected a size from " + size(lowest) + " to " + size(highest)
                + ", like 32m; found \"" + Quoted.text(text) + "\"");
    }

    /** {@code 250ms}, {@code 10s}, {@code 1h30m}, {@code 1d}: always with a unit, and within the bounds. */
    public static Duration duration(String text, Duration lowest, Duration highest) throws ConfigException {
        String lower = text.toLowerCase(Locale.ROOT);
        if (DURATION.matcher(lower).matches()) {
            Duration sum = Duration.ZERO;
            Matcher part = DURATION_PART.matcher(lower);
            while (part.find()) {
                Duration unit = DURATION_UNITS.getOrDefault(part.group(2), Duration.ZERO);
                sum = sum.plus(unit.multipliedBy(Long.parseLong(part.group(1))));
            }
            if (sum.compareTo(lowest) >= 0 && sum.compareTo(highest) <= 0) {
                return sum;
            }
        }
        throw new ConfigException("expected a duration from " + format(lowest) + " to " + format(highest)
                + ", with its unit, like 10s or 1h30m; found \"" + Quoted.text(text) + "\"");
    }

    private static String size(long bytes) {
        for (String unit : new String[] {"g", "m", "k"}) {
            int shift = SIZE_SHIFTS.getOrDefault(unit, 0);
            if (bytes >= 1L << shift && bytes % (1L << shift) == 0) {
                return (bytes >> shift) + unit;
            }
        }
        return String.valueOf(bytes);
    }

    /** Writes a duration in its largest whole unit. */
    public static String format(Duration duration) {
        for (String unit : new String[] {"d", "h", "m", "s"}) {
            long one = DURATION_UNITS.getOrDefault(unit, Duration.ZERO).toMillis();
            if (duration.toMillis() >= one && duration.toMillis() % one == 0) {
                return duration.toMillis() / one + unit;
            }
        }
        return duration.toMillis() + "ms";
    }
}
