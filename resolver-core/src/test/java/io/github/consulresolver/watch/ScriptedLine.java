package io.github.consulresolver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.consulresolver.agent.AgentLine;
import io.github.consulresolver.agent.AgentReply;
import io.github.consulresolver.agent.Document;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A line on which a test is the agent.
 *
 * @param <T> what its bodies say
 */
final class ScriptedLine<T> implements AgentLine {
    /** What a test says of a reply; the rest is as a healthy agent has it. */
    static final Duration NO_TIME = Duration.ZERO;

    private record Request<T>(String path, Duration timeout, Answer<T> answer) {}

    final List<String> asked = new ArrayList<>();
    private Request<T> request;
    private boolean connected;

    @Override
    @SuppressWarnings("unchecked")
    public <D> void get(String path, Duration timeout, Document<D> document, Answer<D> answer) {
        assertThat(request).as("what is under way").isNull();
        asked.add(path);
        connected = true;
        request = new Request<>(path, timeout, (Answer<T>) answer);
    }

    @Override
    public boolean isConnected() {
        return connected;
    }

    @Override
    public void close() {
        connected = false;
        request = null;
    }

    /** What is asked now. */
    String question() {
        assertThat(isAsked()).as("something is asked").isTrue();
        return request.path;
    }

    Duration timeout() {
        return request.timeout;
    }

    boolean isAsked() {
        return request != null;
    }

    void reply(long index, T body) {
        reply(new AgentReply<>(200, index, true, NO_TIME, false, Optional.of(body)));
    }

    void status(int status) {
        reply(new AgentReply<>(status, 0, true, NO_TIME, false, Optional.empty()));
    }

    void reply(AgentReply<T> reply) {
        taken().reply(reply);
    }

    void fail(Failure failure, String reason) {
        Answer<T> answer = taken();
        connected = false;
        answer.failed(failure, reason);
    }

    /** The connection ends while nothing is asked. */
    void disconnect() {
        connected = false;
    }

    private Answer<T> taken() {
        assertThat(isAsked()).as("something is asked").isTrue();
        Answer<T> answer = request.answer;
        request = null;
        return answer;
    }
}
