package io.github.consulresolver;

import static com.tngtech.archunit.lang.conditions.ArchConditions.accessTargetWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

/** What holds in the rooms of every module, and the words in which a module's {@code RoomsTest} writes down its own walls. */
public final class HouseRules {
    private static final Map<String, Set<String>> CLOCK_READINGS = Map.of(
            "java.lang.System", Set.of("nanoTime", "currentTimeMillis"),
            "java.time.Clock", Set.of("system", "systemUTC", "systemDefaultZone", "tickMillis", "tickSeconds"),
            "java.time.InstantSource", Set.of("system"),
            "java.time.Instant", Set.of("now"),
            "com.github.benmanes.caffeine.cache.Ticker", Set.of("systemTicker"));

    private static final Map<String, Set<String>> WALL_CLOCK_READINGS = Map.of(
            "java.lang.System", Set.of("currentTimeMillis"),
            "java.time.Clock", Set.of("system", "systemUTC", "systemDefaultZone", "tickMillis", "tickSeconds"),
            "java.time.InstantSource", Set.of("system"),
            "java.time.Instant", Set.of("now"),
            "java.time.LocalDateTime", Set.of("now"),
            "java.time.ZonedDateTime", Set.of("now"));

    private HouseRules() {}

    /** Returns the classes below a package that are shipped: tests, their own module's and another's, are left out. */
    public static JavaClasses shipped(String root) {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages(root);
    }

    /** Returns the wall around a package: of the house's packages below {@code root}, it uses itself and {@code allowed} only. */
    public static ArchRule usesOnly(String root, String room, Set<String> allowed) {
        var elsewhere = new DescribedPredicate<JavaClass>("are in another room than " + allowed) {
            @Override
            public boolean test(JavaClass type) {
                return isIn(root, type) && !isIn(room, type) && allowed.stream().noneMatch(other -> isIn(other, type));
            }
        };
        return noClasses().that().resideInAPackage(room + "..").should().dependOnClassesThat(elsewhere);
    }

    /** Returns the condition of reading the machine's clock instead of being given the time. */
    public static ArchCondition<JavaClass> readTheClock() {
        return read(CLOCK_READINGS, "the machine's clock");
    }

    /** Returns the rule against the time of day, which somebody may set at any time. */
    public static ArchRule nobodyGoesByTheClockOnTheWall(String... butFor) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(butFor)
                .should(read(WALL_CLOCK_READINGS, "the clock on the wall"))
                .because("when it is set, no lifetime and no wait may become longer or shorter");
    }

    private static ArchCondition<JavaClass> read(Map<String, Set<String>> readings, String what) {
        return accessTargetWhere(new DescribedPredicate<JavaAccess<?>>(what) {
            @Override
            public boolean test(JavaAccess<?> access) {
                return readings.getOrDefault(access.getTargetOwner().getFullName(), Set.of())
                        .contains(access.getTarget().getName());
            }
        });
    }

    /** Returns the rule against names that say nothing. */
    public static ArchRule namesSayWhatAClassIs() {
        return noClasses()
                .should()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .because("a class whose name could be any other's has no one idea");
    }

    /** Returns the rule that every package takes part in the null checks. */
    public static ArchRule packagesAreNullMarked() {
        return classes()
                .should(new ArchCondition<>("be in a package that is @NullMarked") {
                    @Override
                    public void check(JavaClass type, ConditionEvents events) {
                        if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                            events.add(SimpleConditionEvent.violated(
                                    type, type.getPackageName() + " is not @NullMarked: " + type.getFullName()));
                        }
                    }
                })
                .because("NullAway checks nothing in a package whose package-info is missing or unmarked");
    }

    /** Returns the rule against static state. */
    public static ArchRule nothingStaticChanges() {
        return fields().that()
                .areStatic()
                .should()
                .beFinal()
                .because("two resolvers in one process share nothing, and a test leaves nothing behind for the next");
    }

    private static boolean isIn(String room, JavaClass type) {
        String name = type.getPackageName();
        return name.equals(room) || name.startsWith(room + ".");
    }
}
