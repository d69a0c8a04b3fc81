package io.github.consulresolver.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SettingsPollTest {
    private final BlockingQueue<Duration> pauses = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @Test
    void settings_are_told_once_until_they_change() throws InterruptedException {
        run("3", "3", "4", "4", "3");

        assertThat(heard).containsExactly("known 3", "known 4", "known 3");
    }

    @Test
    void a_failure_is_told_once_until_it_was_good_or_another_one() throws InterruptedException {
        run("no HTTP", "no HTTP", "denied", "denied", "3", "3", "denied");

        assertThat(heard).containsExactly("unknown no HTTP", "unknown denied", "known 3", "unknown denied");
    }

    @Test
    void settings_that_were_known_stay_known_through_a_failure() throws InterruptedException {
        run("3", "denied", "3");

        assertThat(heard).containsExactly("known 3", "unknown denied");
    }

    @Test
    void it_asks_about_once_a_minute() throws InterruptedException {
        run("3", "3", "no HTTP", "3");

        assertThat(pauses).hasSize(4).allSatisfy(pause -> assertThat(pause).isBetween(seconds(54), seconds(66)));
    }

    @Test
    void until_the_first_time_that_it_works_it_asks_sooner_and_then_less_and_less() throws InterruptedException {
        run("no", "no", "no", "no", "no", "no", "no", "no");

        List<Duration> all = List.copyOf(pauses);
        assertThat(all.get(0)).isBetween(Duration.ofMillis(900), Duration.ofMillis(1_100));
        assertThat(all.get(2)).isBetween(Duration.ofMillis(3_600), Duration.ofMillis(4_400));
        assertThat(all.get(7)).isBetween(seconds(54), seconds(66));
    }

    private static Duration seconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }

    /** Lets the poll read these, one after the other: a number is a limit, anything else a failure. */
    private void run(String... outcomes) throws InterruptedException {
        BlockingQueue<String> left = new LinkedBlockingQueue<>(Arrays.asList(outcomes));
        CountDownLatch ended = new CountDownLatch(1);
        SettingsPoll.Source source = () -> {
            String outcome = left.remove();
            if (!outcome.matches("\\d+")) {
                throw new IOException(outcome);
            }
            return new AgentSettings(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalInt.of(Integer.parseInt(outcome)),
                    OptionalInt.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());
        };
        SettingsPoll.Listener listener = new SettingsPoll.Listener() {
            @Override
            public void known(AgentSettings settings) {
                heard.add("known " + settings.udpAnswerLimit().getAsInt());
            }

            @Override
            public void unknown(String reason) {
                heard.add("unknown " + reason);
            }
        };
        try (SettingsPoll poll = new SettingsPoll(source, listener, pause -> {
            pauses.add(pause);
            if (left.isEmpty()) {
                ended.countDown();
                throw new InterruptedException("the end of the test");
            }
        })) {
            poll.start();
            assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
