package dev.mcpsession.server.cli;

import java.io.BufferedReader;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import org.xnio.XnioIoThread;
import picocli.CommandLine;

/** A process of its own that serves, and in which memory then runs out on the thread that is named. */
final class OutOfMemory {

    private OutOfMemory() {}

    public static void main(String[] arguments) throws Exception {
        var out = new PipedWriter();
        var lines = new BufferedReader(new PipedReader(out));
        var serving = new Thread(() ->
                new CommandLine(new ServeCommand()).setOut(new PrintWriter(out)).execute("--port", "0"));
        serving.setDaemon(true);
        serving.start();
        // It prints its URL when all is set up.
        lines.readLine();
        Runnable failing = () -> System.out.println(new long[1 << 30].length);
        switch (arguments[0]) {
            case "thread" -> new Thread(failing).start();
            case "io-thread" ->
                Thread.getAllStackTraces().keySet().stream()
                        .filter(XnioIoThread.class::isInstance)
                        .map(XnioIoThread.class::cast)
                        .findFirst()
                        .orElseThrow()
                        .execute(failing);
            case "logged" -> {
                try {
                    failing.run();
                } catch (OutOfMemoryError e) {
                    System.getLogger("test").log(System.Logger.Level.WARNING, "it failed", new RuntimeException(e));
                }
            }
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        new CountDownLatch(1).await();
    }
}
