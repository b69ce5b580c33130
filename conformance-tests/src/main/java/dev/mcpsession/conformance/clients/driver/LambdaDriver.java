package dev.mcpsession.conformance.clients.driver;

import dev.mcpsession.conformance.clients.trace.Outcome;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** A client in this virtual machine. */
public final class LambdaDriver implements Driver {
    /** Goes through a scenario, or steps, with a client of its own. */
    public interface Client {
        /**
         * @param settings what a program would find in its environment; see the names in {@link Driver}
         * @param say takes the lines that a program would print
         * @throws Exception if a step did not succeed
         */
        void use(URI server, Map<String, String> settings, Consumer<String> say) throws Exception;
    }

    private static final long LOOK_EVERY_MILLIS = 25;
    private static final int MAX_OUTPUT = 16 << 10;

    private final Client client;

    public LambdaDriver(Client client) {
        this.client = client;
    }

    @Override
    public Outcome drive(URI server, Map<String, String> settings, BooleanSupplier timeOver, LongSupplier clock)
            throws InterruptedException {
        return drive(server, settings, timeOver, clock, line -> {});
    }

    @Override
    public Outcome drive(
            URI server,
            Map<String, String> settings,
            BooleanSupplier timeOver,
            LongSupplier clock,
            Consumer<String> onLine)
            throws InterruptedException {
        var output = new StringBuffer();
        var task = new FutureTask<Void>(() -> {
            client.use(server, Map.copyOf(settings), line -> {
                if (output.length() < MAX_OUTPUT) {
                    output.append(line).append('\n');
                }
                onLine.accept(line);
            });
            return null;
        });
        var thread = new Thread(task, "client under test");
        thread.setDaemon(true);
        thread.start();
        try {
            while (!timeOver.getAsBoolean()) {
                try {
                    task.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
                    return new Outcome(0, false, output.toString(), clock.getAsLong(), Optional.empty());
                } catch (TimeoutException e) {
                    // It is at work.
                }
            }
            return new Outcome(1, true, output.toString(), clock.getAsLong(), Optional.empty());
        } catch (ExecutionException e) {
            return new Outcome(
                    1, false, output.toString(), clock.getAsLong(), Optional.of(String.valueOf(e.getCause())));
        } finally {
            thread.interrupt();
        }
    }

    @Override
    public String describe() {
        return "a client in this virtual machine";
    }
}
