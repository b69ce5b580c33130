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

        /** The same client, with a process of its own for each script. */
        default Source alone() {
            return this;
        }

        /** Whether traces come from servers of the kit, so that a script is played. */
        boolean playsScripts();

        /** Whether the kit runs the client: from its beginning to its end, and again where that is wanted. */
        boolean runsClient();
    }

    private final Source source;
    private final Revision revision;
    private final List<String> notes = new ArrayList<>();
    private Evidence evidence;

    ClientUnderTest(Source source, Revision revision) {
        this.source = source;
        this.revision = revision;
    }

    /** The revision to judge in: that of the kit's server, or one that was negotiated in the trace. */
    public Revision revision() {
        return revision;
    }

    /** Whether the kit runs the client, rather than knowing what it did while somebody else ran it. */
    public boolean isLive() {
        return source.runsClient();
    }

    /**
     * The trace of the client while the script was played. A client that is known by a trace did what stands there;
     * whether that has what the script would have caused, the rule has to see.
     *
     * @throws RuleAbortedException if the client did not connect
     */
    public Trace play(Script script) {
        var trace = source.trace(script, revision);
        evidence = new Evidence(trace);
        if (isLive() && trace.endpoint().findAny().isEmpty()) {
            throw RuleAbortedException.inconclusive("the client made no request to the kit's server"
                    + trace.outcome().map(o -> ": it " + o.describe()).orElse("")
                    + (trace.oddities().isEmpty() ? "" : "; " + trace.oddities().get(0)));
        }
        return trace;
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
        return evidence == null
                ? new Evidence(new Trace(List.of(), java.util.Optional.empty(), List.of(), true))
                : evidence;
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
    public RuntimeException suspicion(String expectation, String observation, Call call) {
        if (!isLive()) {
            throw RuleAbortedException.inconclusive(
                    "expected " + expectation + ", but " + observation + "; seen once, it may have been on its way");
        }
        throw new Suspicion(expectation, observation, exchange(call));
    }

    private Exchange exchange(Call call) {
        return call == null ? null : evidence().of(call);
    }
}
