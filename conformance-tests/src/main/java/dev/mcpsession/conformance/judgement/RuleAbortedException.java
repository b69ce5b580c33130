package dev.mcpsession.conformance.judgement;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** Ends a rule without saying that it is kept or broken. */
public final class RuleAbortedException extends TestAbortedException {
    private static final long serialVersionUID = 1L;

    private final Verdict verdict;
    private final transient @Nullable Evidence evidence;

    private RuleAbortedException(Verdict verdict, String why, @Nullable Evidence evidence) {
        super(why);
        this.verdict = verdict;
        this.evidence = evidence;
    }

    /** Never null: the reason. */
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    public Verdict verdict() {
        return verdict;
    }

    /** The exchange that kept the rule from going on, where it is known. */
    public Optional<Evidence> evidence() {
        return Optional.ofNullable(evidence);
    }

    /** The replies prove nothing. */
    public static RuleAbortedException inconclusive(String why) {
        return inconclusive(why, null);
    }

    /** The same because of one exchange, which reports show. */
    public static RuleAbortedException inconclusive(String why, @Nullable Evidence evidence) {
        return new RuleAbortedException(Verdict.INCONCLUSIVE, why, evidence);
    }

    /** The rule's steps have shown that it does not apply; its annotation declares that it may be so. */
    public static RuleAbortedException notApplicable(Unless shown) {
        return notApplicable(shown.words());
    }

    /**
     * The same, and by what.
     *
     * @param by goes after a colon
     */
    public static RuleAbortedException notApplicable(Unless shown, String by) {
        return notApplicable(shown.words() + ": " + by);
    }

    /** The server does not offer the thing, for a reason that the rules of this suite do not know. */
    public static RuleAbortedException notApplicable(String why) {
        return new RuleAbortedException(Verdict.NOT_APPLICABLE, why, null);
    }

    /** The kit was not told enough; {@code why} names the option that would help. */
    public static RuleAbortedException notTestable(String why) {
        return new RuleAbortedException(Verdict.NOT_TESTABLE, why, null);
    }
}
