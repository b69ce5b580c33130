package dev.mcpsession.server.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The scripts that run in the store. Each is the common part followed by its own. */
record Scripts(String join, String work) {

    static Scripts load() {
        var common = read("common.lua");
        return new Scripts(common + read("join.lua"), common + read("work.lua"));
    }

    private static String read(String name) {
        try (var in = Scripts.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
