package io.github.consulresolver.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toSet;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import io.github.consulresolver.HouseRules;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The walls between the rooms of the server: a test a wall, each with its reason. */
final class RoomsTest {
    private static final String CORE = "io.github.consulresolver";
    private static final String ROOT = CORE + ".server";
    private static final String LISTEN = ROOT + ".listen";
    private static final String REPLY = ROOT + ".reply";
    private static final String CONFIG = ROOT + ".config";
    private static final String RECURSORS = ROOT + ".recursors";
    private static final String METRICS = ROOT + ".metrics";
    private static final String ADMIN = ROOT + ".admin";
    private static final String CLI = ROOT + ".cli";

    private static final JavaClasses SERVER = HouseRules.shipped(ROOT);

    @Test
    void every_package_is_a_room() {
        classes()
                .should()
                .resideInAnyPackage(
                        ROOT,
                        LISTEN + "..",
                        REPLY + "..",
                        CONFIG + "..",
                        RECURSORS + "..",
                        METRICS + "..",
                        ADMIN + "..",
                        CLI + "..")
                .because("a package without walls would be a way around the others': a new room gets its walls here")
                .check(SERVER);
    }

    @Test
    void reply_knows_no_netty() {
        noClasses()
                .that()
                .resideInAPackage(REPLY + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .because("a reply is bytes in a buffer: another receive loop must be able to come without touching it")
                .check(SERVER);
    }

    @Test
    void reply_is_told_the_time() {
        noClasses()
                .that()
                .resideInAPackage(REPLY + "..")
                .should(HouseRules.readTheClock())
                .because("aged TTLs are tested without sleeping, and one query sees one time")
                .check(SERVER);
    }

    @Test
    void reply_fits_what_it_is_given() {
        usesOnly(REPLY, CORE + ".dns", CORE + ".cache")
                .because("it must not be able to fetch, to wait, or to ask who the client is")
                .check(SERVER);
    }

    @Test
    void config_uses_no_other_room_of_the_server() {
        usesOnlyOfTheServer(CONFIG)
                .because("settings are values that are whole and right before anything starts")
                .check(SERVER);
    }

    @Test
    void listen_answers_and_counts() {
        usesOnlyOfTheServer(LISTEN, REPLY, METRICS)
                .because(
                        "what a hit needs is at hand in the loop; settings and commands are over before the first query")
                .check(SERVER);
    }

    @Test
    void the_query_handler_sees_buffers_only() {
        noClasses()
                .that()
                .haveFullyQualifiedName(LISTEN + ".QueryHandler")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .because("another receive loop takes the place of the listeners around it, not of a query's way")
                .check(SERVER);
    }

    @Test
    void recursors_are_found_from_settings_and_the_node_alone() {
        usesOnlyOfTheServer(RECURSORS, CONFIG)
                .because("they must be found before anything is listening, and when nothing else works")
                .check(SERVER);
    }

    @Test
    void metrics_only_count() {
        usesOnlyOfTheServer(METRICS)
                .because("what is counted must not depend on who reads it or how the server is put together")
                .check(SERVER);
    }

    @Test
    void admin_shows_and_does_not_serve() {
        usesOnly(ADMIN, CONFIG, METRICS)
                .because("a question over HTTP must not be able to reach into the answering of names")
                .check(SERVER);
    }

    @Test
    void nobody_uses_the_command_line() {
        noClasses()
                .that()
                .resideOutsideOfPackage(CLI + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(CLI + "..")
                .because("the server can be started by a test as by a command")
                .check(SERVER);
    }

    @Test
    void only_who_counts_and_who_shows_it_know_micrometer() {
        onlyIn("io.micrometer..", METRICS + "..", ADMIN + "..", ROOT)
                .because("the rooms report to a listener of ours, and the metrics library can change without them")
                .check(SERVER);
    }

    @Test
    void only_listen_knows_the_native_transport() {
        onlyIn("io.netty.channel.epoll..", LISTEN + "..")
                .because("which loop receives is hidden there: there is none of it on other systems")
                .check(SERVER);
    }

    @Test
    void only_config_reads_yaml() {
        onlyIn("org.snakeyaml..", CONFIG + "..")
                .because("a setting looks the same to everybody, whether it came from the file or from a flag")
                .check(SERVER);
    }

    @Test
    void only_the_command_line_knows_picocli() {
        onlyIn("picocli..", CLI + "..")
                .because("a test or another program starts the server without a command line")
                .check(SERVER);
    }

    @Test
    void only_the_command_line_knows_the_demonstration_agent() {
        onlyIn(CORE + ".devagent..", CLI + "..")
                .because("to the server it is an agent like any other, reached by its ports")
                .check(SERVER);
    }

    @Test
    void rooms_are_free_of_cycles() {
        slices().matching(ROOT + ".(**)")
                .should()
                .beFreeOfCycles()
                .because("a room that needs its user cannot be read, tested or replaced alone")
                .check(SERVER);
    }

    @Test
    void nobody_goes_by_the_clock_on_the_wall() {
        HouseRules.nobodyGoesByTheClockOnTheWall().check(SERVER);
    }

    @Test
    void names_say_what_a_class_is() {
        HouseRules.namesSayWhatAClassIs().check(SERVER);
    }

    @Test
    void packages_are_null_marked() {
        HouseRules.packagesAreNullMarked().check(SERVER);
    }

    @Test
    void nothing_static_changes() {
        HouseRules.nothingStaticChanges().check(SERVER);
    }

    private static ArchRule usesOnly(String room, String... others) {
        return HouseRules.usesOnly(CORE, room, Stream.of(others).collect(toSet()));
    }

    private static ArchRule usesOnlyOfTheServer(String room, String... others) {
        return HouseRules.usesOnly(ROOT, room, Stream.of(others).collect(toSet()));
    }

    private static ArchRule onlyIn(String library, String... rooms) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(rooms)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library);
    }
}
