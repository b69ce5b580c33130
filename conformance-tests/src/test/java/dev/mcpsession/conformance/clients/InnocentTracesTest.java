package dev.mcpsession.conformance.clients;

import static dev.mcpsession.conformance.judgement.Verdict.FAIL;
import static dev.mcpsession.conformance.judgement.Verdict.INCONCLUSIVE;
import static dev.mcpsession.conformance.judgement.Verdict.NOT_APPLICABLE;
import static dev.mcpsession.conformance.judgement.Verdict.NOT_TESTABLE;
import static dev.mcpsession.conformance.judgement.Verdict.PASS;
import static dev.mcpsession.conformance.judgement.Verdict.WARN;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mcpsession.conformance.clients.rules.ClientRules;
import dev.mcpsession.conformance.clients.trace.Body;
import dev.mcpsession.conformance.clients.trace.Call;
import dev.mcpsession.conformance.clients.trace.Ending;
import dev.mcpsession.conformance.clients.trace.Recording;
import dev.mcpsession.conformance.clients.trace.Sent;
import dev.mcpsession.conformance.clients.trace.Trace;
import dev.mcpsession.conformance.clients.trace.TraceFile;
import dev.mcpsession.conformance.judgement.Verdict;
import dev.mcpsession.conformance.protocol.Header;
import dev.mcpsession.conformance.rule.Catalogue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Traces of right clients that look like those of wrong ones: several clients that a trace does not tell apart,
 * clients from before it, and what it does not keep. Beside each stands the wrong client, which is still caught.
 */
class InnocentTracesTest {
    private static final long MILLIS = 1_000_000;
    private static final String MODERN = "'_meta':{'io.modelcontextprotocol/protocolVersion':'2026-07-28',"
            + "'io.modelcontextprotocol/clientCapabilities':{}}";

    private final List<Exchange> exchanges = new ArrayList<>();
    private long rounding;

    /** An exchange that takes 5 ms, 100 ms after the one before it began, unless told otherwise. */
    private final class Exchange {
        private final String method;
        private String body = "";
        private int connection;
        private int status = 200;
        private String reply = "";
        private final List<Header> headers = new ArrayList<>();
        private final List<Header> replyHeaders = new ArrayList<>();
        private final List<Sent> events = new ArrayList<>();
        private long beganAt = 1 + exchanges.size() * 100L * MILLIS;
        private long endedAt = beganAt + 5 * MILLIS;

        Exchange(String method) {
            this.method = method;
            exchanges.add(this);
        }

        Exchange on(int number) {
            connection = number;
            return this;
        }

        Exchange with(String name, String value) {
            headers.add(new Header(name, value));
            return this;
        }

        Exchange session(String id) {
            return with("Mcp-Session-Id", id);
        }

        Exchange replied(String name, String value) {
            replyHeaders.add(new Header(name, value));
            return this;
        }

        Exchange status(int number) {
            status = number;
            return this;
        }

        Exchange reply(String json) {
            reply = json.replace('\'', '"');
            return replied("Content-Type", "application/json");
        }

        Exchange event(String id, Long retry, String json) {
            events.add(new Sent(
                    endedAt, Optional.ofNullable(id), Optional.ofNullable(retry), Body.of(json.replace('\'', '"'))));
            return events.size() == 1 ? replied("Content-Type", "text/event-stream") : this;
        }

        Exchange at(long from, long until) {
            beganAt = 1 + from * MILLIS;
            endedAt = 1 + until * MILLIS;
            return this;
        }

        Call call(int number) {
            return new Call(
                    number,
                    connection,
                    true,
                    method,
                    "/mcp",
                    headers,
                    Body.of(body),
                    beganAt,
                    beganAt,
                    status,
                    replyHeaders,
                    Body.of(reply),
                    events,
                    endedAt - MILLIS,
                    endedAt,
                    Ending.COMPLETE);
        }
    }

    private Exchange post(String body) {
        var exchange = new Exchange("POST").with("Accept", "application/json, text/event-stream");
        exchange.body = body.replace('\'', '"');
        return exchange;
    }

    private Exchange get() {
        return new Exchange("GET").with("Accept", "text/event-stream");
    }

    private Exchange open(String id) {
        return open(id, "2025-11-25");
    }

    private Exchange open(String id, String version) {
        var opening = post("{'jsonrpc':'2.0','id':1,'method':'initialize','params':{'protocolVersion':'" + version
                        + "'," + "'capabilities':{},'clientInfo':{'name':'c','version':'1'}}}")
                .reply("{'jsonrpc':'2.0','id':1,'result':{'protocolVersion':'" + version + "','capabilities':{}}}");
        return id == null ? opening : opening.replied("Mcp-Session-Id", id);
    }

    private Exchange legacy(String id, String body) {
        var exchange = post(body).with("MCP-Protocol-Version", "2025-11-25");
        return id == null ? exchange : exchange.session(id);
    }

    private static String request(int id, String method, String params) {
        return "{'jsonrpc':'2.0','id':" + id + ",'method':'" + method + "','params':{" + params + "}}";
    }

    /** A request of 2026-07-28. */
    private Exchange modern(int id, String method, String params) {
        return post(request(id, method, MODERN + (params.isEmpty() ? "" : "," + params)))
                .with("MCP-Protocol-Version", "2026-07-28")
                .with("Mcp-Method", method);
    }

    private Exchange add(int id, String more) {
        return modern(id, "tools/call", "'name':'add','arguments':{'a':1}" + more);
    }

    private static String result(int id, String members) {
        return "{'jsonrpc':'2.0','id':" + id + ",'result':{" + members + "}}";
    }

    private static String asks(int id, String state) {
        return result(
                id,
                "'resultType':'input_required','inputRequests':{}"
                        + (state == null ? "" : ",'requestState':'" + state + "'"));
    }

    private Trace trace() {
        var calls = new ArrayList<Call>();
        exchanges.forEach(e -> calls.add(e.call(calls.size())));
        return new Trace(calls, Optional.empty(), List.of(), true, rounding);
    }

    /** The worst verdict of a rule. */
    private Verdict verdict(String rule) {
        return verdict(rule, trace());
    }

    private static Verdict verdict(String rule, Trace trace) {
        var verdicts = ClientSuite.of(trace).catalogue(Catalogue.of(new ClientRules())).run().results().stream()
                .filter(r -> r.rule().id().equals("client/" + rule))
                .map(r -> r.verdict())
                .toList();
        return verdicts.stream().filter(Verdict::isViolation).findFirst().orElse(verdicts.get(0));
    }

    // ---- bodies ----

    @Test
    void bodiesThatAreNotKnown() {
        open("a");
        legacy("a", "\u001f\u008b\u0008").with("Content-Encoding", "gzip");
        legacy("a", "[".repeat(100_000) + "]".repeat(100_000));
        assertEquals(PASS, verdict("one-message-per-post"));
        legacy("a", "{'jsonrpc'");
        assertEquals(FAIL, verdict("one-message-per-post"));
    }

    @Test
    void aBodyThatWasCut() {
        open("a");
        var recording = new Recording();
        var opening = exchanges.get(0).call(0);
        record(recording, opening.headers(), opening.body().text(), opening);
        var long1 =
                request(2, "tools/call", "'name':'" + "x".repeat(2 << 20) + "'").replace('\'', '"');
        record(recording, List.of(new Header("Mcp-Session-Id", "a")), long1, null);
        assertEquals(PASS, verdict("one-message-per-post", recording.trace(Optional.empty())));
        record(recording, List.of(new Header("Mcp-Session-Id", "a")), long1.substring(0, 1000), null);
        assertEquals(FAIL, verdict("one-message-per-post", recording.trace(Optional.empty())));
    }

    private static void record(Recording recording, List<Header> headers, String body, Call reply) {
        var call = recording.begin(
                0, true, "POST", "/mcp", headers, body.getBytes(StandardCharsets.UTF_8), recording.now());
        call.head(reply == null ? 202 : 200, reply == null ? List.of() : reply.replyHeaders());
        if (reply != null) {
            call.bytes(reply.reply().text().getBytes(StandardCharsets.UTF_8));
        }
        call.end(Ending.COMPLETE);
    }

    @Test
    void aNotificationOfAnExtensionIsNoRequestWithoutAnId() {
        open("a");
        legacy("a", "{'jsonrpc':'2.0','method':'example/seen'}").status(202);
        assertEquals(PASS, verdict("request-ids"));
        legacy("a", "{'jsonrpc':'2.0','method':'tools/list'}").status(202);
        assertEquals(FAIL, verdict("request-ids"));
    }

    // ---- streams ----

    private void streamEnds(String session) {
        legacy(session, request(2, "tools/call", "'name':'add'"))
                .at(100, 200)
                .event("1", 1500L, "")
                .event("2", null, "");
    }

    @Test
    void idsOfEventsInTwoSessions() {
        open("a");
        open("b");
        streamEnds("a");
        get().session("b").with("Last-Event-ID", "2").at(300, 305);
        get().session("b").with("Last-Event-ID", "1").at(310, 315);
        get().session("a").with("Last-Event-ID", "2").at(150, 155);
        assertEquals(NOT_APPLICABLE, verdict("retry-respected"));
        assertEquals(NOT_APPLICABLE, verdict("last-event-id"));
        get().session("a").with("Last-Event-ID", "2").at(1700, 1705);
        assertEquals(PASS, verdict("retry-respected"));
        assertEquals(PASS, verdict("last-event-id"));
    }

    @Test
    void aStreamThatIsResumedTooEarly() {
        open("a");
        streamEnds("a");
        get().session("a").with("Last-Event-ID", "2").at(700, 705);
        assertEquals(FAIL, verdict("retry-respected"));
        rounding = 5 * MILLIS;
        assertEquals(INCONCLUSIVE, verdict("retry-respected"));
    }

    @Test
    void anEventThatNeedNotHaveArrived() {
        open("a");
        streamEnds("a");
        get().session("a").with("Last-Event-ID", "1").at(1800, 1805);
        assertEquals(INCONCLUSIVE, verdict("last-event-id"));
    }

    @Test
    void aStreamThatIsOpenedAgainWhenTheServerWants() {
        open("a");
        for (int i = 0; i < 12; i++) {
            get().session("a").with("MCP-Protocol-Version", "2025-11-25").event("1", 95L, "");
        }
        assertEquals(PASS, verdict("get-not-repeated"));
        for (int i = 0; i < 12; i++) {
            get();
        }
        assertEquals(PASS, verdict("get-not-repeated"));
        for (int i = 0; i < 12; i++) {
            get().session("a").with("MCP-Protocol-Version", "2025-11-25").event("1", 0L, "");
        }
        assertEquals(WARN, verdict("get-not-repeated"));
    }

    // ---- several clients ----

    private static final String TOKEN = "'_meta':{'progressToken':1}";

    @Test
    void tokensOfTwoClients() {
        modern(1, "server/discover", "").reply(result(1, ""));
        var token = MODERN.replace("{'io", "{'progressToken':1,'io");
        for (int i = 2; i < 4; i++) {
            post(request(i, "tools/list", token))
                    .with("MCP-Protocol-Version", "2026-07-28")
                    .at(300, 900);
        }
        assertEquals(PASS, verdict("progress-token-unique"));
    }

    @Test
    void tokensOfOneSession() {
        open("a");
        legacy("a", request(2, "tools/list", TOKEN)).at(300, 900).event(null, null, result(2, ""));
        legacy("a", request(3, "tools/call", TOKEN)).at(310, 900).event(null, null, result(3, ""));
        assertEquals(FAIL, verdict("progress-token-unique"));
        rounding = 5 * MILLIS;
        assertEquals(NOT_TESTABLE, verdict("progress-token-unique"));
    }

    @Test
    void idsOfRequestsWithoutASession() {
        open(null);
        legacy(null, request(2, "tools/list", ""));
        legacy(null, request(2, "tools/call", "'name':'add'")).on(1);
        assertEquals(INCONCLUSIVE, verdict("request-ids-unique"));
    }

    @Test
    void idsOfRequestsInBatches() {
        open("a", "2025-03-26");
        post("[" + request(2, "tools/list", "") + "," + request(3, "ping", "") + "]")
                .session("a");
        // Once more, since the reply was lost.
        post("[" + request(2, "tools/list", "") + "," + request(3, "ping", "") + "]")
                .session("a");
        assertEquals(PASS, verdict("request-ids-unique"));
        post("[" + request(4, "tools/list", "") + "," + request(4, "tools/list", "") + "]")
                .session("a");
        assertEquals(FAIL, verdict("request-ids-unique"));
    }

    @Test
    void answersToTheQuestionsOfTwoClients() {
        add(3, "").reply(asks(3, "s1"));
        add(2, "").reply(asks(2, "s2")).on(1);
        add(3, ",'inputResponses':{},'requestState':'s2'").on(1);
        add(4, ",'inputResponses':{},'requestState':'s1'");
        for (var rule : List.of("modern-state-echoed", "modern-retry-new-id")) {
            assertEquals(INCONCLUSIVE, verdict(rule), rule);
        }
    }

    @Test
    void anAnswerOfAnotherClientToAQuestionWithoutAState() {
        add(2, "").reply(asks(2, null));
        add(2, ",'inputResponses':{},'requestState':'s1'").on(1);
        assertEquals(INCONCLUSIVE, verdict("modern-state-not-invented"));
    }

    @Test
    void wrongAnswers() {
        add(2, "").reply(asks(2, "s1"));
        add(2, ",'inputResponses':{},'requestState':'s2'").reply(asks(2, null));
        add(4, ",'inputResponses':{},'requestState':'s2'");
        for (var rule : List.of("modern-state-echoed", "modern-retry-new-id", "modern-state-not-invented")) {
            assertEquals(FAIL, verdict(rule), rule);
        }
    }

    @Test
    void oneStateForTwoTools() {
        add(2, "").reply(asks(2, "s"));
        modern(3, "tools/call", "'name':'other'").reply(asks(3, "s"));
        add(4, ",'requestState':'s'");
        modern(5, "tools/call", "'name':'other','requestState':'s'");
        assertEquals(PASS, verdict("modern-state-stays"));
        modern(6, "tools/call", "'name':'third','requestState':'s'");
        assertEquals(FAIL, verdict("modern-state-stays"));
    }

    @Test
    void aToolThatAnotherClientListed() {
        var schema = "'inputSchema':{'type':'object','properties':{'a':{'type':'integer','x-mcp-header':'A'}}}";
        modern(1, "tools/list", "").reply(result(1, "'tools':[{'name':'add'," + schema + "}]"));
        add(2, "").on(1);
        assertEquals(INCONCLUSIVE, verdict("modern-parameters-mirrored"));
        exchanges.remove(1);
        add(2, "").at(2, 300);
        assertEquals(NOT_TESTABLE, verdict("modern-parameters-mirrored"));
        add(3, "");
        assertEquals(FAIL, verdict("modern-parameters-mirrored"));
    }

    @Test
    void responsesOfEarlierRevisions() {
        modern(1, "tools/list", "");
        post("{'jsonrpc':'2.0','id':1,'result':{}}").session("earlier");
        post("{'jsonrpc':'2.0','id':1,'result':{}}").with("MCP-Protocol-Version", "2025-06-18");
        assertEquals(PASS, verdict("modern-no-responses"));
        post("{'jsonrpc':'2.0','id':1,'result':{}}");
        assertEquals(INCONCLUSIVE, verdict("modern-no-responses"));
        exchanges.remove(3);
        post("{'jsonrpc':'2.0','id':1,'result':{}}").with("MCP-Protocol-Version", "2026-07-28");
        assertEquals(FAIL, verdict("modern-no-responses"));
    }

    @Test
    void aNotificationWithoutTheHeader() {
        modern(1, "tools/list", "");
        post("{'jsonrpc':'2.0','method':'notifications/x','params':{" + MODERN + "}}");
        assertEquals(PASS, verdict("modern-version-header"));
        post(request(2, "tools/list", MODERN));
        assertEquals(FAIL, verdict("modern-version-header"));
    }

    // ---- sessions ----

    private static final String INITIALIZED = "{'jsonrpc':'2.0','method':'notifications/initialized'}";

    @Test
    void aPageThatCannotReadTheId() {
        open("a").with("Origin", "https://page").replied("Access-Control-Allow-Origin", "*");
        legacy(null, INITIALIZED).status(202);
        assertEquals(NOT_APPLICABLE, verdict("session-id-sent"));
        exchanges.get(0).replied("Access-Control-Expose-Headers", "x-a, mcp-session-id");
        assertEquals(FAIL, verdict("session-id-sent"));
    }

    @Test
    void aServerWithoutARouteForGet() {
        open("a");
        get().session("a").status(404);
        for (int i = 2; i < 6; i++) {
            legacy("a", request(i, "tools/list", "")).at(i * 2000L, i * 2000L + 5);
        }
        assertEquals(NOT_APPLICABLE, verdict("new-session-after-404"));
        exchanges.forEach(e -> e.status(e.method.equals("POST") && e.beganAt > 1000 * MILLIS ? 404 : e.status));
        assertEquals(FAIL, verdict("new-session-after-404"));
    }

    @Test
    void aStreamThatIsOpenedBeforeTheRevisionIsRead() {
        open("a").at(0, 150);
        get().session("a").at(120, 400);
        legacy("a", INITIALIZED).status(202);
        assertEquals(PASS, verdict("version-header-sent"));
        get().session("a");
        assertEquals(FAIL, verdict("version-header-sent"));
    }

    @Test
    void aRevisionOfTheOtherEraInASession() {
        open("a");
        legacy("a", INITIALIZED).status(202);
        assertEquals(PASS, verdict("version-header-negotiated"));
        get().session("a").with("MCP-Protocol-Version", "2026-07-28");
        assertEquals(WARN, verdict("version-header-negotiated"));
    }

    @Test
    void aRequestOfAClientFromBeforeTheTrace() {
        open(null).at(0, 500);
        legacy(null, request(2, "tools/list", "")).on(1);
        assertEquals(INCONCLUSIVE, verdict("waits-for-initialize"));
    }

    @Test
    void refusalsOfManyClients() {
        open("a");
        for (int i = 0; i < 8; i++) {
            legacy("a", request(2, "tools/list", "")).at(200, 300).status(401);
        }
        assertEquals(PASS, verdict("unauthorized-not-repeated"));
        for (int i = 0; i < 8; i++) {
            legacy("a", request(2, "tools/list", "")).status(401);
        }
        assertEquals(INCONCLUSIVE, verdict("unauthorized-not-repeated"));
    }

    @Test
    void twoClientsWhoseSessionsAreGone() {
        open("a");
        open("b");
        for (int i = 0; i < 8; i++) {
            legacy(i % 2 == 0 ? "a" : "b", request(2, "tools/call", "'name':'add'"))
                    .status(404);
            open("c" + i);
        }
        assertEquals(PASS, verdict("no-initialize-storm"));
        for (int i = 0; i < 2; i++) {
            open("d" + i);
        }
        assertEquals(WARN, verdict("no-initialize-storm"));
    }

    // ---- files ----

    private static List<String> verdicts(Trace trace) {
        return ClientSuite.of(trace).catalogue(Catalogue.of(new ClientRules())).run().results().stream()
                .map(r -> r.rule().id() + " [" + r.revision() + "] " + r.verdict())
                .sorted()
                .toList();
    }

    @Test
    void aSavedTraceIsJudgedAlike(@TempDir Path folder) throws Exception {
        open("a").replied("Set-Cookie", "route=n1; Max-Age=3600; Path=/");
        legacy("a", INITIALIZED).status(202);
        for (int i = 2; i < 6; i++) {
            legacy("a", request(i, "tools/call", "'name':'tools','arguments':{'max':4096,'age':3600,'on':true}"))
                    .with("Mcp-Param-Max-Tokens", "4096")
                    .with("Cookie", "consent=true; tab=tools; since=2025-11-25")
                    .with("X-Api-Key", "1-2-3-4-5-6")
                    .reply(result(i, "'content':[{'type':'text','text':'https://a/?code=x\\' 4096'}]"));
        }
        modern(1, "tools/list", "")
                .with("Cookie", "seen=2026-07-28")
                .reply(result(1, "'tools':[],'protocolVersion':'2026-07-28'"));
        var file = Files.writeString(folder.resolve("trace.json"), TraceFile.write(trace()));
        assertEquals(verdicts(trace()), verdicts(TraceFile.read(file)));
        assertEquals(
                trace().calls().stream().map(c -> c.messages()).toList(),
                TraceFile.read(file).calls().stream().map(c -> c.messages()).toList());
    }
}
