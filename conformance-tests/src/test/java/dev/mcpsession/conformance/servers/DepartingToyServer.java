package dev.mcpsession.conformance.servers;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/** Ends at the first request of a kind, as a process does that an error ends. */
public class DepartingToyServer extends ToyServer {
    private final Predicate<Call> fatal;
    private final AtomicBoolean departed = new AtomicBoolean();

    public DepartingToyServer(Predicate<Call> fatal) {
        this.fatal = fatal;
    }

    @Override
    protected Answer answer(Call call) throws Exception {
        // Who has ended answers nothing, not even what came before that.
        if (!departed.get() && !fatal.test(call)) {
            return super.answer(call);
        }
        if (!departed.getAndSet(true)) {
            depart();
        }
        call.exchange().getConnection().close();
        return null;
    }
}
