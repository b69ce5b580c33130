package dev.mcpsession.conformance.judgement;

import org.jspecify.annotations.Nullable;

/**
 * An observation that looks like a broken rule but has innocent explanations too: a session that is gone (a server
 * may end any session at any time), an answer that does not come (the machine may be slow). The rule is run again,
 * alone, beside a control, and becomes a verdict only if it shows every time.
 */
public final class Suspicion extends Violation {
    private static final long serialVersionUID = 1L;

    public Suspicion(String expectation, String observation, @Nullable Evidence evidence) {
        super(expectation, observation, evidence);
    }
}
