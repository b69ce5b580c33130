package dev.mcpsession.server.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Ends the process when memory has run out, as the option {@code -XX:+ExitOnOutOfMemoryError} of the virtual machine
 * does, which a program cannot set for itself. Without it a thread ends or a task is lost, and the process goes on,
 * half dead: it may neither serve nor end when it is told to.
 *
 * <p>Threads that end by an error show it to a handler of uncaught exceptions. The HTTP server's threads do not end:
 * they catch the errors of their tasks and log them, so every log record is looked at, too.
 */
final class ExitOnOutOfMemory extends Handler {

    /** The exit status; the same as with that option of the virtual machine. */
    static final int STATUS = 3;

    /** Held, since the log manager forgets loggers that nobody holds, and their handlers with them. */
    private static final Logger ROOT = Logger.getLogger("");

    /** Made when there is still memory for it. */
    private static final byte[] MESSAGE =
            "serve: out of memory; the process ends\n".getBytes(StandardCharsets.US_ASCII);

    private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);

    private ExitOnOutOfMemory() {
        setLevel(Level.ALL);
    }

    /** Watches this process from now on. */
    static void install() {
        ROOT.addHandler(new ExitOnOutOfMemory());
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            endIfOutOfMemory(failure);
            if (before != null) {
                before.uncaughtException(thread, failure);
            } else {
                System.err.print("Exception in thread \"" + thread.getName() + "\" ");
                failure.printStackTrace();
            }
        });
    }

    private static void endIfOutOfMemory(Throwable failure) {
        int depth = 0;
        for (var cause = failure; cause != null && depth < 100; cause = cause.getCause(), depth++) {
            if (cause instanceof OutOfMemoryError) {
                end();
            }
        }
    }

    private static void end() {
        try {
            ERR.write(MESSAGE);
        } catch (IOException e) {
            // There is nobody left to tell.
        } finally {
            // Not an orderly exit: that takes memory, and may wait for threads that have ended.
            Runtime.getRuntime().halt(STATUS);
        }
    }

    @Override
    public void publish(LogRecord record) {
        endIfOutOfMemory(record.getThrown());
    }

    @Override
    public void flush() {
        // Nothing is held back.
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
