package dev.mcpsession.conformance.http;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One event of an event stream.
 *
 * @param at when it was complete, on the clock of {@link System#nanoTime()}
 * @param id the value of its {@code id} field, if it had one
 * @param event the value of its {@code event} field; {@code message} where it had none
 * @param data its {@code data} lines, joined by newlines; null where it had none
 * @param retry the value of its {@code retry} field, if it had one
 */
public record SseEvent(
        long at,
        Optional<String> id,
        String event,
        @Nullable String data,
        Optional<String> retry) {
    public boolean hasData() {
        return data != null && !data.isEmpty();
    }
}
