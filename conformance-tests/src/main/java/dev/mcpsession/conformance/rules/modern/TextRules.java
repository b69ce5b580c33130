package dev.mcpsession.conformance.rules.modern;

import static dev.mcpsession.conformance.judgement.Level.MUST;
import static dev.mcpsession.conformance.judgement.Unless.NO_SUBSCRIPTIONS;
import static dev.mcpsession.conformance.protocol.Revision.Era.MODERN;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.http.Exchange;
import dev.mcpsession.conformance.judgement.RuleAbortedException;
import dev.mcpsession.conformance.judgement.Suspicion;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.rule.Rule;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Text in other scripts, in requests and in replies. */
public final class TextRules {
    /** Of one, two, three and four bytes a character. */
    private static final String TEXT = "kit-\u00e9-\u4e16\u754c-\ud83d\ude42-";

    @Rule(
            id = "modern/utf-8",
            level = MUST,
            eras = MODERN,
            unless = NO_SUBSCRIPTIONS,
            title = "Messages are UTF-8, and text of other scripts comes back as it was sent",
            source = "basic/transports, Messages")
    void utf8(Client client) {
        for (var sample : Samples.answered(Samples.of(client))) {
            var message = sample.message().apply(client).put("id", TEXT + client.nextId());
            mustComeBack(sample.send(client.post(message)), message.get("id"));
        }
        var unknown = client.request(Calls.UNKNOWN_METHOD).put("id", TEXT + client.nextId());
        mustComeBack(client.post(unknown).send(), unknown.get("id"));
        Subscriptions.tryOpen(client, Json.object().put("toolsListChanged", true))
                .ifPresent(plain -> {
                    plain.close();
                    var listen = Subscriptions.listen(client, Json.object().put("toolsListChanged", true))
                            .put("id", TEXT);
                    var stream = Subscriptions.open(client, listen);
                    var carried = Subscriptions.acknowledgement(stream)
                            .path("params")
                            .path("_meta")
                            .path(Client.META_PREFIX + "subscriptionId");
                    stream.mustHave(
                            carried.isMissingNode() || carried.asString("").equals(TEXT),
                            "the id " + TEXT + " of a subscription to come back as it is",
                            "it is " + carried);
                });
    }

    private static void mustComeBack(Exchange reply, JsonNode id) {
        Calls.status(reply);
        var responses = Calls.responses(reply);
        if (responses.isEmpty()) {
            boolean whole = reply.endedByServer() && reply.failure().isEmpty();
            if (!whole || reply.body().isEmpty() || reply.status() != 200) {
                throw RuleAbortedException.inconclusive(reply.describe() + " was answered " + Calls.describe(reply));
            }
            // A proxy that gives up may end a stream in good order too.
            throw new Suspicion("a response in UTF-8", "got " + reply.describeReply(), reply);
        }
        for (var response : responses) {
            reply.mustHave(
                    response.path("id").isNull() || Calls.same(id, response.get("id")),
                    "text of other scripts to come back as it was sent, in UTF-8: the id " + id,
                    "it is " + response.get("id"));
        }
        reply.mustHave(reply.isUtf8(), "a reply in UTF-8", "it has bytes that are none: " + Calls.describe(reply));
        var charset =
                reply.header("Content-Type").orElse("").toLowerCase(Locale.ROOT).replaceAll("[\\s\"]", "");
        reply.mustHave(
                !charset.contains("charset=")
                        || charset.matches(".*charset=utf-?8(;.*)?")
                        || charset.contains("charset=us-ascii"),
                "a reply in UTF-8",
                "its Content-Type is " + charset);
    }
}
