package io.github.consulresolver.devagent;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go writes them, and so Consul: {@code 1h2m3s}, {@code 1.5s}, {@code 300ms}. */
final class GoDuration {
    private static final Pattern PART = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(ms|us|µs|ns|h|m|s)");

    private GoDuration() {}

    static Optional<Duration> parse(String text) {
        if (text.equals("0")) {
            return Optional.of(Duration.ZERO);
        }
        Matcher part = PART.matcher(text);
        double nanos = 0;
        int end = 0;
        while (part.lookingAt()) {
            nanos += Double.parseDouble(part.group(1)) * nanosOf(part.group(2));
            end = part.end();
            part.region(end, text.length());
        }
        boolean whole = end > 0 && end == text.length();
        return whole ? Optional.of(Duration.ofNanos((long) nanos)) : Optional.empty();
    }

    /** Milliseconds are the finest part that is written after seconds. */
    static String format(Duration duration) {
        if (duration.isZero()) {
            return "0s";
        }
        if (duration.toSeconds() == 0) {
            return duration.toNanos() % 1_000_000 == 0 ? duration.toMillis() + "ms" : duration.toNanos() + "ns";
        }
        String seconds = String.valueOf(duration.toSecondsPart());
        if (duration.toMillisPart() > 0) {
            seconds +=
                    String.format(Locale.ROOT, ".%03d", duration.toMillisPart()).replaceAll("0+$", "");
        }
        String minutes = duration.toMinutes() > 0 ? duration.toMinutesPart() + "m" : "";
        return (duration.toHours() > 0 ? duration.toHours() + "h" : "") + minutes + seconds + "s";
    }

    private static double nanosOf(String unit) {
        return switch (unit) {
            case "h" -> 3.6e12;
            case "m" -> 6e10;
            case "s" -> 1e9;
            case "ms" -> 1e6;
            case "ns" -> 1;
            default -> 1e3;
        };
    }
}
