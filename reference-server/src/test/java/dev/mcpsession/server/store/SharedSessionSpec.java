package dev.mcpsession.server.store;

/** One session, as if all nodes asked for it one after the other. */
public class SharedSessionSpec {

    private int held;
    private boolean ended;

    public boolean acquire() {
        if (ended) {
            return false;
        }
        held++;
        return true;
    }

    public void release() {
        held--;
    }

    /** Ends it as its idle timeout would. */
    public boolean reap() {
        boolean ends = !ended && held == 0;
        ended |= ends;
        return ends;
    }

    public boolean terminate() {
        boolean ends = !ended;
        ended = true;
        return ends;
    }

    /** A termination whose answer nobody got. */
    public void terminateUnheard() {
        ended = true;
    }
}
