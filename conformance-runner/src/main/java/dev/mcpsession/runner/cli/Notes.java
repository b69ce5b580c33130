package dev.mcpsession.runner.cli;

import dev.mcpsession.conformance.rule.RuleInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The notes that are packaged beside the rules. */
final class Notes {
    private Notes() {}

    /** The Markdown of the note on a rule; rules of others may have none. */
    static Optional<String> of(RuleInfo rule) {
        try (var stream = rule.method()
                .getDeclaringClass()
                .getResourceAsStream("/dev/mcpsession/notes/rules/" + rule.id() + ".md")) {
            return stream == null
                    ? Optional.empty()
                    : Optional.of(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("the note on " + rule.id() + " cannot be read", e);
        }
    }
}
