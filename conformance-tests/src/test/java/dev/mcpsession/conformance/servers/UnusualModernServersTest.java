package dev.mcpsession.conformance.servers;

import dev.mcpsession.conformance.http.Client;
import dev.mcpsession.conformance.protocol.Json;
import dev.mcpsession.conformance.protocol.Revision;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** As {@link UnusualServersTest}, with servers of the era without sessions, and of both. */
@Execution(ExecutionMode.CONCURRENT)
class UnusualModernServersTest {

    /** Answers with event streams wherever it may. */
    static class SseOnly extends ModernToyServer {
        @Override
        protected Answer reply(Call call, ObjectNode message) {
            return new Answer(200, streamHeaders(), "event: message\ndata: " + message + "\n\n");
        }
    }

    /** Answers with JSON alone, so that slow calls show nothing until they are over, and offers no subscriptions. */
    static class JsonOnly extends ModernToyServer {
        @Override
        protected Answer sleepOnStream(Call call, long millis) throws Exception {
            Thread.sleep(millis);
            return complete(call, text("slept"));
        }

        @Override
        protected Answer listen(Call call) throws Exception {
            return unknownMethod(call);
        }

        @Override
        protected ObjectNode discovery(Call call) {
            var result = super.discovery(call);
            ((ObjectNode) result.get("capabilities")).putObject("tools");
            return result;
        }
    }

    /** Has nothing but discovery. */
    static class Bare extends ModernToyServer {
        @Override
        protected Answer handle(Call call) throws Exception {
            return call.called().equals("server/discover") ? super.handle(call) : unknownMethod(call);
        }

        @Override
        protected ObjectNode discovery(Call call) {
            var result = super.discovery(call);
            result.putObject("capabilities");
            return result;
        }
    }

    /** Leaves every stream open for a while. */
    static class StreamsLeftOpen extends ModernToyServer {
        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            try (var events = new Events(call, streamHeaders())) {
                events.send(message);
                afterSleep(call, events);
            } catch (IOException e) {
                // The client went away.
            }
            return null;
        }

        @Override
        protected void afterSleep(Call call, Events events) throws Exception {
            for (int i = 0; i < 60 && !closed; i++) {
                Thread.sleep(50);
                events.keepAlive();
            }
        }
    }

    static class Slow extends ModernToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            Thread.sleep(150);
            var answer = super.answer(call);
            Thread.sleep(150);
            return answer;
        }
    }

    /** Gives every error that is the client's fault the status 400. */
    static class StatusForErrors extends ModernToyServer {
        @Override
        protected Answer unknownTool(Call call) {
            return refused(400, error(call, -32602, "Unknown tool"));
        }
    }

    /** Looks at the headers before it looks at the metadata, and at the method before either. */
    static class OtherOrder extends ModernToyServer {
        @Override
        protected Answer versionHeaderMissing(Call call) {
            if (!Stream.of("server/discover", "tools/list", "tools/call", "subscriptions/listen")
                    .toList()
                    .contains(call.called())) {
                return refused(404, error(call, -32601, "Method not found"));
            }
            var missing = super.versionHeaderMissing(call);
            return missing != null
                    ? missing
                    : Stream.of(versionMismatch(call), methodHeaderWrong(call), nameHeaderWrong(call))
                            .filter(java.util.Objects::nonNull)
                            .findFirst()
                            .orElse(null);
        }
    }

    /** Takes no notifications, since the revision defines none. */
    static class NoNotifications extends ModernToyServer {
        @Override
        protected Answer notified(Call call) {
            return Answer.error(400, -32600, "No notifications are defined");
        }
    }

    /** Ends a subscription soon, and says so. */
    static class ShortSubscriptions extends ModernToyServer {
        @Override
        protected void changes(Call call, Events events) throws Exception {
            var end = finished(call, Json.object());
            ((ObjectNode) end.get("_meta"))
                    .set(Client.META_PREFIX + "subscriptionId", call.message().get("id"));
            events.send(result(call, end));
            events.close();
        }
    }

    /** Has room for one subscription at a time. */
    static class OneSubscription extends ModernToyServer {
        private final AtomicInteger open = new AtomicInteger();

        @Override
        protected Answer listen(Call call) throws Exception {
            try {
                return open.incrementAndGet() > 1
                        ? refused(200, error(call, -32603, "Subscription limit reached"))
                        : super.listen(call);
            } finally {
                open.decrementAndGet();
            }
        }
    }

    /** Has no time for more than four requests at once. */
    static class Busy extends ModernToyServer {
        private final AtomicInteger open = new AtomicInteger();

        @Override
        protected Answer answer(Call call) throws Exception {
            try {
                return open.incrementAndGet() > 4 ? Answer.of(503).with("Retry-After", "1") : super.answer(call);
            } finally {
                open.decrementAndGet();
            }
        }
    }

    /** Its tools change now and then, for reasons of its own. */
    static class ChangingTools extends ModernToyServer {
        private final long started = System.nanoTime();

        @Override
        protected ObjectNode tools(Call call) {
            var result = super.tools(call);
            if ((System.nanoTime() - started) / 400_000_000L % 2 == 1) {
                ((ArrayNode) result.get("tools"))
                        .addObject()
                        .put("name", "now-and-then")
                        .putObject("inputSchema")
                        .put("type", "object");
            }
            return result;
        }
    }

    /** Has no time for every seventh request. */
    static class TurnsAway extends ModernToyServer {
        private final Oddly.Door door = new Oddly.Door();

        @Override
        protected Answer answer(Call call) throws Exception {
            return door.turnsAway() ? door.answer() : super.answer(call);
        }
    }

    /** Closes every connection after one exchange. */
    static class NoKeepAlive extends ModernToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            call.exchange().setPersistent(false);
            return super.answer(call);
        }
    }

    /** Writes JSON in another order and over several lines, and sends everything byte by byte. */
    static class OddJson extends ModernToyServer {
        @Override
        protected void write(HttpServerExchange exchange, Answer answer) throws IOException {
            Oddly.dribble(exchange, Oddly.json(answer));
        }
    }

    /** Answers with event streams that use all that their format allows, byte by byte. */
    static class OddStreams extends ModernToyServer {
        @Override
        protected Answer reply(Call call, ObjectNode message) {
            return Oddly.stream(
                    Map.of("Content-Type", "Text/Event-Stream; charset=UTF-8", "X-Accel-Buffering", "No"), message);
        }

        @Override
        protected void write(HttpServerExchange exchange, Answer answer) throws IOException {
            Oddly.dribble(exchange, answer);
        }
    }

    /** Lists its tools one by one, and has no slow one on the first page. */
    static class Pages extends ModernToyServer {
        @Override
        protected Answer handle(Call call) throws Exception {
            return params(call).path("cursor").asString("0").matches("[01]")
                    ? super.handle(call)
                    : reply(call, error(call, -32602, "Unknown cursor"));
        }

        @Override
        protected ObjectNode tools(Call call) {
            var all = super.tools(call).get("tools");
            int page = Integer.parseInt(params(call).path("cursor").asString("0"));
            var result = Json.object();
            result.putArray("tools").add(all.get(page));
            return page + 1 < all.size() ? result.put("nextCursor", String.valueOf(page + 1)) : result;
        }
    }

    /** Takes each state once, any text for a place in a list, and looks at names; does not say who it is. */
    static class Particular extends FullToyServer {
        private final java.util.Set<String> states = java.util.concurrent.ConcurrentHashMap.newKeySet();

        @Override
        protected ObjectNode finished(Call call, ObjectNode result) {
            super.finished(call, result).remove("_meta");
            result.putObject("_meta");
            return result;
        }

        @Override
        protected ObjectNode inputRequired(Call call) {
            var state = java.util.UUID.randomUUID().toString();
            states.add(state);
            return super.inputRequired(call).put("requestState", state);
        }

        @Override
        protected Answer ask(Call call) throws Exception {
            var state = params(call).path("requestState");
            return state.isMissingNode() || states.remove(state.asString(""))
                    ? super.ask(call)
                    : invalid(call, "This state was used before");
        }

        @Override
        protected Answer invalidCursor(Call call, String field, List<ObjectNode> items) throws Exception {
            return complete(call, cacheable(page(field, items, items.size() - 1)));
        }

        @Override
        protected Answer unknownTool(Call call) throws Exception {
            return params(call).path("name").asString("").matches("[A-Za-z0-9_.-]+")
                    ? super.unknownTool(call)
                    : refused(400, error(call, INVALID_PARAMS, "No name of a tool"));
        }

        @Override
        protected Answer versionUnsupported(Call call) {
            return meta(call, "protocolVersion").asString("").matches("[0-9-]+")
                    ? super.versionUnsupported(call)
                    : mismatch(call, "MCP-Protocol-Version is malformed");
        }
    }

    /** Behind a gateway that compares the headers with the body, and refuses with 403 and no word more. */
    static class BehindGateway extends FullToyServer {
        @Override
        protected Answer mismatch(Call call, String text) {
            return Answer.of(403);
        }
    }

    /** Reads from something that fails now and then. */
    static class FailsNowAndThen extends FullToyServer {
        private final AtomicInteger reads = new AtomicInteger();

        @Override
        protected Answer read(Call call, String uri) throws Exception {
            return reads.incrementAndGet() % 7 == 0
                    ? reply(call, error(call, -32603, "The database is away"))
                    : super.read(call, uri);
        }
    }

    /** Of both eras, and has no room for another session. */
    static class FullOfSessions extends DualToyServer {
        @Override
        protected Answer initialize(Call call) {
            return Answer.error(503, -32000, "Too many sessions").with("Retry-After", "1");
        }
    }

    /** Shows everybody what is public, and has no prompt for a token that does not suffice. */
    static class OwnCatalogues extends GuardedToyServer {
        @Override
        protected boolean isPublic(Call call) {
            return call.called().equals("server/discover") || call.called().equals("resources/read");
        }

        @Override
        protected Answer read(Call call, String uri) throws Exception {
            return user(call).isPresent() ? super.read(call, uri) : unknownResource(call);
        }

        @Override
        protected Answer prompt(Call call, String name) throws Exception {
            return Answer.of(403).with("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"more\"");
        }
    }

    /** Tells of its tools at length and in other scripts, with a sign for what it could not read, in streams. */
    static class Wordy extends FullToyServer {
        @Override
        protected List<ObjectNode> toolList() {
            var list = super.toolList();
            list.get(0).put("description", "\u4e16\u754c\ufffd".repeat(12_000));
            list.get(1).put("description", "\u00e9\ufffd");
            return list;
        }

        @Override
        protected Answer reply(Call call, ObjectNode message) throws Exception {
            return message.toString().length() < 1000
                    ? super.reply(call, message).with("Content-Type", "application/json; charset=UTF8")
                    : new Answer(200, streamHeaders(), "data: " + message + "\n\n");
        }
    }

    /** Has resources and prompts, and no tools. */
    static class NoTools extends ModernToyServer {
        @Override
        protected ObjectNode discovery(Call call) {
            var result = super.discovery(call);
            result.putObject("capabilities").putObject("resources");
            ((ObjectNode) result.get("capabilities")).putObject("prompts");
            return result;
        }

        @Override
        protected Answer handle(Call call) throws Exception {
            return switch (call.called()) {
                case "tools/list", "tools/call" -> unknownMethod(call);
                case "resources/list", "prompts/list", "resources/templates/list" -> {
                    var result = Json.object();
                    result.putArray(
                            call.called().equals("prompts/list")
                                    ? "prompts"
                                    : call.called().equals("resources/list") ? "resources" : "resourceTemplates");
                    yield complete(call, cacheable(result));
                }
                case "prompts/get", "resources/read" -> reply(call, error(call, -32602, "There is no such thing"));
                default -> super.handle(call);
            };
        }
    }

    /** Has everything, and answers with event streams that use all that their format allows, byte by byte. */
    static class FullOddly extends FullToyServer {
        @Override
        protected Answer reply(Call call, ObjectNode message) {
            return Oddly.stream(
                    Map.of("Content-Type", "Text/Event-Stream; charset=UTF-8", "X-Accel-Buffering", "No"), message);
        }

        @Override
        protected void write(HttpServerExchange exchange, Answer answer) throws IOException {
            Oddly.dribble(exchange, answer);
        }
    }

    /** Writes integers as fractions of nothing: to JSON they are the same. */
    static class Fractions extends FullToyServer {
        @Override
        protected Answer refused(int status, ObjectNode error) {
            var text = error.toString().replaceAll("\"code\":(-?[0-9]+)", "\"code\":$1.0");
            return Answer.json(status, Json.parse(text));
        }

        @Override
        protected ObjectNode cacheable(ObjectNode result) {
            return super.cacheable(result).put("ttlMs", 60_000.0);
        }
    }

    /** Tells of progress in fractions, without a total, at odd times, and of nothing at all for every second call. */
    static class OddProgress extends FullToyServer {
        private final AtomicInteger calls = new AtomicInteger();

        @Override
        protected Answer sleepOnStream(Call call, long millis) throws Exception {
            var token = params(call).path("_meta").path("progressToken");
            if (token.isMissingNode() || calls.incrementAndGet() % 2 == 0) {
                Thread.sleep(millis);
                return complete(call, text("slept"));
            }
            try (var events = new Events(call, streamHeaders())) {
                for (double progress : new double[] {-0.5, 0.001, 0.0011, 1e9}) {
                    Thread.sleep(millis / 4);
                    var message = progress(token, 0);
                    ((ObjectNode) message.get("params"))
                            .put("progress", progress)
                            .put("message", "still asleep \ud83d\ude34");
                    events.send(message);
                }
                events.send(result(call, finished(call, text("slept"))));
            } catch (IOException e) {
                cancelled(call);
            }
            return null;
        }
    }

    /** Each page of its lists has a time of its own to be kept, and everything is private. */
    static class PrivatePages extends FullToyServer {
        private final AtomicInteger pages = new AtomicInteger();

        @Override
        protected ObjectNode cacheable(ObjectNode result) {
            return result.put("ttlMs", pages.incrementAndGet() % 7 * 1000).put("cacheScope", "private");
        }
    }

    /**
     * Its resources can be read by clients only that can be asked, and its only prompt asks for nothing but a state.
     */
    static class Demanding extends FullToyServer {
        @Override
        protected Answer read(Call call, String uri) throws Exception {
            return meta(call, "clientCapabilities").has("elicitation")
                    ? super.read(call, uri)
                    : missingCapability(call);
        }

        @Override
        protected ObjectNode inputRequired(Call call) {
            return Json.object().put("requestState", "come back");
        }

        @Override
        protected Answer ask(Call call) throws Exception {
            if (params(call).path("requestState").isString()) {
                return complete(call, message("text", "text", "Here you are"));
            }
            return reply(call, result(call, finished(call, inputRequired(call)).put("resultType", "input_required")));
        }
    }

    /** Has many prompts, most of them out of order. */
    static class ManyPrompts extends FullToyServer {
        @Override
        protected List<ObjectNode> prompts() {
            var all = new ArrayList<>(super.prompts());
            for (int i = 0; i < 40; i++) {
                all.add(Json.object().put("name", "unusable-" + i).put("title", "\u4e16\u754c"));
            }
            Collections.reverse(all);
            return all;
        }

        @Override
        protected Answer prompt(Call call, String name) throws Exception {
            return name.startsWith("unusable")
                    ? reply(call, error(call, -32603, "Out of order"))
                    : super.prompt(call, name);
        }
    }

    /** Discovery is for everybody, and so is the list of tools; everything else is for users. */
    static class PartlyGuarded extends GuardedToyServer {
        @Override
        protected boolean isPublic(Call call) {
            return call.called().equals("server/discover") || call.called().equals("tools/list");
        }
    }

    /** Knows users by keys of its own, and answers 403 without saying what it wants. */
    static class OwnKeys extends GuardedToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return call.exchange().getRequestPath().startsWith("/.well-known") ? Answer.of(404) : super.answer(call);
        }

        @Override
        protected Answer unauthorized(Call call) {
            return Answer.of(403);
        }
    }

    /** Shows each user a list of their own, which nobody else may keep. */
    static class ListsOfUsers extends GuardedToyServer {
        @Override
        protected Answer list(Call call, String field, List<ObjectNode> items) throws Exception {
            return super.list(call, field, user(call).filter("bob"::equals).isPresent() ? items.subList(0, 1) : items);
        }

        @Override
        protected ObjectNode cacheable(ObjectNode result) {
            return super.cacheable(result).put("cacheScope", "private");
        }
    }

    /** Serves thirty requests a second, and turns the others away. */
    static class Thirty extends FullToyServer {
        private long tokens = 30_000;
        private long filled = System.nanoTime();

        @Override
        protected Answer answer(Call call) throws Exception {
            return mayPass() ? super.answer(call) : Answer.of(429).with("Retry-After", "1");
        }

        private synchronized boolean mayPass() {
            long now = System.nanoTime();
            tokens = Math.min(30_000, tokens + (now - filled) / 1_000_000 * 30);
            filled = now - (now - filled) % 1_000_000;
            if (tokens < 1000) {
                return false;
            }
            tokens -= 1000;
            return true;
        }
    }

    /** Wants a token of everybody. */
    static class Guarded extends ModernToyServer {
        @Override
        protected Answer answer(Call call) throws Exception {
            return call.header("Authorization").equals(Optional.of("Bearer token-of-alice"))
                    ? super.answer(call)
                    : Answer.of(401).with("WWW-Authenticate", "Bearer");
        }
    }

    /** Speaks HTTP/2 to who can. */
    static class Http2 extends DualToyServer {
        private final Oddly.Protocols protocols = new Oddly.Protocols();

        @Override
        protected void listen(Undertow.Builder builder) {
            protocols.listen(builder);
        }

        @Override
        protected Answer answer(Call call) throws Exception {
            protocols.see(call.exchange());
            return super.answer(call);
        }

        @Override
        public void close() {
            super.close();
            protocols.mustHaveBeenHttp2();
        }
    }

    /** Of both eras, and has no time for every seventh request. */
    static class BothTurnAway extends DualToyServer {
        private final Oddly.Door door = new Oddly.Door();

        @Override
        protected Answer answer(Call call) throws Exception {
            return door.turnsAway() ? door.answer() : super.answer(call);
        }
    }

    /** Tells the eras by the header alone: a POST that names no legacy version is modern. */
    static class ByHeader extends DualToyServer {
        @Override
        protected boolean isModern(Call call) {
            return call.method().equals("POST")
                    && call.header(Client.VERSION_HEADER)
                            .filter(v -> !supports(v))
                            .isPresent();
        }
    }

    /** Tells the eras by the body, and by the header only where that agrees. */
    static class ByBody extends DualToyServer {
        @Override
        protected boolean isModern(Call call) {
            return call.method().equals("POST") && super.isModern(call);
        }
    }

    /** Has no sessions in its legacy revisions either. */
    static class StatelessBoth extends DualToyServer {
        StatelessBoth() {
            stateless = true;
        }

        @Override
        protected void configure(dev.mcpsession.conformance.target.LaunchSettings settings) {
            // It has no timeout to configure.
        }
    }

    /** Is out of service now and then, longer than a request is insisted on. */
    static class Outages extends DualToyServer {
        private final Oddly.Outages outages = new Oddly.Outages(503);

        @Override
        protected Answer answer(Call call) throws Exception {
            return outages.now() ? outages.answer() : super.answer(call);
        }
    }

    /** Of the legacy revisions, it speaks the newest alone. */
    static class NewestOfBoth extends DualToyServer {
        @Override
        protected boolean supports(String version) {
            return version.equals(Revision.V2025_11_25.wire());
        }

        @Override
        protected Answer initialize(Call call) throws Exception {
            if (params(call) instanceof ObjectNode params && params.has("protocolVersion")) {
                params.put("protocolVersion", Revision.V2025_11_25.wire());
            }
            return super.initialize(call);
        }

        @Override
        protected List<String> supportedVersions() {
            return List.of(REVISION, Revision.V2025_11_25.wire());
        }
    }

    /** Speaks legacy revisions alone, and says so in the words of 2026-07-28. */
    static class RefusesModern extends DualToyServer {
        @Override
        protected List<String> supportedVersions() {
            return Stream.of(Revision.values())
                    .filter(Revision::isLegacy)
                    .map(Revision::wire)
                    .toList();
        }
    }

    /** Speaks legacy revisions alone, and names them to whoever asks by server/discover. */
    static class DiscoversLegacy extends RefusesModern {
        @Override
        protected Answer modernPost(Call call) throws Exception {
            return call.message() != null && call.called().equals("server/discover")
                    ? handle(call)
                    : super.modernPost(call);
        }
    }

    static Stream<Arguments> servers() {
        return Map.<String, Supplier<? extends ToyServer>>ofEntries(
                        Map.entry("modern: event streams only", SseOnly::new),
                        Map.entry("modern: JSON only", JsonOnly::new),
                        Map.entry("modern: nothing but discovery", Bare::new),
                        Map.entry("modern: event streams left open", StreamsLeftOpen::new),
                        Map.entry("modern: 300 ms an answer", Slow::new),
                        Map.entry("modern: 400 for every error", StatusForErrors::new),
                        Map.entry("modern: other checks first", OtherOrder::new),
                        Map.entry("modern: no notifications", NoNotifications::new),
                        Map.entry("modern: short subscriptions", ShortSubscriptions::new),
                        Map.entry("modern: one subscription at a time", OneSubscription::new),
                        Map.entry("modern: four requests at a time", Busy::new),
                        Map.entry("modern: tools that change", ChangingTools::new),
                        Map.entry("modern: turns every seventh request away", TurnsAway::new),
                        Map.entry("modern: closes every connection", NoKeepAlive::new),
                        Map.entry("modern: odd JSON, byte by byte", OddJson::new),
                        Map.entry("modern: odd event streams, byte by byte", OddStreams::new),
                        Map.entry("modern: tools on pages", Pages::new),
                        Map.entry("modern: no tools", NoTools::new),
                        Map.entry("both eras, turn every seventh request away", BothTurnAway::new),
                        Map.entry("both eras, out of service now and then", Outages::new),
                        Map.entry("modern: everything", FullToyServer::new),
                        Map.entry("modern: resources that change", UpdatingToyServer::new),
                        Map.entry("modern: everything, at length", Wordy::new),
                        Map.entry("modern: particular", Particular::new),
                        Map.entry("modern: behind a gateway", BehindGateway::new),
                        Map.entry("modern: fails now and then", FailsNowAndThen::new),
                        Map.entry("both eras, full of sessions", FullOfSessions::new),
                        Map.entry("modern: everything, in odd event streams", FullOddly::new),
                        Map.entry("modern: integers as fractions", Fractions::new),
                        Map.entry("modern: progress now and then", OddProgress::new),
                        Map.entry("modern: private pages", PrivatePages::new),
                        Map.entry("modern: asks before it reads", Demanding::new),
                        Map.entry("modern: many prompts out of order", ManyPrompts::new),
                        Map.entry("modern: mirrors a parameter", MirroringToyServer::new),
                        Map.entry("both eras, by the header", ByHeader::new),
                        Map.entry("both eras, by the body", ByBody::new),
                        Map.entry("both eras, without sessions", StatelessBoth::new),
                        Map.entry("legacy alone, refuses 2026-07-28 by its code", RefusesModern::new),
                        Map.entry("legacy alone, answers server/discover", DiscoversLegacy::new),
                        Map.entry("both eras, the newest versions alone", NewestOfBoth::new))
                .entrySet()
                .stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> Arguments.of(e.getKey(), e.getValue()))
                .filter(UnusualServersTest.chosen());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("servers")
    void isNotAccused(String name, Supplier<? extends ToyServer> kind) throws Exception {
        UnusualServersTest.judge(name, ToyServer.launcher(kind), UnaryOperator.identity());
    }

    @Test
    void http2() throws Exception {
        UnusualServersTest.judge(
                "both eras, HTTP/2", ToyServer.launcher(Http2::new), target -> target.sslContext(Tls.trustingAll()));
    }

    @Test
    void partlyGuarded() throws Exception {
        UnusualServersTest.judge(
                "modern: wants a token for most", ToyServer.launcher(PartlyGuarded::new), OwnedToyServer::tell);
    }

    @Test
    void ownKeys() throws Exception {
        UnusualServersTest.judge("modern: keys of its own", ToyServer.launcher(OwnKeys::new), OwnedToyServer::tell);
    }

    @Test
    void listsOfUsers() throws Exception {
        UnusualServersTest.judge("modern: lists of users", ToyServer.launcher(ListsOfUsers::new), OwnedToyServer::tell);
    }

    @Test
    void ownCatalogues() throws Exception {
        UnusualServersTest.judge(
                "modern: catalogues of users", ToyServer.launcher(OwnCatalogues::new), OwnedToyServer::tell);
    }

    @Test
    void thirtyASecond() throws Exception {
        UnusualServersTest.judge(
                "modern: thirty requests a second",
                ToyServer.launcher(Thirty::new),
                target -> target.maxRequestsPerSecond(25));
    }

    @Test
    void guarded() throws Exception {
        UnusualServersTest.judge("modern: wants a token", ToyServer.launcher(Guarded::new), OwnedToyServer::tell);
    }

    @Test
    void behindAProxy() throws Exception {
        UnusualServersTest.judge(
                "both eras, behind a proxy", BehindProxy.launcher(DualToyServer::new), UnaryOperator.identity());
    }
}
