package dev.mcpsession.server.cli;

import dev.mcpsession.server.session.InvalidOptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.BiConsumer;

/** Reads tokens as {@code NAME=SECRET}. What it throws never tells what it has read: that may be a secret. */
final class TokenList {

    private TokenList() {}

    /** Reads one token. */
    static void readOne(String text, BiConsumer<String, String> taker) {
        int end = text.indexOf('=');
        if (end < 1) {
            throw new InvalidOptionException("token", "must be written as NAME=SECRET");
        }
        taker.accept(text.substring(0, end).strip(), text.substring(end + 1).strip());
    }

    /** Reads tokens with white space or commas between them. */
    static void readAll(String text, BiConsumer<String, String> taker) {
        for (var one : text.strip().split("[\\s,]+")) {
            if (!one.isEmpty()) {
                readOne(one, taker);
            }
        }
    }

    /** Reads a file with a token on each line, which may also be empty or begin with a number sign. */
    static void readFile(String file, BiConsumer<String, String> taker) {
        try {
            for (var line : Files.readAllLines(Path.of(file))) {
                if (!line.isBlank() && !line.startsWith("#")) {
                    readOne(line, taker);
                }
            }
        } catch (IOException | InvalidPathException e) {
            throw new InvalidOptionException("tokenFile", "must be a file that can be read, but '" + file + "' is not");
        }
    }
}
