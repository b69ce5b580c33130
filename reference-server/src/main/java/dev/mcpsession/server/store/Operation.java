package dev.mcpsession.server.store;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One thing that the store is asked to do.
 *
 * @param letter which, as the script knows it
 * @param arguments texts and bytes, and times of {@link System#nanoTime}, of which the script gets the age
 * @param reply completed on the thread of the {@link Line}; null for one that has no reply
 */
record Operation(char letter, Object[] arguments, @Nullable CompletableFuture<Object> reply) {

    /** Lets go of a session; there is no reply. */
    static Operation release(String id, long since) {
        return new Operation('R', new Object[] {id, since}, null);
    }

    static Operation of(char letter, Object... arguments) {
        return new Operation(letter, arguments, new CompletableFuture<>());
    }
}
