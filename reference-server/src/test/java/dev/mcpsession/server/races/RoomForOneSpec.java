package dev.mcpsession.server.races;

/** The specification of {@link RoomForOne}: its operations one after the other. */
public final class RoomForOneSpec {

    private static final int NOBODY = -1;

    private final int[] held = new int[Subject.THREADS];

    /** Whose session lives. */
    private int living = NOBODY;

    public boolean open(int thread) {
        int party = Subject.party(thread);
        if (held[party] > 0 || living != NOBODY && held[living] > 0) {
            return false;
        }
        living = party;
        held[party] = 1;
        return true;
    }

    public boolean acquire(int thread) {
        int party = Subject.party(thread);
        if (living != party) {
            return false;
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
        return true;
    }

    public boolean terminate(int thread) {
        int party = Subject.party(thread);
        if (living != party) {
            return false;
        }
        living = NOBODY;
        return true;
    }
}
