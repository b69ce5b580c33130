package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Level.SHOULD;
import static dev.mcpsession.conformance.judgement.Unless.NOT_401;
import static dev.mcpsession.conformance.judgement.Unless.NO_REQUEST_STATE;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;
import static dev.mcpsession.conformance.rule.Requires.NODES;
import static dev.mcpsession.conformance.rule.Requires.SECOND_PRINCIPAL;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.rule.Rule;
import dev.mcpsession.conformance.rules.modern.Samples.Sample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Several nodes of a server without sessions: any of them serves any request. */
public final class NodeRules {
    private static final String STATELESS = "basic/index, Statelessness";
    private static final int TRIES = 3;
    private static final Duration AGAIN = Duration.ofMillis(300);

    @Rule(
            id = "cluster/modern-any-node",
            level = SHOULD,
            eras = MODERN,
            requires = NODES,
            title = "Every node serves what the first serves, whatever was asked of which before",
            source = STATELESS)
    void anyNode(Client client) {
        var nodes = client.nodes();
        var samples = Samples.of(nodes.get(0));
        for (int i = 1; i < nodes.size(); i++) {
            for (var sample : samples) {
                mustServe(sample, nodes.get(0), nodes.get(i), i + 1);
            }
        }
    }

    private static void mustServe(Sample sample, Client first, Client node, int number) {
        for (int left = TRIES; ; left--) {
            var reply = sample.send(sample.request(node));
            Calls.status(reply);
            if (sample.isServed(reply)) {
                return;
            }
            if (!sample.isServed(sample.send(sample.request(first)))) {
                throw RuleAbortedException.inconclusive("the first node serves " + sample + " no more as it did");
            }
            if (left == 1) {
                throw new Suspicion(
                        sample + " to be served by node " + number + ", as by the first",
                        "got " + Calls.describe(reply),
                        reply);
            }
            node.pause(AGAIN);
        }
    }

    @Rule(
            id = "cluster/modern-same-lists",
            level = SHOULD,
            eras = MODERN,
            dependsOn = "cluster/modern-any-node",
            requires = NODES,
            title = "Every node declares the same capabilities and lists the same",
            source = STATELESS + "; server/tools, Capabilities")
    void sameLists(Client client) {
        var nodes = client.nodes();
        var samples = Samples.of(nodes.get(0)).stream()
                .filter(s -> Samples.LISTS.containsKey(s.method()) || s.method().equals(Calls.DISCOVER))
                .toList();
        for (int i = 1; i < nodes.size(); i++) {
            for (var sample : samples) {
                mustBeSame(sample, nodes.get(0), nodes.get(i), i + 1);
            }
        }
    }

    /** A list may change at any time, and the change may take a moment to reach every node. */
    private static void mustBeSame(Sample sample, Client first, Client node, int number) {
        for (int left = TRIES; ; left--) {
            var before = named(sample, sample.send(sample.request(first)));
            var reply = sample.send(sample.request(node));
            var there = named(sample, reply);
            var after = named(sample, sample.send(sample.request(first)));
            if (there.equals(before) || there.equals(after)) {
                return;
            }
            if (left == 1) {
                throw new Suspicion(
                        sample + " to say the same on node " + number + " as on the first",
                        "it is " + there + " there and " + before + " on the first",
                        reply);
            }
            node.pause(AGAIN);
        }
    }

    private static List<String> named(Sample sample, Exchange reply) {
        var result = Calls.result(reply);
        var names = new ArrayList<String>();
        if (sample.method().equals(Calls.DISCOVER)) {
            result.path("capabilities").propertyNames().forEach(names::add);
            result.path("supportedVersions").forEach(v -> names.add(v.asString("")));
        } else {
            result.path(Samples.LISTS.get(sample.method())).forEach(item -> names.add(key(item)));
        }
        names.sort(null);
        return names;
    }

    private static String key(JsonNode item) {
        for (var key : List.of("uri", "uriTemplate", "name")) {
            if (item.path(key).isString()) {
                return item.get(key).asString();
            }
        }
        return item.toString();
    }

    @Rule(
            id = "cluster/modern-state-on-any-node",
            level = SHOULD,
            eras = MODERN,
            dependsOn = "cluster/modern-any-node",
            requires = NODES,
            unless = NO_REQUEST_STATE,
            title = "A request state that one node has handed out is accepted by every other, as by itself",
            source = "basic/patterns/mrtr, Server Requirements (Basic Workflow); " + STATELESS)
    void stateOnAnyNode(Client client) {
        var nodes = client.nodes();
        boolean any = false;
        for (int i = 1; i < nodes.size(); i++) {
            for (var message : InputRules.messages(nodes.get(0))) {
                // A server may take each state once only.
                var asked = InputRules.asked(nodes.get(0), message.get());
                var again = InputRules.asked(nodes.get(0), message.get());
                if (asked.isEmpty() || again.isEmpty()) {
                    continue;
                }
                any = true;
                var here = InputRules.back(nodes.get(0), message.get(), asked.get());
                var there = InputRules.back(nodes.get(i), message.get(), again.get());
                if (here.result().isPresent() && there.result().isEmpty()) {
                    throw new Suspicion(
                            "a request state of the first node to be accepted by node " + (i + 1),
                            "got " + Calls.describe(there) + ", where the first answers with a result",
                            there);
                }
            }
        }
        if (!any) {
            throw RuleAbortedException.notApplicable(NO_REQUEST_STATE);
        }
    }

    @Rule(
            id = "cluster/modern-credentials-on-all-nodes",
            level = MUST,
            eras = MODERN,
            requires = {NODES, SECOND_PRINCIPAL},
            unless = NOT_401,
            title = "A request without credentials is refused by every node, if one refuses it",
            source = "basic/authorization/security-considerations, Access Token Privilege Restriction; " + STATELESS)
    void credentialsOnAllNodes(Client client) {
        var nodes = client.nodes();
        var control = nodes.get(0).anonymous();
        var refused = control.post(control.request(Calls.LIST)).send();
        if (refused.status() != 401) {
            throw RuleAbortedException.notApplicable(NOT_401, "the first node answered " + refused.describeReply());
        }
        for (int i = 1; i < nodes.size(); i++) {
            var anonymous = nodes.get(i).anonymous();
            var reply = anonymous.post(anonymous.request(Calls.LIST)).send();
            reply.mustNotBeServed(
                    "a request without credentials to be refused by node " + (i + 1) + ", as by the first");
        }
    }
}
