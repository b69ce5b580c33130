package dev.mcpsession.server.session;

import static java.lang.System.Logger.Level.WARNING;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One node's view of sessions that are kept elsewhere: those that it works for now, or has asked for. The store
 * decides about their lives; here is counted what this node does for them, and what is attached to them is told.
 *
 * <p>A node asks for a session between {@link #ask} and one of {@link #found} and {@link #notFound}. An end that
 * becomes known meanwhile is remembered, so that no answer which is older than the end can bring the session back.
 */
public final class LocalSessions {

    private static final System.Logger LOG = System.getLogger(LocalSessions.class.getName());
    private static final long NEVER = Long.MAX_VALUE;

    private static final class Entry {

        /** Questions to the store that are not answered yet. */
        int asked;
        /** Exchanges, whether they hold the session or not. */
        int uses;
        /** Null before the store has told of the session. */
        @Nullable
        Session session;
        /** Why the session has ended; null if it has not, as far as is known. */
        @Nullable
        EndReason ended;
        /** Whether the store takes the session for held until {@link #letGo} says otherwise, in use or not. */
        boolean kept;
        /** When the last exchange that held it has ended, by {@link System#nanoTime}. */
        long left;
    }

    /** An entry is read and changed only within a computation of the map. */
    private final ConcurrentHashMap<String, Entry> entries = new ConcurrentHashMap<>();

    private final Attachments attachments;

    /** @param attachments how attachments are read */
    public LocalSessions(Attachments attachments) {
        this.attachments = attachments;
    }

    /** Notes that the store is asked for a session. */
    public void ask(String id) {
        entries.compute(id, (same, known) -> {
            var entry = known == null ? new Entry() : known;
            entry.asked++;
            return entry;
        });
    }

    /** The store has no such session for whoever asked, or has not answered. */
    public void notFound(String id) {
        entries.computeIfPresent(id, (same, entry) -> {
            entry.asked--;
            return keptIfUseful(entry);
        });
    }

    /**
     * The store has told of a session: an exchange begins.
     *
     * @param attachment what the session was opened with, or what has been saved since
     * @param holds whether the exchange holds the session
     * @return null if it has ended meanwhile
     */
    public @Nullable Session found(String id, @Nullable String owner, String attachment, boolean holds) {
        return entered(id, owner, null, attachment, holds);
    }

    /** The store has taken a session in that this node has opened: its first exchange begins; null if it has ended. */
    public @Nullable Session opened(String id, @Nullable String owner, @Nullable Object attachment, boolean holds) {
        return entered(id, owner, attachment, null, holds);
    }

    private @Nullable Session entered(
            String id, @Nullable String owner, @Nullable Object attachment, @Nullable String written, boolean holds) {
        var result = new Session[1];
        entries.computeIfPresent(id, (same, entry) -> {
            entry.asked--;
            if (entry.ended != null) {
                return keptIfUseful(entry);
            }
            if (entry.session == null) {
                entry.session =
                        new Session(id, owner, written == null ? attachment : attachments.read(written), 0, false);
            } else if (written != null) {
                attachments.update(entry.session.attachment(), written);
            }
            // It has not ended, since ends are noted in the entry first.
            entry.session.acquire(0, 0, NEVER, holds);
            entry.uses++;
            result[0] = entry.session;
            return entry;
        });
        return result[0];
    }

    /** Begins one more exchange in a session that has one already; returns false if it has ended. */
    public boolean again(Session session, boolean holds) {
        var result = new boolean[1];
        entries.computeIfPresent(session.id(), (id, entry) -> {
            if (entry.session == session && entry.ended == null) {
                session.acquire(0, 0, NEVER, holds);
                entry.uses++;
                result[0] = true;
            }
            return entry;
        });
        return result[0];
    }

    /** What has become of an exchange's end. */
    public enum Left {
        /** Other exchanges hold the session still, or it has ended, or this one never held it. */
        NOTHING_CHANGES,
        /** Nothing here holds the session any longer, but whoever is to let go of it knows of it already. */
        IDLE_AGAIN,
        /** Nothing here holds the session any longer: {@link #letGo} must be called for it, soon. */
        IDLE
    }

    /** Ends an exchange. */
    public Left leave(Session session, boolean holds) {
        var result = new Left[] {Left.NOTHING_CHANGES};
        var left = new boolean[1];
        entries.computeIfPresent(session.id(), (id, entry) -> {
            if (entry.session != session) {
                return entry;
            }
            entry.uses--;
            if (holds && session.release(0) && entry.ended == null) {
                entry.left = System.nanoTime();
                result[0] = entry.kept ? Left.IDLE_AGAIN : Left.IDLE;
                entry.kept = true;
            }
            left[0] = entry.uses == 0;
            if (left[0]) {
                entry.session = null;
            }
            return keptIfUseful(entry);
        });
        if (left[0] && !session.isEnded()) {
            tellLeft(session);
        }
        return result[0];
    }

    private static @Nullable Entry keptIfUseful(Entry entry) {
        return entry.asked == 0 && entry.uses == 0 && !entry.kept ? null : entry;
    }

    /** What {@link #letGo} gives for a session that this node needs again. */
    public static final long WANTED = Long.MIN_VALUE;

    /** What {@link #letGo} gives for a session that has ended. */
    public static final long GONE = WANTED + 1;

    /**
     * Lets go of a session that {@link #leave} has said to be idle, unless this node holds it again, or has asked for
     * it: then it is too early.
     *
     * @return when its last exchange has ended, by {@link System#nanoTime}; or {@link #WANTED}, or {@link #GONE}
     */
    public long letGo(String id) {
        var result = new long[] {GONE};
        entries.computeIfPresent(id, (same, entry) -> {
            if (entry.ended == null && (entry.asked > 0 || isHeld(entry))) {
                result[0] = WANTED;
                return entry;
            }
            if (entry.ended == null) {
                result[0] = entry.left;
            }
            entry.kept = false;
            return keptIfUseful(entry);
        });
        return result[0];
    }

    private static boolean isHeld(Entry entry) {
        return entry.ended == null && entry.session != null && entry.session.openExchanges() > 0;
    }

    /** Returns the ids of the sessions that exchanges on this node hold. */
    public List<String> held() {
        return entries.entrySet().stream()
                .filter(entry -> isHeld(entry.getValue()))
                .map(entry -> entry.getKey())
                .toList();
    }

    /** Returns the session with this id, if this node works for it now; else null. */
    public @Nullable Session find(String id) {
        var entry = entries.get(id);
        return entry == null ? null : entry.session;
    }

    /** Returns the sessions that this node works for now. */
    public Collection<Session> all() {
        return entries.values().stream()
                .map(entry -> entry.session)
                .filter(session -> session != null)
                .toList();
    }

    /** The session has ended: tells what is attached to it here. A second call does nothing. */
    public void end(String id, EndReason reason) {
        var ended = new Session[1];
        entries.computeIfPresent(id, (same, entry) -> {
            if (entry.ended == null) {
                entry.ended = reason;
                if (entry.session != null) {
                    entry.session.end();
                    ended[0] = entry.session;
                }
            }
            return entry;
        });
        if (ended[0] != null) {
            for (var resource : ended[0].takeResources()) {
                tell(() -> resource.sessionEnded(ended[0], reason));
            }
        }
    }

    /** This node stops: tells what is attached to the sessions that it works for. */
    public void leaveAll() {
        all().forEach(LocalSessions::tellLeft);
    }

    private static void tellLeft(Session session) {
        for (var resource : session.takeResources()) {
            tell(() -> resource.left(session));
        }
    }

    /** Returns a session that nothing can be attached to, to tell listeners of. */
    public Session detached(String id, @Nullable String owner, String attachment) {
        var session = new Session(id, owner, attachments.read(attachment), 0, false);
        session.end();
        return session;
    }

    private static void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            LOG.log(WARNING, "A session resource failed", e);
        }
    }
}
