package io.github.consulresolver;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What others look for by reflection on our behalf stands in {@code reflect-config.json}, where GraalVM's {@code native-image} finds it. */
final class NativeImageTest {
    private static final String METADATA =
            "/META-INF/native-image/io.github.consulresolver/resolver-core/reflect-config.json";

    private static final JavaClasses CORE = HouseRules.shipped("io.github.consulresolver");

    @Test
    void the_methods_of_every_channel_handler_can_be_looked_for() {
        Set<String> handlers = CORE.stream()
                .filter(type -> type.isAssignableTo(ChannelHandler.class) && !type.isAnonymousClass())
                .map(JavaClass::getName)
                .collect(toSet());

        assertThat(names()).isNotEmpty().containsAll(handlers);
    }

    @Test
    void every_class_in_it_is_there() {
        assertThat(names())
                .allSatisfy(name -> assertThatCode(() -> Class.forName(name)).doesNotThrowAnyException());
    }

    @Test
    void caches_are_bounded_by_size_or_weight_and_have_nothing_else() {
        DescribedPredicate<JavaClass> caffeine = type(Caffeine.class);
        noClasses()
                .should()
                .callMethodWhere(target(owner(caffeine))
                        .and(target(DescribedPredicate.not(nameMatching(
                                "newBuilder|maximumSize|maximumWeight|weigher|evictionListener|executor|build")))))
                .because(
                        "Caffeine has a class for each kind of cache, and looks for it by its name: the metadata has "
                                + "SSMS and PSMS for a bound of size, SSMW and PSMW for one of weight, and another kind needs its own")
                .check(CORE);
    }

    private static Set<String> names() {
        try (InputStream metadata = Objects.requireNonNull(NativeImageTest.class.getResourceAsStream(METADATA))) {
            return Pattern.compile("\"name\": \"([\\w.$]+\\.[\\w.$]+)\"")
                    .matcher(new String(metadata.readAllBytes(), StandardCharsets.UTF_8))
                    .results()
                    .map(found -> found.group(1))
                    .collect(toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
