package dev.mcpsession.server.races;

import java.util.Arrays;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * Several threads, each with a session of its own, where there is room for one session. {@link RoomForOneSpec} says
 * what must come.
 */
public abstract class RoomForOne {

    private static final int NONE = -1;

    private final Subject subject;
    private final int[] mine = new int[Subject.THREADS];
    private final int[] held = new int[Subject.THREADS];

    protected RoomForOne(Subject subject) {
        this.subject = subject;
        Arrays.fill(mine, NONE);
    }

    /** Opens another session for this thread, unless it still holds one; returns whether it has it. */
    @Operation
    public boolean open(@Param(gen = ThreadIdGen.class) int thread) {
        int party = Subject.party(thread);
        if (held[party] > 0) {
            return false;
        }
        int opened = subject.register();
        if (opened == Subject.REFUSED) {
            return false;
        }
        mine[party] = opened;
        held[party] = 1;
        return true;
    }

    @Operation
    public boolean acquire(@Param(gen = ThreadIdGen.class) int thread) {
        int party = Subject.party(thread);
        if (mine[party] == NONE || !subject.acquire(mine[party])) {
            return false;
        }
        held[party]++;
        return true;
    }

    @Operation
    public boolean release(@Param(gen = ThreadIdGen.class) int thread) {
        int party = Subject.party(thread);
        if (held[party] == 0) {
            return false;
        }
        held[party]--;
        subject.release(mine[party]);
        return true;
    }

    @Operation
    public boolean terminate(@Param(gen = ThreadIdGen.class) int thread) {
        int party = Subject.party(thread);
        return mine[party] != NONE && subject.terminate(mine[party]);
    }

    @Validate
    public void accounts() {
        subject.checkAccounts();
    }
}
