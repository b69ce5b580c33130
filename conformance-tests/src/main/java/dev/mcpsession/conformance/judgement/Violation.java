package dev.mcpsession.conformance.judgement;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.opentest4j.AssertionFailedError;

/** Proof that the server breaks the rule: one sight of it is enough. */
public class Violation extends AssertionFailedError {
    private static final long serialVersionUID = 1L;

    private final String expectation;
    private final String observation;
    private final transient @Nullable Evidence evidence;

    /**
     * @param expectation what should have come
     * @param observation what came instead
     * @param evidence the exchange that shows it, or null for the last one of the rule
     */
    public Violation(String expectation, String observation, @Nullable Evidence evidence) {
        super("expected " + expectation + ", but " + observation, expectation, observation);
        this.expectation = expectation;
        this.observation = observation;
        this.evidence = evidence;
    }

    /** Never null. */
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    public String expectation() {
        return expectation;
    }

    public String observation() {
        return observation;
    }

    public Optional<Evidence> evidence() {
        return Optional.ofNullable(evidence);
    }
}
