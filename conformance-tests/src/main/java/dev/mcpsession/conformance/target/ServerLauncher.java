package dev.mcpsession.conformance.target;

import java.net.URI;

/** Starts servers of the kind under test. */
public interface ServerLauncher {
    /**
     * Starts a server and waits until it serves, or is known not to.
     *
     * @throws InterruptedException if the thread is interrupted meanwhile; nothing is left running then
     */
    Launch launch(LaunchSettings settings) throws InterruptedException;

    /** The outcome of a start. */
    sealed interface Launch permits Serving, Refused {
        /** What the server printed, or as much of it as was kept. */
        String output();
    }

    /** A server that serves. Closing it ends it and all its children. */
    non-sealed interface Serving extends Launch, AutoCloseable {
        URI uri();

        @Override
        void close();

        /** Ends it at once, as a crash does. */
        default void kill() {
            close();
        }
    }

    /**
     * A server that does not serve.
     *
     * @param how how that showed, such as {@code ended with status 1}
     * @param ended whether it ended by itself; if not, it was given up, and may have been only slow
     */
    record Refused(String how, String output, boolean ended) implements Launch {
        /** A server that ended by itself. */
        public Refused(String how, String output) {
            this(how, output, true);
        }
    }
}
