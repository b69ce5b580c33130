package dev.mcpsession.conformance.clients;

import dev.mcpsession.conformance.clients.stage.Script;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Outcome;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.judgement.Violation;
import dev.mcpsession.conformance.protocol.Revision;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A client that a rule judges: let loose on servers of the kit, or known by a trace alone. Belongs to one rule in one
 * revision; not safe for use by several threads.
 */
public final class ClientUnderTest {
    /** Where traces come from. */
    interface Source {
        Trace trace(Script script, Revision revision);

        /** The same client, with what it does now rather than did. */
        Source anew();

        /** The same with one script alone played again: what the client did in the others stands. */
        default Source anew(Script script) {
            return anew();
        }

        /** The same client, with a process of its own for each script. */
        default Source alone() {
            return this;
        }

        /** The same with one script alone played so: what the client did in the others stands. */
        default Source alone(Script script) {
            return alone();
        }

        /** Takes note of a trace that may be wanted. */
        default void mayWant(Script script, Revision revision) {}

        /** Begins to get a trace that will be wanted. */
        default void prepare(Script script, Revision revision) {}

        /** Whether traces come from servers of the kit, so that a script is played. */
        boolean playsScripts();

        /** Whether the kit runs the client: from its beginning to its end, and again where that is wanted. */
        boolean runsClient();
    }

    private static final Trace NOTHING = new Trace(List.of(), Optional.empty(), List.of(), true);

    private final Source source;
    private final Revision revision;
    private final Function<Trace, Evidence> evidences;
    private final List<String> notes = new ArrayList<>();
    private final List<Played> played = new ArrayList<>();
    private Trace looked = NOTHING;
    private @Nullable Script accusing;

    private record Played(Script script, Trace trace) {
        boolean shows(Call call) {
            return trace.calls().stream().anyMatch(c -> c == call);
        }
    }

    /** @param evidences gives what reports show of a trace; the same for all rules that look at it */
    ClientUnderTest(Source source, Revision revision, Function<Trace, Evidence> evidences) {
        this.source = source;
        this.revision = revision;
        this.evidences = evidences;
    }

    /** The revision to judge in: that of the kit's server, or one that was negotiated in the trace. */
    public Revision revision() {
        return revision;
    }

    /** Whether the kit runs the client, rather than knowing what it did while somebody else ran it. */
    public boolean isLive() {
        return source.runsClient();
    }

    /** Whether the client is in front of servers of the kit, which play scripts, whoever runs it. */
    public boolean isOnStage() {
        return source.playsScripts();
    }

    /**
     * The trace of the client while the script was played. A client that is known by a trace did what stands there;
     * whether that has what the script would have caused, the rule has to see.
     *
     * @throws RuleAbortedException if the client did not connect
     */
    public Trace play(Script script) {
        var trace = source.trace(script, revision);
        looked = trace;
        played.add(new Played(script, trace));
        if (isLive() && trace.endpoint().findAny().isEmpty()) {
            if (trace.calls().isEmpty()
                    && trace.outcome()
                            .filter(o -> !o.timedOut() && !o.succeeded())
                            .isPresent()
                    && !script.carrier().isForAll()) {
                throw RuleAbortedException.notTestable("the client does not go through the scenario "
                        + script.carrier().scenario() + ": it "
                        + trace.outcome().get().describe());
            }
            throw RuleAbortedException.inconclusive("the client made no request to the kit's server"
                    + trace.outcome().map(o -> ": it " + o.describe()).orElse("")
                    + (trace.oddities().isEmpty() ? "" : "; " + trace.oddities().get(0)));
        }
        return trace;
    }

    /** Begins to play scripts that the rule looks at one after the other, so that they are played side by side. */
    public void prepare(Script... scripts) {
        for (var script : scripts) {
            source.prepare(script, revision);
        }
    }

    /** Says that the rule looks at a script after others, if those prove nothing. */
    public void mayPlay(Script script) {
        source.mayWant(script, revision);
    }

    /** The same for a script of which the rule has no need; empty where the client does not take part in it. */
    public Optional<Trace> tryPlay(Script script) {
        try {
            return Optional.of(play(script));
        } catch (RuleAbortedException e) {
            return Optional.empty();
        }
    }

    /**
     * The trace of the client while a server of the kit played the script.
     *
     * @throws RuleAbortedException if the client is known by a trace alone
     */
    public Trace playOnStage(Script script) {
        if (!source.playsScripts()) {
            throw RuleAbortedException.notTestable("a trace alone cannot show it: see the command client");
        }
        return play(script);
    }

    /**
     * How the client's program ended.
     *
     * @throws RuleAbortedException if that is not known
     */
    public Outcome outcome(Trace trace) {
        return trace.outcome()
                .orElseThrow(() -> RuleAbortedException.notTestable(
                        "it is not known how the client ended: see the command client with a command"));
    }

    /** Tells something beside the verdict. */
    public void note(String words) {
        notes.add(words);
    }

    List<String> notes() {
        return List.copyOf(notes);
    }

    Evidence evidence() {
        return evidences.apply(looked);
    }

    // ---- judging ----

    /** Proof that the client breaks the rule; {@code call} shows it, or is null. */
    public Violation violation(String expectation, String observation, Call call) {
        return new Violation(expectation, observation, exchange(call));
    }

    /**
     * An observation that looks like a broken rule but has an innocent explanation once. Where the client cannot be
     * made to do it again, it proves nothing.
     */
    public RuntimeException suspicion(String expectation, String observation, @Nullable Call call) {
        if (!isLive()) {
            throw RuleAbortedException.inconclusive(
                    "expected " + expectation + ", but " + observation + "; seen once, it may have been on its way");
        }
        throw new Suspicion(expectation, observation, exchange(call));
    }

    /** The script in which the client did what it is accused of; empty where that is not known. */
    Optional<Script> accusing() {
        return Optional.ofNullable(accusing);
    }

    private @Nullable Exchange exchange(@Nullable Call call) {
        if (call == null) {
            return null;
        }
        // A report shows what is about the call, which need not be what was played last.
        played.stream().filter(p -> p.shows(call)).findFirst().ifPresent(p -> {
            looked = p.trace();
            accusing = p.script();
        });
        return evidence().of(call);
    }
}
