package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.clients.driver.Driver;
import dev.mcpsession.conformance.clients.stage.Stage;
import dev.mcpsession.conformance.clients.trace.Outcome;
import dev.mcpsession.conformance.clients.trace.Trace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Several scripts, played in front of one process one after the other: a client that takes steps is told to turn to
 * one server after the other. Each script has a server of its own, so its trace holds nothing of the others. How the
 * client got on with one is told by what it prints: a line for each step, which begins with {@code ok} or
 * {@code failed}.
 */
final class Series {
    /** A script that sleeps for so long has a start of its own: others need not wait behind it. */
    private static final int MIN_LONG_SLEEP_MILLIS = 1000;

    private static final Pattern SLEEP = Pattern.compile("sleep ([0-9]{1,9})");

    private static final int MAX_OUTPUT = 16 << 10;

    private final List<Scene> scenes = new ArrayList<>();
    private final Duration patience;
    private final Runnable onStart;
    private final long started = System.nanoTime();
    private int current = -1;
    private long lastLine = System.nanoTime();
    private boolean refused;
    private boolean late;

    private static final class Scene {
        final Plays.Key key;
        final Stage stage;
        final String turn;
        final int steps;
        final StringBuilder output = new StringBuilder();
        int done;
        boolean failed;
        long endedAt;

        Scene(Plays.Key key) {
            this.key = key;
            stage = new Stage(key.script(), key.revision());
            turn = stage.step();
            steps = steps(key).split(";").length;
        }
    }

    private Series(List<Plays.Key> keys, Duration patience, Runnable onStart) {
        this.patience = patience;
        this.onStart = onStart;
        keys.forEach(key -> scenes.add(new Scene(key)));
    }

    /** Whether a script can stand in a series: steps tell all of it, and it is over soon. */
    static boolean mayHold(Plays.Key key) {
        return !key.script().isWaiting()
                && key.script()
                        .allSteps()
                        .filter(steps -> SLEEP.matcher(steps)
                                .results()
                                .noneMatch(sleep -> Integer.parseInt(sleep.group(1)) >= MIN_LONG_SLEEP_MILLIS))
                        .isPresent();
    }

    private static String steps(Plays.Key key) {
        return key.script().allSteps().orElseThrow();
    }

    /**
     * Plays them in front of one process.
     *
     * @param patience a client that says nothing for so long, once it has begun, hangs, or as good as; the scene is not
     *     judged for that
     * @param onStart told when the client has done its first step
     * @param onLate told when it has made no request in the time that it has to start
     * @return the traces of those that the client went through, from the first on; empty for a client that cannot
     *     turn to another server
     */
    static Optional<Map<Plays.Key, Trace>> play(
            List<Plays.Key> keys,
            Driver driver,
            Duration startWithin,
            Duration patience,
            Runnable onStart,
            Runnable onLate)
            throws InterruptedException {
        var series = new Series(keys, patience, onStart);
        try {
            var played = series.play(driver, startWithin);
            if (series.late) {
                onLate.run();
            }
            return played;
        } finally {
            series.scenes.forEach(s -> s.stage.close());
        }
    }

    private Optional<Map<Plays.Key, Trace>> play(Driver driver, Duration startWithin) throws InterruptedException {
        var first = scenes.get(0);
        var settings = new LinkedHashMap<>(first.stage.settings());
        var steps = new ArrayList<String>();
        scenes.forEach(s -> steps.add(s.turn + ";" + steps(s.key)));
        settings.put(Driver.STEPS, String.join(";", steps));
        driver.drive(first.stage.uri(), settings, () -> isOver(startWithin), first.stage.recording()::now, this::line);
        synchronized (this) {
            if (refused || current < 0) {
                return Optional.empty();
            }
            var traces = new LinkedHashMap<Plays.Key, Trace>();
            for (var scene : scenes) {
                if (scene.done < scene.steps) {
                    break;
                }
                traces.put(
                        scene.key,
                        scene.stage.end(new Outcome(
                                scene.failed ? 1 : 0,
                                false,
                                scene.output.toString(),
                                scene.endedAt,
                                Optional.empty())));
            }
            return Optional.of(traces);
        }
    }

    private synchronized boolean isOver(Duration startWithin) {
        long now = System.nanoTime();
        if (refused) {
            return true;
        }
        if (current >= 0) {
            return now - lastLine > patience.toNanos();
        }
        // One that makes requests, and has not said that it turned to the server, does not take steps.
        var first = scenes.get(0).stage.recording();
        if (first.firstAt() == 0) {
            late = now - started > startWithin.toNanos();
            return late;
        }
        return first.now() - first.firstAt() > patience.toNanos();
    }

    private synchronized void line(String line) {
        lastLine = System.nanoTime();
        if (line.startsWith("failed " + Driver.SERVER_STEP)) {
            refused = true;
        } else if (current + 1 < scenes.size() && line.equals("ok " + scenes.get(current + 1).turn)) {
            current++;
            onStart.run();
            return;
        }
        if (current < 0) {
            return;
        }
        var scene = scenes.get(current);
        if (scene.output.length() < MAX_OUTPUT) {
            scene.output.append(line).append('\n');
        }
        boolean failed = line.startsWith("failed ");
        if (failed || line.startsWith("ok ")) {
            scene.done++;
            scene.failed |= failed;
            scene.endedAt = scene.stage.recording().now();
        }
    }
}
