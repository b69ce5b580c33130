package dev.mcpsession.server.session;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Finds the longest idle session, without keeping an order that every touch would have to maintain. One pass over all
 * sessions picks the longest idle few; each of them is still the longest idle one when its turn comes, provided that
 * its word has not changed, because all others can only have become more recent.
 */
final class EvictionQueue {

    private static final int PICKED = 128;

    private final Deque<Candidate> candidates = new ArrayDeque<>();

    /** Ends the longest idle session and returns it, or returns null if none is idle. */
    synchronized @Nullable Session endLongestIdle(Collection<Session> all) {
        var ended = endNextCandidate();
        // A session that was picked may be touched before its turn, so that a fresh pick can come to
        // nothing although others are idle.
        while (ended == null && pick(all)) {
            ended = endNextCandidate();
        }
        return ended;
    }

    private @Nullable Session endNextCandidate() {
        for (var next = candidates.poll(); next != null; next = candidates.poll()) {
            if (next.session.endIfStill(next.word)) {
                return next.session;
            }
        }
        return null;
    }

    private boolean pick(Collection<Session> all) {
        var longestIdle = Comparator.comparingLong(Candidate::lastActive);
        var picked = new PriorityQueue<>(longestIdle.reversed());
        for (var session : all) {
            long word = session.word();
            if (!Session.isIdle(word)) {
                continue;
            }
            var candidate = new Candidate(session, word);
            if (picked.size() < PICKED) {
                picked.add(candidate);
            } else if (longestIdle.compare(candidate, picked.peek()) < 0) {
                picked.poll();
                picked.add(candidate);
            }
        }
        while (!picked.isEmpty()) {
            candidates.addFirst(picked.poll());
        }
        return !candidates.isEmpty();
    }

    private record Candidate(Session session, long word) {

        long lastActive() {
            return Session.lastActive(word);
        }
    }
}
