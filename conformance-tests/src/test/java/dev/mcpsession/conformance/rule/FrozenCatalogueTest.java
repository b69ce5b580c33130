package dev.mcpsession.conformance.rule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.rules.CoreRules;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** People have judged by frozen catalogues: they stay as they are. */
class FrozenCatalogueTest {
    /** The first digits of the SHA-256 of what each holds. */
    private static final Map<String, String> DIGESTS = Map.of("1.0", "00c10894f91f13b8");

    @Test
    void noneEverChanges() throws Exception {
        for (var version : FrozenCatalogue.versions()) {
            var digest =
                    MessageDigest.getInstance("SHA-256").digest(text(version).getBytes(StandardCharsets.UTF_8));
            assertEquals(
                    DIGESTS.get(version),
                    HexFormat.of().formatHex(digest).substring(0, 16),
                    () -> "catalogue " + version
                            + " has changed; if it has not been released, put the new digest here");
        }
    }

    @Test
    void eachOfTheirRulesExistsOrIsRetired() throws IOException {
        var known = CatalogueTest.class.getResourceAsStream("/dev/mcpsession/conformance/ids.txt");
        var ids = new String(known.readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.split(" ", 2)[0])
                .collect(Collectors.toSet());
        for (var version : FrozenCatalogue.versions()) {
            var missing =
                    new TreeSet<>(FrozenCatalogue.find(version).orElseThrow().rules());
            missing.removeAll(ids);
            assertTrue(missing.isEmpty(), () -> "catalogue " + version + " has rules that never were: " + missing);
        }
    }

    @Test
    void theyTellTheLevelOfEachRule() {
        var first = FrozenCatalogue.find("1.0").orElseThrow();
        assertEquals(Optional.of(Level.MUST), first.level("termination/post-404", Revision.V2025_11_25));
        assertEquals(Optional.empty(), first.level("termination/post-404", Revision.V2026_07_28));
        assertEquals(Optional.empty(), first.level("no/such-rule", Revision.V2025_11_25));
        assertEquals(Optional.empty(), FrozenCatalogue.find("0.9"));
    }

    private static String text(String version) throws IOException {
        try (var in = FrozenCatalogueTest.class.getResourceAsStream(FrozenCatalogue.path(version))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Prints the catalogue as it is now, to be frozen. */
    public static void main(String[] arguments) {
        System.out.println("# The rules of the kit in version " + arguments[0]
                + " of its catalogue: the level of each, by revision.\n"
                + "# This never changes; see FrozenCatalogueTest.");
        Catalogue.of(new CoreRules())
                .rules()
                .forEach(rule -> System.out.println(rule.id()
                        + rule.levels().keySet().stream()
                                .sorted()
                                .map(r -> " " + r.wire() + "=" + rule.level(r))
                                .collect(Collectors.joining())));
    }
}
