package dev.mcpsession.runner;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The arrows between packages, of all modules: they point one way. */
class ArchitectureTest {
    private static final JavaClasses KIT = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.mcpsession");

    /** The packages of the suite from the bottom up: each may use those before it. */
    private static final List<String> SUITE = List.of(
            "dev.mcpsession.conformance.judgement..",
            "dev.mcpsession.conformance.protocol..",
            "dev.mcpsession.conformance.target..",
            "dev.mcpsession.conformance.http..",
            "dev.mcpsession.conformance.rule..",
            "dev.mcpsession.conformance.rules..",
            "dev.mcpsession.conformance.run..",
            "dev.mcpsession.conformance.engine..");

    @Test
    void noPackageDependsOnItself() {
        slices().matching("dev.mcpsession.(**)").should().beFreeOfCycles().check(KIT);
    }

    @Test
    void theSuiteIsBuiltFromTheBottomUp() {
        for (int i = 0; i < SUITE.size() - 1; i++) {
            noClasses()
                    .that()
                    .resideInAPackage(SUITE.get(i))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(SUITE.subList(i + 1, SUITE.size()).toArray(String[]::new))
                    .check(KIT);
        }
    }

    @Test
    void modulesDependOneWay() {
        noClasses()
                .that()
                .resideInAPackage("dev.mcpsession.conformance..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.mcpsession.server..", "dev.mcpsession.runner..")
                .check(KIT);
        noClasses()
                .that()
                .resideInAPackage("dev.mcpsession.server..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.mcpsession.conformance..", "dev.mcpsession.runner..")
                .check(KIT);
    }

    @Test
    void theSessionManagerKnowsNothingOfHttp() {
        noClasses()
                .that()
                .resideInAPackage("dev.mcpsession.server.session..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.mcpsession.server.http..",
                        "dev.mcpsession.server.protocol..",
                        "io.undertow..",
                        "tools.jackson..",
                        "redis.clients..")
                .check(KIT);
    }

    /** NullAway looks into marked packages only. */
    @Test
    void everyPackageSaysWhatMayBeNull() {
        var unmarked = KIT.getPackage("dev.mcpsession").getSubpackagesInTree().stream()
                .filter(each -> !each.getClasses().isEmpty() && !each.isAnnotatedWith(NullMarked.class))
                .map(JavaPackage::getName)
                .toList();
        assertEquals(List.of(), unmarked);
    }

    /** The formatter breaks code, but neither comments nor text. */
    @Test
    void linesHaveAtMost120Characters() throws IOException {
        var tooLong = new ArrayList<String>();
        for (var module : List.of("conformance-runner", "conformance-tests", "reference-server")) {
            try (var files = Files.walk(Path.of("..", module, "src"))) {
                for (var file :
                        files.filter(f -> f.toString().endsWith(".java")).toList()) {
                    Files.readAllLines(file).stream()
                            .filter(line -> line.length() > 120)
                            .forEach(line -> tooLong.add(file + ": " + line));
                }
            }
        }
        assertEquals(List.of(), tooLong);
    }
}
