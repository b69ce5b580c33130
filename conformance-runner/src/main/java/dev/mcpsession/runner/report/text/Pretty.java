package dev.mcpsession.runner.report.text;

import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Lays out bodies for reading: JSON on lines of its own, also within an event stream. */
public final class Pretty {
    /** Input that it cannot hold unchanged, it refuses. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .defaultPrettyPrinter(new DefaultPrettyPrinter()
                    .withSeparators(PrettyPrinter.DEFAULT_SEPARATORS
                            .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                            .withObjectEmptySeparator("")
                            .withArrayEmptySeparator("")))
            .build();

    private Pretty() {}

    public static String body(String body) {
        if (looksLikeJson(body)) {
            return json(body, "");
        }
        return body.lines()
                .map(line -> line.startsWith("data:") && looksLikeJson(line.substring(5))
                        ? "data: " + json(line.substring(5).strip(), "      ")
                        : line)
                .collect(Collectors.joining("\n"));
    }

    private static boolean looksLikeJson(String text) {
        var start = text.stripLeading();
        return start.startsWith("{") || start.startsWith("[");
    }

    /** Text that is no JSON, or holds more than one value, stays as it is. */
    private static String json(String text, String indent) {
        try (var parser = MAPPER.createParser(text)) {
            var tree = MAPPER.readTree(parser);
            return parser.nextToken() != null
                    ? text
                    : MAPPER.writerWithDefaultPrettyPrinter()
                            .writeValueAsString(tree)
                            .replace("\n", "\n" + indent);
        } catch (JacksonException | NumberFormatException e) {
            // The latter for a number that it cannot hold.
            return text;
        }
    }
}
