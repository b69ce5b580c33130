package dev.mcpsession.conformance.run;

import dev.mcpsession.conformance.protocol.Revision;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs rules that only seemed broken again, each alone and beside a control, so that only a breach that shows every
 * time becomes a verdict. One that a broken prerequisite explains is not run again.
 */
final class Confirmation {
    /** The number of times that a breach must show again. */
    private static final int TIMES = 2;

    /**
     * The same for a rule about activity, for which no control tells whether the server ends sessions of its own
     * accord, now and then.
     */
    private static final int TIMES_WITHOUT_CONTROL = 4;

    /** The number of further attempts where one was inconclusive. */
    private static final int RETRIES = 2;

    private final RunContext run;
    private final Results results;
    private final RuleRunner runner;
    private final Control control;
    private final ServingCheck serving;

    Confirmation(RunContext run, Results results, RuleRunner runner, Control control, ServingCheck serving) {
        this.run = run;
        this.results = results;
        this.runner = runner;
        this.control = control;
        this.serving = serving;
    }

    /** Settles all that was suspected so far. */
    void confirm(List<OpenCase> suspects) {
        Map<String, Revision> confirmed = new HashMap<>();
        for (var suspect : inOrder(suspects)) {
            var judged = suspect.judged();
            var elsewhere = confirmed.get(judged.rule().id());
            var cause = results.causeOfSuspicion(suspect.first());
            RuleResult result;
            if (cause.isPresent()) {
                result = suspect.first().causedBy(cause.get());
            } else if (elsewhere != null) {
                result = suspect.first().withNote("seen once in this revision; confirmed in " + elsewhere);
            } else {
                result = run.end().isOver() ? unconfirmed(suspect) : confirm(suspect);
            }
            if (result.verdict().isViolation()) {
                confirmed.put(judged.rule().id(), judged.revision());
            }
            results.keep(result);
        }
    }

    /**
     * Prerequisites before the rules that depend on them, so that those need not be run again; and the newest revision
     * first, since a breach that shows there need not be repeated in the others.
     */
    private List<OpenCase> inOrder(List<OpenCase> suspects) {
        return suspects.stream()
                .sorted(Comparator.comparing((OpenCase s) -> !s.judged().rule().isolation())
                        .thenComparing(s -> results.depth(s.judged().rule()))
                        .thenComparing(s -> s.judged().revision(), Comparator.reverseOrder()))
                .toList();
    }

    private RuleResult unconfirmed(OpenCase suspect) {
        return suspect.first()
                .inconclusive("the rule seemed broken (" + suspect.first().summary()
                        + "), but that could not be confirmed, since the run ended before: "
                        + run.end().why().orElseThrow());
    }

    private RuleResult confirm(OpenCase suspect) {
        var judged = suspect.judged();
        run.listener().confirming(judged.rule(), judged.revision());
        var first = suspect.first();
        var broken = new ArrayList<RuleResult>();
        var kept = new ArrayList<RuleResult>();
        // The control makes as many requests as the attempt that made the most: on a slow machine the first may be
        // short.
        var busiest = first.transcript();
        int times = judged.rule().activity() ? TIMES_WITHOUT_CONTROL : TIMES;
        for (int i = 0; i < times; i++) {
            var failure = control.failure(judged, busiest);
            if (run.end().isOver()) {
                return unconfirmed(suspect);
            }
            if (failure.isPresent()) {
                return otherCause(first, failure.get());
            }
            var attempt = attempt(judged);
            for (int j = 0; j < RETRIES && attempt.inconclusive(); j++) {
                attempt = attempt(judged);
            }
            if (attempt.notRun()) {
                return unconfirmed(suspect);
            }
            (attempt.violation() ? broken : kept).add(attempt.result());
            if (attempt.result().transcript().entries().size()
                    > busiest.entries().size()) {
                busiest = attempt.result().transcript();
            }
        }
        if (kept.isEmpty() && busiest != first.transcript()) {
            var failure = control.failure(judged, busiest);
            if (failure.isPresent()) {
                return otherCause(first, failure.get());
            }
        }
        if (kept.isEmpty() && isOverload(last(broken))) {
            var outage = control.outage(judged, last(broken).took());
            if (outage.isPresent()) {
                return first.inconclusive("the rule seemed broken (" + first.summary()
                        + "), but the server is out of service now and then: as a control, " + outage.get());
            }
        }
        if (kept.isEmpty()) {
            return last(broken).withNote("seen every time: once beside other rules, " + times + " times alone");
        }
        if (broken.isEmpty()) {
            return last(kept).withNote("among other rules, once: " + first.summary() + "; not when the rule ran alone");
        }
        return last(broken).inconclusive("seen only sometimes: " + last(broken).summary());
    }

    private static boolean isOverload(RuleResult broken) {
        return broken.evidence().filter(e -> e.answered() && e.isOverload()).isPresent();
    }

    private static RuleResult otherCause(RuleResult first, String failure) {
        return first.inconclusive("the rule seemed broken (" + first.summary()
                + "), but that may have another cause: the server seems to end sessions of its own accord. As many"
                + " sessions as the rule needs were opened and not touched otherwise, and one " + failure);
    }

    private Attempt attempt(RuleCase judged) {
        return judged.isDisruptive() ? serving.run(judged) : runner.run(judged);
    }

    private static RuleResult last(List<RuleResult> results) {
        return results.get(results.size() - 1);
    }
}
