package dev.mcpsession.server.races;

/** The specification of {@link OneSession}: its operations one after the other. */
public class OneSessionSpec {

    private final boolean exchangesHold;
    private final int[] held = new int[Subject.THREADS];
    private int open;
    private int now;
    private int lastActive;
    private boolean ended;

    OneSessionSpec(boolean exchangesHold) {
        this.exchangesHold = exchangesHold;
    }

    /** For sessions that do not expire while they are held. */
    public static final class Holding extends OneSessionSpec {

        public Holding() {
            super(true);
        }
    }

    /** For sessions whose timeout runs from the last arrival, whatever is in progress. */
    public static final class OnArrival extends OneSessionSpec {

        public OnArrival() {
            super(false);
        }
    }

    public boolean acquire(int thread) {
        int party = Subject.party(thread);
        if (ended) {
            return false;
        }
        if (exchangesHold) {
            open++;
        } else {
            lastActive = now;
        }
        held[party]++;
        return true;
    }

    public boolean release(int thread) {
        int party = Subject.party(thread);
        if (held[party] == 0) {
            return false;
        }
        held[party]--;
        if (exchangesHold) {
            open--;
            lastActive = now;
        }
        return true;
    }

    public boolean expire() {
        boolean ends = !ended && open == 0;
        ended |= ends;
        return ends;
    }

    public boolean terminate() {
        boolean ends = !ended;
        ended = true;
        return ends;
    }

    public void advance() {
        now++;
        ended |= open == 0 && now - lastActive >= Subject.TIMEOUT;
    }
}
