package dev.mcpsession.server.http;

import dev.mcpsession.server.session.InvalidOptionException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Failures on demand: statuses with which requests are answered instead of being served, each once, in their order. */
public final class NextAnswers {

    private record Planned(@Nullable String method, int status) {}

    /** Guarded by this. */
    private final List<Planned> planned = new ArrayList<>();
    /** Whether anything is planned. Requests need no lock while nothing is. */
    private volatile boolean any;

    NextAnswers() {}

    /**
     * Plans an answer.
     *
     * @param method the HTTP method of the request that is answered so; null for whichever comes next
     * @param status the HTTP status, from 400 to 599
     * @throws InvalidOptionException if the status is another one
     */
    public synchronized void add(@Nullable String method, int status) {
        if (status < 400 || status > 599) {
            throw new InvalidOptionException("status", "must be from 400 to 599, but is " + status);
        }
        planned.add(new Planned(method, status));
        any = true;
    }

    /** Forgets what was planned. */
    public synchronized void clear() {
        planned.clear();
        any = false;
    }

    /** Refuses a request if that was planned. */
    void check(String method) throws Refused {
        if (any) {
            Integer status = take(method);
            if (status != null) {
                throw status == 401
                        ? Refused.unauthorized(Authenticator.CHALLENGE)
                        : new Refused(status, "Answered with this status because somebody has asked for it");
            }
        }
    }

    private synchronized @Nullable Integer take(String method) {
        for (int i = 0; i < planned.size(); i++) {
            var next = planned.get(i);
            if (next.method == null || next.method.equals(method)) {
                planned.remove(i);
                any = !planned.isEmpty();
                return next.status;
            }
        }
        return null;
    }
}
