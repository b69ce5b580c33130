package dev.mcpsession.runner.cli.console;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears the signals by which a process is told to end, in place of the virtual machine, until it is closed. The only
 * interface to that is one that not every Java has; without it, the virtual machine ends at once as it does by itself.
 */
final class Signals implements AutoCloseable {
    /** The signals of Ctrl-C, of a supervisor, and of a terminal that is closed. */
    private static final Map<String, Integer> NUMBERS = Map.of("INT", 2, "TERM", 15, "HUP", 1);

    private final Map<Object, Object> former = new LinkedHashMap<>();
    private @Nullable Method handle;

    /** @param onSignal told the number of the signal, on a thread of its own */
    Signals(IntConsumer onSignal) {
        try {
            var type = Class.forName("sun.misc.Signal");
            var handler = Class.forName("sun.misc.SignalHandler");
            var handling = type.getMethod("handle", type, handler);
            handle = handling;
            for (var signal : NUMBERS.entrySet()) {
                var listener = Proxy.newProxyInstance(
                        Signals.class.getClassLoader(),
                        new Class<?>[] {handler},
                        (proxy, method, arguments) -> switch (method.getName()) {
                            case "handle" -> {
                                onSignal.accept(signal.getValue());
                                yield null;
                            }
                            case "equals" -> proxy == arguments[0];
                            case "hashCode" -> System.identityHashCode(proxy);
                            default -> "signals of the kit";
                        });
                listen(handling, type, signal.getKey(), listener);
            }
        } catch (ReflectiveOperationException | LinkageError e) {
            // Then a signal ends the process, and what it has launched.
        }
    }

    private void listen(Method handling, Class<?> type, String name, Object listener)
            throws ReflectiveOperationException {
        try {
            var signal = type.getConstructor(String.class).newInstance(name);
            former.put(signal, handling.invoke(null, signal, listener));
        } catch (InvocationTargetException e) {
            // This system has no such signal, or it is taken.
        }
    }

    @Override
    public void close() {
        var handling = handle;
        if (handling == null) {
            return;
        }
        former.forEach((signal, handler) -> {
            try {
                handling.invoke(null, signal, handler);
            } catch (ReflectiveOperationException e) {
                // As it is, it does no harm.
            }
        });
    }
}
