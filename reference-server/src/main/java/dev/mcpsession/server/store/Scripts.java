package dev.mcpsession.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * The scripts that run in the store. Each is the common part followed by its own. The first line makes the store refuse
 * a script before it has done anything where writing is not possible: on a replica, even if all that is asked for is to
 * read, since sessions that have ended elsewhere may live on in it; and when its memory is full, since else a script
 * would stop in its middle.
 */
record Scripts(String join, String work) {

    private static final String FIRST_LINE = "#!lua\n";
    private static final String ALSO_WHEN_FULL = "#!lua flags=allow-oom\n";

    static Scripts load() {
        var common = read("common.lua");
        // Joining makes room rather than taking it.
        return new Scripts(ALSO_WHEN_FULL + common + read("join.lua"), FIRST_LINE + common + read("work.lua"));
    }

    /** Returns {@link #work} for what must go on when the store's memory is full. */
    String workWhenFull() {
        return ALSO_WHEN_FULL + work.substring(FIRST_LINE.length());
    }

    private static String read(String name) {
        try (var in = Scripts.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
