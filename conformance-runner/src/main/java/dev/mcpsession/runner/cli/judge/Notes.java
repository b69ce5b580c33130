package dev.mcpsession.runner.cli.judge;

import dev.mcpsession.conformance.rule.RuleInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The notes that are packaged beside the rules. */
public final class Notes {
    /** The last section leads to other files of this project, which are not packaged. */
    private static final String FOR_CONTRIBUTORS = "\n## Where to see it\n";

    private Notes() {}

    /** The Markdown of the note on a rule; rules of others may have none. */
    public static Optional<String> of(RuleInfo rule) {
        try (var stream = rule.method().getDeclaringClass().getResourceAsStream("/" + rule.noteResource())) {
            return stream == null
                    ? Optional.empty()
                    : Optional.of(
                            new String(stream.readAllBytes(), StandardCharsets.UTF_8).split(FOR_CONTRIBUTORS, 2)[0]);
        } catch (IOException e) {
            throw new UncheckedIOException("the note on " + rule.id() + " cannot be read", e);
        }
    }
}
