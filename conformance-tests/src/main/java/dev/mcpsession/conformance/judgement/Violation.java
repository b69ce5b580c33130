package dev.mcpsession.conformance.judgement;

import dev.mcpsession.conformance.http.Exchange;
import java.util.Optional;
import org.opentest4j.AssertionFailedError;

/** Proof that the server breaks the rule: one sight of it is enough. */
public class Violation extends AssertionFailedError {
    private static final long serialVersionUID = 1L;

    private final String expectation;
    private final String observation;
    private final transient Exchange exchange;

    /**
     * @param expectation what should have come
     * @param observation what came instead
     * @param exchange the exchange that shows it, or null for the last one of the rule
     */
    public Violation(String expectation, String observation, Exchange exchange) {
        super("expected " + expectation + ", but " + observation, expectation, observation);
        this.expectation = expectation;
        this.observation = observation;
        this.exchange = exchange;
    }

    public String expectation() {
        return expectation;
    }

    public String observation() {
        return observation;
    }

    public Optional<Exchange> exchange() {
        return Optional.ofNullable(exchange);
    }
}
