package dev.mcpsession.server.races;

import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * Everything that can happen to one session, from several threads at once. {@link OneSessionSpec} says what must come.
 */
public abstract class OneSession {

    private final Subject subject;
    private final int session;
    private final int[] held = new int[Subject.THREADS];

    protected OneSession(Subject subject) {
        this.subject = subject;
        session = subject.register();
        subject.release(session);
    }

    @Operation
    public boolean acquire(@Param(gen = ThreadIdGen.class) int thread) {
        int party = Subject.party(thread);
        if (!subject.acquire(session)) {
            return false;
        }
        held[party]++;
        return true;
    }

    /** Releases what this thread holds; returns whether it held anything. */
    @Operation
    public boolean release(@Param(gen = ThreadIdGen.class) int thread) {
        int party = Subject.party(thread);
        if (held[party] == 0) {
            return false;
        }
        held[party]--;
        subject.release(session);
        return true;
    }

    @Operation
    public boolean expire() {
        return subject.expire(session);
    }

    @Operation
    public boolean terminate() {
        return subject.terminate(session);
    }

    @Operation
    public void advance() {
        subject.advance();
    }

    @Validate
    public void accounts() {
        subject.checkAccounts();
    }
}
