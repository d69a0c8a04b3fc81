package io.github.consulresolver.agent;

import io.github.consulresolver.agent.AgentLine.Answer;
import io.github.consulresolver.agent.AgentLine.Failure;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.HttpURLConnection;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An agent's HTTP API, for those who wait for the answer. Each request has a connection of its own, which ends with it: kept open, it would be
 * one of the agent's 200. Thread-safe.
 */
public final class AgentHttp {
    private static final Duration SETTINGS_TIMEOUT = Duration.ofSeconds(10);

    /** Whoever waits for this has an answer already, and wants to know whether there is a better one. */
    private static final Duration HEALTH_TIMEOUT = Duration.ofSeconds(2);

    /** For an answer that is late because the thread which tells of it is. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final LongPolls polls;

    /** @param polls makes the connections; until it is started nothing is answered */
    public AgentHttp(LongPolls polls) {
        this.polls = polls;
    }

    /**
     * Reads the agent's settings; blocks for some seconds at most where nobody answers.
     *
     * @throws IOException with one line that says what was wrong, and never has the token in it
     */
    public AgentSettings settings() throws IOException {
        return body(get("/v1/agent/self", SETTINGS_TIMEOUT, new SelfDocument()), "agent:read");
    }

    /**
     * Lists the instances of a service, whatever their checks say; blocks for some seconds at most where nobody answers. Any server may
     * answer, as for DNS.
     *
     * @param service its name, in any case
     * @param datacenter empty for the agent's own
     * @param tag lists those that have it, in any case; empty for all
     * @throws IOException with one line that says what was wrong, and never has the token in it; also when addresses may be those for
     *     other datacenters ({@code translate_wan_addrs}), of which an entry does not tell what they were
     */
    public List<ServiceEntry> health(String service, Optional<String> datacenter, Optional<String> tag)
            throws IOException {
        String path = "/v1/health/service/" + encoded(service) + "?stale"
                + datacenter.map(name -> "&dc=" + encoded(name)).orElse("")
                + tag.map(name -> "&tag=" + encoded(name)).orElse("");
        AgentReply<List<ServiceEntry>> reply = get(path, HEALTH_TIMEOUT, new HealthDocument());
        List<ServiceEntry> entries = body(reply, "service:read and node:read");
        if (datacenter.isPresent() && reply.translated()) {
            throw new IOException("addresses in another datacenter are translated");
        }
        return entries;
    }

    /** A text as a path or a query of the API has it (RFC 3986, section 2.1). */
    public static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private <T> AgentReply<T> get(String path, Duration timeout, Document<T> document) throws IOException {
        CompletableFuture<AgentReply<T>> answer = new CompletableFuture<>();
        AgentLine line = polls.line();
        polls.execute(() -> line.get(path, timeout, document, new Answer<>() {
            @Override
            public void reply(AgentReply<T> reply) {
                line.close();
                answer.complete(reply);
            }

            @Override
            public void failed(Failure failure, String reason) {
                answer.completeExceptionally(new IOException(reason));
            }
        }));
        try {
            return answer.get(timeout.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw failure(e);
        } catch (TimeoutException e) {
            throw new IOException("no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("nobody waits for it any more").initCause(e);
        }
    }

    private static IOException failure(ExecutionException e) {
        return e.getCause() instanceof IOException failed
                ? failed
                : new IOException("the request could not be made", e);
    }

    private static <T> T body(AgentReply<T> reply, String permission) throws IOException {
        int status = reply.status();
        if (status == HttpURLConnection.HTTP_FORBIDDEN) {
            throw new IOException("403: a token with " + permission + " is needed");
        }
        return reply.body().orElseThrow(() -> new IOException("HTTP status " + status));
    }
}
