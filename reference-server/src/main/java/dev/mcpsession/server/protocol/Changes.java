package dev.mcpsession.server.protocol;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What happens at the server without being asked for, and who wants to hear of it. */
public final class Changes {

    /** Passes on to a client what it hears. Must not block. */
    public interface Hearer {

        /** The list of tools may be another one now. */
        void toolsChanged();

        /** The server stops: this is the last to be heard. */
        void stopping();
    }

    private final Set<Hearer> hearers = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    /** Adds somebody who hears of everything from now on. */
    public void add(Hearer hearer) {
        hearers.add(hearer);
        if (stopped && hearers.remove(hearer)) {
            hearer.stopping();
        }
    }

    /** Removes somebody; does nothing if it was not added. */
    public void remove(Hearer hearer) {
        hearers.remove(hearer);
    }

    /** Returns how many hear now. */
    public int hearers() {
        return hearers.size();
    }

    /** Tells everybody that the list of tools may be another one now. */
    public void toolsChanged() {
        hearers.forEach(Hearer::toolsChanged);
    }

    /** Tells everybody that the server stops, and removes them. */
    public void stop() {
        stopped = true;
        for (var hearer : hearers) {
            if (hearers.remove(hearer)) {
                hearer.stopping();
            }
        }
    }
}
