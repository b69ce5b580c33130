package dev.mcpsession.conformance.rules.transport;

import java.util.Optional;
import java.util.regex.Pattern;

/** Recognises the stack traces of the languages that servers are written in, as text or within JSON. */
final class StackTraces {
    private static final Pattern TRACE = Pattern.compile(String.join(
            "|",
            // Java and its kin, printed, within JSON after an escaped tab, and serialised as a bean
            "(?:\\b|(?<=\\\\t))at [\\w$.<>/@-]+\\([\\w$]+\\.(?:java|kt|scala|groovy):[0-9]+\\)",
            "\"stackTrace\"\\s*:\\s*\\[\\s*\\{",
            // Python
            "Traceback \\(most recent call last\\)",
            // JavaScript
            "\\bat [^\\n\"]{1,300}\\.[cm]?[jt]s:[0-9]+:[0-9]+",
            // Go
            "goroutine [0-9]+ \\[",
            // Rust
            "stack backtrace:",
            // .NET
            "\\bat [^\\n\"]{1,300}\\.(?:cs|fs|vb):line [0-9]+",
            // Ruby and PHP
            "\\.rb:[0-9]+:in ['`]",
            "#0 [^\\n\"]{1,300}\\.php\\([0-9]+\\)"));

    private StackTraces() {}

    /** The beginning of the first stack trace in a text. */
    static Optional<String> find(String text) {
        var matcher = TRACE.matcher(text);
        return matcher.find() ? Optional.of(matcher.group()) : Optional.empty();
    }
}
