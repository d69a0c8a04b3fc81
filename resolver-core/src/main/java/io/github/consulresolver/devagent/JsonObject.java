package io.github.consulresolver.devagent;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An object that was read. Values that are absent or null are empty, those of another type are refused. */
final class JsonObject {
    private final Map<?, ?> members;

    JsonObject(Map<?, ?> members) {
        this.members = members;
    }

    boolean isEmpty() {
        return members.isEmpty();
    }

    /** Empty if it is absent. */
    String text(String key) throws HttpFailure {
        return get(key, String.class, "string").orElse("");
    }

    Optional<Integer> number(String key) throws HttpFailure {
        Optional<Long> number = get(key, Long.class, "int");
        if (number.isPresent() && number.get() != number.get().intValue()) {
            throw Json.undecodable("number " + number.get() + " is too large for " + key);
        }
        return number.map(Long::intValue);
    }

    boolean flag(String key) throws HttpFailure {
        return get(key, Boolean.class, "bool").orElse(false);
    }

    Optional<JsonObject> object(String key) throws HttpFailure {
        return map(key).map(JsonObject::new);
    }

    List<JsonObject> objects(String key) throws HttpFailure {
        List<JsonObject> objects = new ArrayList<>();
        for (Object element : list(key)) {
            objects.add(new JsonObject(of(key, element, Map.class, "object")));
        }
        return objects;
    }

    List<String> texts(String key) throws HttpFailure {
        List<String> texts = new ArrayList<>();
        for (Object element : list(key)) {
            texts.add(of(key, element, String.class, "string"));
        }
        return List.copyOf(texts);
    }

    Map<String, String> textMap(String key) throws HttpFailure {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : map(key).orElse(Map.of()).entrySet()) {
            texts.put(String.valueOf(entry.getKey()), of(key, entry.getValue(), String.class, "string"));
        }
        return Map.copyOf(texts);
    }

    private Optional<Map<?, ?>> map(String key) throws HttpFailure {
        return get(key, Map.class, "object").map(map -> map);
    }

    private List<?> list(String key) throws HttpFailure {
        return get(key, List.class, "array").orElse(List.of());
    }

    private <T> Optional<T> get(String key, Class<T> type, String word) throws HttpFailure {
        Object value = members.get(key);
        return value == null ? Optional.empty() : Optional.of(of(key, value, type, word));
    }

    private static <T> T of(String key, @Nullable Object value, Class<T> type, String word) throws HttpFailure {
        if (!type.isInstance(value)) {
            throw Json.undecodable("json: " + key + " has to be of type " + word);
        }
        return type.cast(value);
    }
}
