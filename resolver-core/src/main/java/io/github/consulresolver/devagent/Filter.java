package io.github.consulresolver.devagent;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The {@code filter} of a request: one comparison of a text with a text, of all that Consul's language can say.
 *
 * @see <a href="https://developer.hashicorp.com/consul/api-docs/features/filtering">Consul: filtering</a>
 */
record Filter(String selector, boolean equal, String text) {
    private static final Pattern COMPARISON = Pattern.compile("\\s*(\\w+)\\s*(==|!=)\\s*\"([^\"]*)\"\\s*");

    /** Lets everything through. */
    private static final Filter NONE = new Filter("", true, "");

    static Filter of(Request request) throws HttpFailure {
        String expression = request.parameter("filter");
        if (expression.isEmpty()) {
            return NONE;
        }
        Matcher comparison = COMPARISON.matcher(expression);
        if (!comparison.matches()) {
            throw new HttpFailure(400, "Failed to create boolean expression evaluator: " + expression);
        }
        return new Filter(comparison.group(1), comparison.group(2).equals("=="), comparison.group(3));
    }

    /** Those bodies that it lets through. */
    List<Map<String, @Nullable Object>> through(List<Map<String, @Nullable Object>> bodies) throws HttpFailure {
        if (selector.isEmpty()) {
            return bodies;
        }
        for (Map<String, @Nullable Object> body : bodies) {
            if (!(body.get(selector) instanceof String)) {
                throw unknown();
            }
        }
        return bodies.stream().filter(body -> lets(body.get(selector))).toList();
    }

    /** Those services that it lets through. */
    <T> Map<String, T> ofServices(Map<String, T> services) throws HttpFailure {
        if (selector.isEmpty()) {
            return services;
        }
        if (!selector.equals("ServiceName")) {
            throw unknown();
        }
        Map<String, T> through = new LinkedHashMap<>(services);
        through.keySet().removeIf(name -> !lets(name));
        return through;
    }

    private boolean lets(@Nullable Object value) {
        return text.equals(value) == equal;
    }

    private HttpFailure unknown() {
        return new HttpFailure(
                400, "Failed to create boolean expression evaluator: Selector \"" + selector + "\" is not valid");
    }
}
