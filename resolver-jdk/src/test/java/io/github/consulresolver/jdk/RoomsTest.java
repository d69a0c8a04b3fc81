package io.github.consulresolver.jdk;

import com.tngtech.archunit.core.domain.JavaClasses;
import io.github.consulresolver.HouseRules;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The walls of the module. */
class RoomsTest {
    private static final String ROOT = "io.github.consulresolver";
    private static final JavaClasses JDK = HouseRules.shipped(ROOT + ".jdk");

    @Test
    void it_uses_the_library_as_any_adapter_does() {
        HouseRules.usesOnly(ROOT, ROOT + ".jdk", Set.of(ROOT + ".discovery"))
                .because("what the JDK asks for is not known to the rooms below")
                .check(JDK);
    }

    @Test
    void the_house_rules_hold() {
        HouseRules.namesSayWhatAClassIs().check(JDK);
        HouseRules.packagesAreNullMarked().check(JDK);
        HouseRules.nothingStaticChanges().allowEmptyShould(true).check(JDK);
        HouseRules.nobodyGoesByTheClockOnTheWall().check(JDK);
    }
}
