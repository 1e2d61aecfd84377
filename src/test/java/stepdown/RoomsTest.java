package stepdown;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import jnr.posix.POSIX;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stepdown.kernel.Kernel;

/** The rooms of the house, and the calls that nobody makes. */
class RoomsTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("stepdown");

    @Test
    void rooms_depend_only_on_rooms_below_them() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("cli")
                .definedBy("stepdown.cli")
                .layer("plan")
                .definedBy("stepdown.plan")
                .layer("account")
                .definedBy("stepdown.account")
                .layer("ownership")
                .definedBy("stepdown.ownership")
                .layer("path")
                .definedBy("stepdown.path")
                .layer("privilege")
                .definedBy("stepdown.privilege")
                .layer("handover")
                .definedBy("stepdown.handover")
                .layer("kernel")
                .definedBy("stepdown.kernel")
                .layer("jnr")
                .definedBy("stepdown.kernel.jnr")
                .whereLayer("cli")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("plan")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("account")
                .mayOnlyBeAccessedByLayers("cli", "plan")
                .whereLayer("ownership")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("path")
                .mayOnlyBeAccessedByLayers("cli", "ownership")
                .whereLayer("privilege")
                .mayOnlyBeAccessedByLayers("cli", "plan")
                .whereLayer("handover")
                .mayOnlyBeAccessedByLayers("cli", "plan")
                .whereLayer("jnr")
                .mayOnlyBeAccessedByLayers("cli")
                .check(CLASSES);
    }

    @Test
    void jnr_is_known_in_one_place_and_the_kernel_knows_but_the_interface_of_jnr_posix() {
        noClasses()
                .that()
                .resideOutsideOfPackage("stepdown.kernel.jnr")
                .should()
                .dependOnClassesThat(resideInAnyPackage("jnr..", "com.kenai..").and(not(type(POSIX.class))))
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("stepdown.kernel.jnr")
                .and()
                .doNotBelongToAnyOf(Kernel.class)
                .should()
                .dependOnClassesThat(type(POSIX.class))
                .check(CLASSES);
    }

    @Test
    void jnr_posix_is_never_made_by_its_factory_which_falls_back_to_a_stand_in() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("jnr.posix.POSIXFactory")
                .check(CLASSES);
    }

    @Test
    void no_file_is_touched_by_name_through_java_which_follows_links_and_races() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.nio.file..")
                .check(CLASSES);
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.io.File")
                .check(CLASSES);
    }

    @Test
    void the_environment_is_never_read_through_java_which_mangles_it() {
        noClasses().should().callMethod(System.class, "getenv").check(CLASSES);
        noClasses().should().callMethod(System.class, "getenv", String.class).check(CLASSES);
    }

    @Test
    void only_the_walk_starts_a_thread() {
        noClasses()
                .that()
                .resideOutsideOfPackage("stepdown.ownership")
                .should()
                .callConstructorWhere(target(owner(assignableTo(Thread.class))))
                .check(CLASSES);
    }

    /** Code lines of a room: without blanks, comments, imports and the package's. A room that grows is one that does too much. */
    @ParameterizedTest(name = "{0} has at most {1} lines of code")
    @CsvSource({"account, 350", "ownership, 950"})
    void rooms_stay_small(String room, int most) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java/stepdown", room))) {
            List<String> code = files.filter(file -> file.toString().endsWith(".java"))
                    .flatMap(RoomsTest::codeLines)
                    .toList();
            assertThat(code).hasSizeBetween(1, most);
        }
    }

    private static Stream<String> codeLines(Path file) {
        try {
            return Files.readString(file)
                    .replaceAll("(?s)/\\*.*?\\*/", "")
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("//"))
                    .filter(line -> !line.startsWith("import ") && !line.startsWith("package "));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void the_plan_touches_nothing() {
        noClasses()
                .that()
                .resideInAPackage("stepdown.plan")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("stepdown.kernel.Kernel")
                .check(CLASSES);
    }
}
