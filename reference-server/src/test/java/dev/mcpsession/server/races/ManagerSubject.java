package dev.mcpsession.server.races;

import dev.mcpsession.server.session.EndReason;
import dev.mcpsession.server.session.IdlePolicy;
import dev.mcpsession.server.session.ManualClock;
import dev.mcpsession.server.session.NoRoomException;
import dev.mcpsession.server.session.Session;
import dev.mcpsession.server.session.SessionListener;
import dev.mcpsession.server.session.SessionManager;
import dev.mcpsession.server.session.SessionOptions;
import dev.mcpsession.server.session.Use;
import java.time.Duration;

/** The session manager of the reference server. */
final class ManagerSubject implements Subject, SessionListener {

    /** As short as the finest slot of the manager's timing wheel, lest the model checker walk through empty slots. */
    private static final Duration STEP = Duration.ofMillis(1);

    private final IdlePolicy policy;
    private final ManualClock clock = new ManualClock();
    private final SessionManager manager;

    /** A plain array: the checker sees by it that a session is shared by threads from now on. */
    private final Session[] sessions = new Session[MAX_SESSIONS];

    private final Accounts accounts = new Accounts();

    ManagerSubject(IdlePolicy policy, int maxSessions) {
        this.policy = policy;
        manager = new SessionManager(new SessionOptions(STEP.plus(STEP), policy, maxSessions, clock, this));
    }

    @Override
    public boolean holding() {
        return policy == IdlePolicy.OPEN_EXCHANGES;
    }

    @Override
    public int register() {
        try {
            return accounts.number(manager.register(null, null).id());
        } catch (NoRoomException e) {
            return REFUSED;
        }
    }

    @Override
    public void opened(Session session) {
        sessions[accounts.opened(session.id())] = session;
    }

    @Override
    public void ended(Session session, EndReason reason) {
        accounts.ended(session.id());
    }

    @Override
    public boolean acquire(int number) {
        return manager.acquire(sessions[number].id(), null, Use.REQUEST) != null;
    }

    @Override
    public void release(int number) {
        manager.release(sessions[number], Use.REQUEST);
    }

    @Override
    public boolean expire(int number) {
        return manager.expire(sessions[number].id());
    }

    @Override
    public boolean terminate(int number) {
        return manager.terminate(sessions[number].id());
    }

    @Override
    public void advance() {
        clock.advance(STEP);
    }

    @Override
    public void close() {
        manager.close();
    }

    @Override
    public boolean isEnded(int number) {
        return sessions[number].isEnded();
    }

    @Override
    public long live() {
        return manager.counts().live();
    }

    @Override
    public int listed() {
        return manager.sessions().size();
    }

    @Override
    public void checkAccounts() {
        var counts = manager.counts();
        accounts.check(
                this, counts.opened(), counts.reaped() + counts.terminated() + counts.evicted() + counts.shutDown());
    }
}
