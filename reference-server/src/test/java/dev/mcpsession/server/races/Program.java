package dev.mcpsession.server.races;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;

/**
 * A program for the checker that is so small that it gets through its interleavings: the operations that come before,
 * those of the two threads, and those that come after, each as names with blanks between them.
 */
record Program(String before, String first, String second, String after) {

    /** Makes the program one of operations of the given class, with the threads numbered as the checker does it. */
    ExecutionScenario with(Class<?> operations) {
        return new ExecutionScenario(
                actors(operations, before, 0),
                List.of(actors(operations, first, 1), actors(operations, second, 2)),
                actors(operations, after, 3),
                actors(operations, "accounts", 0).get(0));
    }

    private static List<Actor> actors(Class<?> operations, String names, int thread) {
        var actors = new ArrayList<Actor>();
        for (var name : names.isEmpty() ? new String[0] : names.split(" ")) {
            var method = Arrays.stream(operations.getMethods())
                    .filter(m -> m.getName().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(operations + " has no operation " + name));
            actors.add(new Actor(method, method.getParameterCount() == 0 ? List.of() : List.of(thread)));
        }
        return actors;
    }
}
