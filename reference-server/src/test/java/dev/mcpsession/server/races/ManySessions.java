package dev.mcpsession.server.races;

import java.util.Arrays;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;

/**
 * Sessions that come and go in every way at once, up to the end of the manager. What comes of each operation is not
 * foretold here; but in the end the accounts must be right, and nobody may ever have seen what must not be.
 */
public abstract class ManySessions {

    private static final int NONE = -1;

    private final Subject subject;
    private final int room;
    private final int[] mine = new int[Subject.THREADS];
    private volatile boolean closed;
    private volatile String wrong;

    protected ManySessions(Subject subject, int room) {
        this.subject = subject;
        this.room = room;
        Arrays.fill(mine, NONE);
    }

    @Operation
    public void open(@Param(gen = ThreadIdGen.class) int thread) {
        int party = Subject.party(thread);
        int opened = subject.register();
        if (opened != Subject.REFUSED) {
            mine[party] = opened;
            subject.release(opened);
        } else if (room == 0 && !closed) {
            wrong = "refused without a limit";
        }
    }

    /** Works for this thread's session. Only closing can end it then: nobody else terminates it. */
    @Operation
    public void use(@Param(gen = ThreadIdGen.class) int thread) {
        int party = Subject.party(thread);
        if (mine[party] != NONE && subject.acquire(mine[party])) {
            if (subject.isEnded(mine[party]) && subject.holding() && !closed) {
                wrong = "ended while it was held";
            }
            subject.release(mine[party]);
        }
    }

    @Operation
    public void terminate(@Param(gen = ThreadIdGen.class) int thread) {
        int party = Subject.party(thread);
        if (mine[party] != NONE) {
            subject.terminate(mine[party]);
        }
    }

    @Operation
    public void advance() {
        subject.advance();
    }

    @Operation(runOnce = true)
    public void close() {
        closed = true;
        subject.close();
    }

    @Validate
    public void accounts() {
        if (wrong != null) {
            throw new IllegalStateException(wrong);
        }
        if (closed && subject.live() > 0) {
            throw new IllegalStateException("sessions live on in a closed manager");
        }
        if (room > 0 && subject.live() > room) {
            throw new IllegalStateException("more sessions than there is room for");
        }
        subject.checkAccounts();
    }
}
