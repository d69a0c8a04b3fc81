package io.github.consulresolver;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.properties.HasModifiers.Predicates.modifier;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toSet;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The walls between the rooms of the core: a test a wall, each with its reason. */
final class RoomsTest {
    private static final String ROOT = "io.github.consulresolver";
    private static final String AGENT = ROOT + ".agent";
    private static final String DNS = ROOT + ".dns";
    private static final String UPSTREAM = ROOT + ".upstream";
    private static final String CACHE = ROOT + ".cache";
    private static final String CATALOG = ROOT + ".catalog";
    private static final String WATCH = ROOT + ".watch";
    private static final String ZONE = ROOT + ".zone";
    private static final String DISCOVERY = ROOT + ".discovery";
    private static final String HOSTS = DISCOVERY + ".hosts";
    private static final String GRPC = DISCOVERY + ".grpc";
    private static final String HTTP = DISCOVERY + ".http";
    private static final String HTTPCLIENT5 = DISCOVERY + ".httpclient5";
    private static final String MICROMETER = DISCOVERY + ".micrometer";
    private static final String NETTY = DISCOVERY + ".netty";
    private static final List<String> ADAPTERS = List.of(GRPC, HTTP, HTTPCLIENT5, MICROMETER, NETTY);
    private static final String DEVAGENT = ROOT + ".devagent";

    private static final JavaClasses CORE = HouseRules.shipped(ROOT);

    @Test
    void every_package_is_a_room() {
        classes()
                .should()
                .resideInAnyPackage(
                        AGENT + "..",
                        DNS + "..",
                        UPSTREAM + "..",
                        CACHE + "..",
                        CATALOG + "..",
                        WATCH + "..",
                        ZONE + "..",
                        DISCOVERY + "..",
                        DEVAGENT + "..")
                .because("a package without walls would be a way around the others': a new room gets its walls here")
                .check(CORE);
    }

    @Test
    void dns_stands_on_the_jdk_alone() {
        classes()
                .that()
                .resideInAPackage(DNS + "..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(DNS + "..", "java..", "org.jspecify..")
                .because(
                        "every other room reads and writes messages through it, whatever loop, cache or library it has")
                .check(CORE);
    }

    @Test
    void dns_knows_no_network() {
        noClasses()
                .that()
                .resideInAPackage(DNS + "..")
                .should()
                .dependOnClassesThat()
                .haveNameMatching("java\\.net\\..*Socket.*|java\\.net\\.http\\..*|java\\.nio\\.channels\\..*")
                .because("messages are bytes in a buffer, wherever they come from")
                .check(CORE);
    }

    @Test
    void dns_and_cache_are_told_the_time() {
        noClasses()
                .that()
                .resideInAnyPackage(DNS + "..", CACHE + "..")
                .should(HouseRules.readTheClock())
                .because("lifetimes are tested without sleeping, and one query sees one time")
                .check(CORE);
    }

    @Test
    void dns_and_cache_know_no_netty() {
        noClasses()
                .that()
                .resideInAnyPackage(DNS + "..", CACHE + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .because("another receive loop must be able to come without touching them")
                .check(CORE);
    }

    @Test
    void dns_uses_no_other_room() {
        usesOnly(DNS).because("all others stand on it").check(CORE);
    }

    @Test
    void upstream_does_not_know_who_keeps_its_answers() {
        usesOnly(UPSTREAM, DNS)
                .because("getting an answer and keeping it change for different reasons")
                .check(CORE);
    }

    @Test
    void cache_does_not_know_where_answers_come_from() {
        usesOnly(CACHE, DNS)
                .because("a lookup must never be able to wait for a network")
                .check(CORE);
    }

    @Test
    void watch_asks_the_agent_and_tells_the_cache() {
        usesOnly(WATCH, AGENT, CACHE)
                .because(
                        "it knows what changed over HTTP, and nothing of DNS: whether an answer agrees is seen elsewhere")
                .check(CORE);
    }

    @Test
    void watch_is_told_the_time() {
        noClasses()
                .that()
                .resideInAPackage(WATCH + "..")
                .should(HouseRules.readTheClock())
                .because("time-outs, pauses and leases are tested without sleeping")
                .check(CORE);
    }

    @Test
    void agent_stands_alone() {
        usesOnly(AGENT)
                .because(
                        "what an agent says over HTTP comes late or never: who waits for it, and how long, is decided where the rooms meet")
                .check(CORE);
    }

    @Test
    void zone_joins_cache_and_upstream() {
        usesOnly(ZONE, DNS, CACHE, UPSTREAM)
                .because("it decides which upstream and which policy a name has, for the server as for the library")
                .check(CORE);
    }

    @Test
    void catalog_brings_what_the_agent_says_to_the_zones() {
        usesOnly(CATALOG, AGENT, CACHE, WATCH, ZONE)
                .because("what is heard over HTTP and what is kept of DNS meet in one place, for server and library")
                .check(CORE);
    }

    @Test
    void discovery_uses_the_rooms_of_the_resolver_only() {
        usesOnly(DISCOVERY, DNS, CACHE, UPSTREAM, AGENT, CATALOG, WATCH, ZONE)
                .because("an application's resolver has no business with the demonstration agent")
                .check(CORE);
    }

    @Test
    void devagent_uses_no_other_room() {
        usesOnly(DEVAGENT)
                .because(
                        "an agent that shared the resolver's code would share its mistakes, and prove nothing in a test")
                .check(CORE);
    }

    @Test
    void no_room_uses_devagent() {
        noClasses()
                .that()
                .resideOutsideOfPackage(DEVAGENT + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(DEVAGENT + "..")
                .because("it stands for Consul, which is outside: the rooms reach it by its ports")
                .check(CORE);
    }

    @Test
    void the_core_knows_no_metrics_library() {
        noClasses()
                .that()
                .resideOutsideOfPackage(MICROMETER)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.micrometer..", "io.prometheus..")
                .because("an application chooses its own: the rooms report to a listener of ours")
                .check(CORE);
    }

    @Test
    void only_an_adapter_knows_the_library_it_is_for() {
        onlyIn("io.grpc..", GRPC).check(CORE);
        onlyIn("org.apache.hc..", HTTPCLIENT5).check(CORE);
        onlyIn("io.netty.resolver..", NETTY).check(CORE);
    }

    private static ArchRule onlyIn(String library, String adapter) {
        return noClasses()
                .that()
                .resideOutsideOfPackage(adapter)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .because("an application that has not that library must not meet it");
    }

    @Test
    void an_adapter_is_used_by_nobody_here() {
        for (String adapter : ADAPTERS) {
            noClasses()
                    .that()
                    .resideOutsideOfPackage(adapter)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(adapter)
                    .because("an application without the other library must not meet it")
                    .check(CORE);
        }
    }

    @Test
    void an_adapter_is_made_as_any_application_could_make_it() {
        String[] all = Stream.concat(ADAPTERS.stream(), Stream.of(HOSTS)).toArray(String[]::new);
        noClasses()
                .that()
                .resideInAnyPackage(all)
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + "..").and(resideOutsideOfPackage(DISCOVERY + "..")))
                .because("what the public API is too small for, applications would miss as well")
                .check(CORE);
    }

    @Test
    void the_core_runs_on_any_transport() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty.channel.epoll..", "io.netty.channel.kqueue..", "io.netty.channel.uring..")
                .because("a library cannot bring native code for every machine of its users")
                .check(CORE);
    }

    @Test
    void the_public_api_shows_no_library_but_the_jdk() {
        methods()
                .that()
                .areDeclaredInClassesThat()
                .resideInAnyPackage(DISCOVERY + "..", DEVAGENT + "..")
                .and()
                .areDeclaredInClassesThat()
                .resideOutsideOfPackage(NETTY)
                .and()
                .areDeclaredInClassesThat()
                .arePublic()
                .and(modifier(JavaModifier.PUBLIC).or(modifier(JavaModifier.PROTECTED)))
                .should(haveNoForeignTypeIn(
                        List.of("org.xbill.DNS", "com.github.benmanes", "io.netty", "com.fasterxml")))
                .because("what we parse, keep and send with may change without anybody's code changing")
                .check(CORE);
    }

    @Test
    void rooms_are_free_of_cycles() {
        slices().matching(ROOT + ".(**)")
                .should()
                .beFreeOfCycles()
                .because("a room that needs its user cannot be read, tested or replaced alone")
                .check(CORE);
    }

    @Test
    void nobody_goes_by_the_clock_on_the_wall() {
        // The serial number in an SOA record is the time of day, with Consul and so here.
        HouseRules.nobodyGoesByTheClockOnTheWall(DEVAGENT + "..").check(CORE);
    }

    @Test
    void names_say_what_a_class_is() {
        HouseRules.namesSayWhatAClassIs().check(CORE);
    }

    @Test
    void packages_are_null_marked() {
        HouseRules.packagesAreNullMarked().check(CORE);
    }

    @Test
    void nothing_static_changes() {
        HouseRules.nothingStaticChanges().check(CORE);
    }

    private static ArchRule usesOnly(String room, String... others) {
        return HouseRules.usesOnly(ROOT, room, Stream.of(others).collect(toSet()));
    }

    private static ArchCondition<JavaMethod> haveNoForeignTypeIn(List<String> libraries) {
        return new ArchCondition<>("have no type of " + libraries + " in their signature") {
            @Override
            public void check(JavaMethod method, ConditionEvents events) {
                Stream.concat(Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                        .map(JavaClass::getBaseComponentType)
                        .filter(type -> libraries.stream().anyMatch(type.getPackageName()::startsWith))
                        .forEach(type -> events.add(SimpleConditionEvent.violated(
                                method, method.getFullName() + " shows " + type.getFullName())));
            }
        };
    }
}
