package dev.mcpsession.conformance.run;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The threads that run a rule at the moment, so that a run which ends before its end can interrupt them. */
final class AtWork {
    private final Set<Thread> threads = new HashSet<>();
    private String why;

    /** Takes the current thread up; false if the run has ended, and no rule may begin. */
    synchronized boolean enter() {
        return why == null && threads.add(Thread.currentThread());
    }

    /**
     * Lets the current thread go, and takes any interruption from it, so that it can clean up.
     *
     * @return false if the run has ended meanwhile, so that nothing can be concluded from what the rule did
     */
    synchronized boolean leave() {
        threads.remove(Thread.currentThread());
        if (why != null) {
            Thread.interrupted();
        }
        return why == null;
    }

    /** Interrupts every rule. */
    synchronized void end(String why) {
        if (this.why == null) {
            this.why = why;
            threads.forEach(Thread::interrupt);
        }
    }

    /** Why the run has ended before its end, if it has. */
    synchronized Optional<String> ended() {
        return Optional.ofNullable(why);
    }
}
