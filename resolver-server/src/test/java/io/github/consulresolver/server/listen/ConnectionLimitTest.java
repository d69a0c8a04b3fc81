package io.github.consulresolver.server.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionLimitTest {
    private static final InetAddress ONE = InetAddress.getLoopbackAddress();
    private static final InetAddress OTHER = address(2);

    private final ConnectionLimit limit = new ConnectionLimit(3, 2);
    private final List<Guest> ended = new ArrayList<>();

    private final class Guest implements ConnectionLimit.Connection {
        private final long lastSign;
        private boolean idle = true;

        Guest(long lastSign) {
            this.lastSign = lastSign;
        }

        @Override
        public boolean isIdle() {
            return idle;
        }

        @Override
        public long lastSign() {
            return lastSign;
        }

        @Override
        public void end() {
            ended.add(this);
            limit.gone(this);
        }
    }

    @Test
    void the_longest_idle_of_all_makes_room() {
        Guest first = admitted(30, ONE);
        Guest second = admitted(10, OTHER);
        admitted(20, address(3));

        assertThat(limit.admits(new Guest(40), address(4))).isTrue();
        assertThat(ended).containsExactly(second).doesNotContain(first);
        assertThat(limit.open()).isEqualTo(3);
        assertThat(limit.replaced()).isEqualTo(1);
    }

    @Test
    void who_has_his_share_makes_room_for_himself() {
        admitted(10, OTHER);
        admitted(30, ONE);
        Guest own = admitted(20, ONE);

        assertThat(limit.admits(new Guest(40), ONE)).isTrue();
        assertThat(ended).containsExactly(own);
    }

    @Test
    void who_waits_for_an_answer_stays() {
        Guest waiting = admitted(10, ONE);
        waiting.idle = false;
        Guest idle = admitted(20, ONE);

        assertThat(limit.admits(new Guest(30), ONE)).isTrue();
        assertThat(ended).containsExactly(idle);
    }

    @Test
    void nobody_new_is_let_in_where_all_wait() {
        for (int client = 1; client <= 3; client++) {
            admitted(10, address(client)).idle = false;
        }
        assertThat(limit.admits(new Guest(20), address(4))).isFalse();
        assertThat(ended).isEmpty();
        assertThat(limit.refused()).isEqualTo(1);
    }

    @Test
    void who_has_gone_leaves_room() {
        Guest first = admitted(10, ONE);
        admitted(20, ONE);
        limit.gone(first);
        limit.gone(first);

        admitted(30, ONE);
        assertThat(ended).isEmpty();
        assertThat(limit.open()).isEqualTo(2);
    }

    @Test
    void the_time_may_run_over() {
        Guest older = admitted(Long.MAX_VALUE, ONE);
        admitted(Long.MIN_VALUE, ONE);

        assertThat(limit.admits(new Guest(Long.MIN_VALUE + 1), ONE)).isTrue();
        assertThat(ended).containsExactly(older);
    }

    private Guest admitted(long lastSign, InetAddress client) {
        Guest guest = new Guest(lastSign);
        assertThat(limit.admits(guest, client)).isTrue();
        return guest;
    }

    private static InetAddress address(int last) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last});
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
