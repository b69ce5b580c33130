package dev.mcpsession.server.races;

/**
 * The racing operations of a session manager, with sessions named by small numbers, so that one check can be put to
 * the manager and to copies of it that are wrong on purpose. Time stands still but for {@link #advance}.
 */
public interface Subject {

    /** How many threads there are in a check. */
    int THREADS = 2;

    /** More than are opened in any check. */
    int MAX_SESSIONS = 64;

    /** The idle timeout, in the steps of {@link #advance}. */
    int TIMEOUT = 2;

    /** The result of {@link #register} if there is no room. */
    int REFUSED = -1;

    /**
     * Who a thread works for. The checker numbers the threads from 1 on, and gives numbers of their own to what comes
     * before and after them; that must be able to work for the same sessions as they do.
     */
    static int party(int thread) {
        return thread % THREADS;
    }

    /** Whether open exchanges keep a session from expiring. */
    boolean holding();

    /** Opens a session, which the caller must release; returns its number. */
    int register();

    /** Starts an exchange; returns whether it may go on. */
    boolean acquire(int number);

    /** Ends an exchange. */
    void release(int number);

    /** Ends the session unless it is held; returns whether this call did it. */
    boolean expire(int number);

    /** Ends the session; returns whether this call did it. */
    boolean terminate(int number);

    /** Lets half the idle timeout pass, and ends what is due. */
    void advance();

    /** Ends everything and opens nothing more. */
    void close();

    /** Returns whether the session has ended. */
    boolean isEnded(int number);

    /** Returns how many sessions live, by the subject's own count. */
    long live();

    /** Returns how many sessions can be found. */
    int listed();

    /**
     * Checks what must be true when nothing is going on: each session that was opened was told to have opened once; it
     * was told to have ended once if it has, and not if it has not; what can be found is what lives; the counts add up.
     *
     * @throws IllegalStateException if something is wrong
     */
    void checkAccounts();
}
