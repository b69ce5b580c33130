package dev.mcpsession.runner.cli.command;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rule.RuleSet;
import java.time.Duration;
import java.util.List;

/** Rules that take more memory than there is. */
public final class GreedyRules implements RuleSet {
    @Override
    public List<Class<?>> classes() {
        return List.of(GreedyRules.class);
    }

    @Rule(id = "greedy/on-its-thread", level = Level.ADVICE, title = "There is memory for a rule", source = "none")
    void onItsThread(Client client) {
        take();
    }

    @Rule(id = "greedy/on-another", level = Level.ADVICE, title = "There is memory for a thread", source = "none")
    void onAnother(Client client) {
        new Thread(GreedyRules::take).start();
        client.pause(Duration.ofMinutes(10));
    }

    private static void take() {
        System.out.println(new long[1 << 30].length);
    }
}
