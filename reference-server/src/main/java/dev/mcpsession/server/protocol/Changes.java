package dev.mcpsession.server.protocol;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Tells listeners about changes at the server that no request of theirs has caused. */
public final class Changes {

    /** Passes on to a client what it hears. Must not block. */
    public interface Hearer {

        /**
         * The list of tools may be another one now.
         *
         * @param change the number of this change among the nodes of the server; 0 if there is but one node
         */
        void toolsChanged(long change);

        /** The server stops: this is the last to be heard. */
        void stopping();
    }

    private final Set<Hearer> hearers = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;
    /** Tells all nodes, this one included; null if it is the only one. */
    private volatile @Nullable Runnable announcement;

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

    /** Tells everybody, on all nodes, that the list of tools may be another one now. */
    public void toolsChanged() {
        var announce = announcement;
        if (announce == null) {
            tellToolsChanged(0);
        } else {
            announce.run();
        }
    }

    /** Sets how all nodes are told, if there are others. Each is then to call {@link #tellToolsChanged}. */
    public void announceBy(Runnable announce) {
        announcement = announce;
    }

    /**
     * Tells everybody on this node that the list of tools may be another one now.
     *
     * @param change the number of this change among the nodes; 0 if there is but one node
     */
    public void tellToolsChanged(long change) {
        hearers.forEach(hearer -> hearer.toolsChanged(change));
    }

    /** Tells everybody that the server stops, and removes them. */
    public void stop() {
        stopped = true;
        for (var hearer : List.copyOf(hearers)) {
            if (hearers.remove(hearer)) {
                hearer.stopping();
            }
        }
    }
}
