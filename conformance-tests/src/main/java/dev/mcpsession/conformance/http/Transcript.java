package dev.mcpsession.conformance.http;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The exchanges, sessions and notes of one attempt of a rule. Safe for use by several threads. */
public final class Transcript {
    private static final int OUTER = 100;

    /** The characters of a reply that a report may show. */
    private static final int KEPT = 4000;

    private static final int KEPT_INSIDE = 500;

    private final List<Entry> entries = new ArrayList<>();
    private final List<Wait> waits = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final List<ClientSession> sessions = new ArrayList<>();
    private final Set<String> answered = new HashSet<>();
    private final Consumer<Entry> onAdd;
    private boolean launched;
    private final List<AutoCloseable> resources = new ArrayList<>();

    /**
     * An exchange and the session that it belongs to.
     *
     * @param session the session's label, or null where the exchange belongs to none
     */
    public record Entry(Exchange exchange, @Nullable String session) {}

    /** A span that was let pass on purpose, on the clock of {@link System#nanoTime()}. */
    public record Wait(@Nullable String session, long from, long until) {}

    public Transcript() {
        this(entry -> {});
    }

    /** @param onAdd told of each exchange as it begins */
    public Transcript(Consumer<Entry> onAdd) {
        this.onAdd = onAdd;
    }

    void add(Exchange exchange, @Nullable String session) {
        var entry = new Entry(exchange, session);
        synchronized (this) {
            entries.add(entry);
        }
        onAdd.accept(entry);
    }

    /** Says that an exchange belongs to a session that it has opened. */
    synchronized void relabel(Exchange exchange, String session) {
        entries.replaceAll(e -> e.exchange() == exchange ? new Entry(exchange, session) : e);
    }

    /** Whether a request of the server's has not been answered yet: what is sent again, on another stream, has been. */
    synchronized boolean firstToAnswer(@Nullable ClientSession session, String id) {
        return answered.add((session == null ? "" : session.label()) + " " + id);
    }

    /**
     * Gives most of the memory back that replies take; to be called when the rule is over. Where there are many, more
     * is kept of the first and of the last.
     */
    public synchronized void compact() {
        for (int i = 0; i < entries.size(); i++) {
            boolean outer = i < OUTER || i >= entries.size() - OUTER;
            entries.get(i).exchange().compact(outer ? KEPT : KEPT_INSIDE);
        }
    }

    synchronized void addWait(Wait wait) {
        waits.add(wait);
    }

    synchronized void addNote(String note) {
        if (!notes.contains(note)) {
            notes.add(note);
        }
    }

    synchronized void markLaunched() {
        launched = true;
    }

    /** Whether a server was started, so that there is evidence even where there is no exchange. */
    public synchronized boolean launched() {
        return launched;
    }

    synchronized void addResource(AutoCloseable resource) {
        resources.add(resource);
    }

    /** Takes the next label and remembers the session, so that it is ended when the rule is over. */
    synchronized ClientSession addSession(Client client, String id, Exchange opening) {
        var session = new ClientSession(client, id, label(sessions.size()), opening);
        sessions.add(session);
        return session;
    }

    private static String label(int number) {
        var letter = String.valueOf((char) ('A' + number % 26));
        return number < 26 ? letter : letter + (number / 26 + 1);
    }

    public synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    public synchronized List<Wait> waits() {
        return List.copyOf(waits);
    }

    /** The notes of the rule beside its verdict. */
    public synchronized List<String> notes() {
        return List.copyOf(notes);
    }

    public synchronized List<ClientSession> sessions() {
        return List.copyOf(sessions);
    }

    /** Resources other than sessions that are closed after the rule. */
    public synchronized List<AutoCloseable> resources() {
        return List.copyOf(resources);
    }
}
