package dev.mcpsession.server.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
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
public final class ExitOnOutOfMemory extends Handler {

    /** The exit status; the same as with that option of the virtual machine. */
    static final int STATUS = 3;

    /** Held, since the log manager forgets loggers that nobody holds, and their handlers with them. */
    private static final Logger ROOT = Logger.getLogger("");

    /** An orderly exit may wait for what waits for memory. */
    private static final long LAST_MOMENT_MILLIS = 5000;

    private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);

    /** Made when there is still memory for it. */
    private final byte[] message;

    private final CountDownLatch outOfMemory = new CountDownLatch(1);
    private final boolean orderly;

    private ExitOnOutOfMemory(String who, boolean orderly) {
        setLevel(Level.ALL);
        message = (who + ": out of memory; the process ends\n").getBytes(StandardCharsets.US_ASCII);
        this.orderly = orderly;
        if (orderly) {
            // Started now, since it may not be possible later.
            var thread = new Thread(this::exit, "out of memory");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Watches this process from now on, and ends it at once. */
    static void install() {
        install("serve", false);
    }

    /**
     * Watches this process from now on.
     *
     * @param who the name of the program, for the message
     * @param orderly whether to end what the process has launched, for which it gets a few seconds
     */
    public static void install(String who, boolean orderly) {
        var handler = new ExitOnOutOfMemory(who, orderly);
        ROOT.addHandler(handler);
        var before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            handler.endIfOutOfMemory(failure);
            if (before != null) {
                before.uncaughtException(thread, failure);
            } else {
                System.err.print("Exception in thread \"" + thread.getName() + "\" ");
                failure.printStackTrace();
            }
        });
    }

    private void endIfOutOfMemory(Throwable failure) {
        int depth = 0;
        for (var cause = failure; cause != null && depth < 100; cause = cause.getCause(), depth++) {
            if (cause instanceof OutOfMemoryError) {
                end();
            }
        }
    }

    private void end() {
        try {
            ERR.write(message);
            if (orderly) {
                outOfMemory.countDown();
                Thread.sleep(LAST_MOMENT_MILLIS);
            }
        } catch (IOException | InterruptedException e) {
            // There is nobody left to tell, or no time.
        } finally {
            // Not an orderly exit: that takes memory, and may wait for threads that have ended.
            Runtime.getRuntime().halt(STATUS);
        }
    }

    private void exit() {
        try {
            outOfMemory.await();
            System.exit(STATUS);
        } catch (InterruptedException e) {
            // Nobody interrupts it.
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
