package dev.mcpsession.conformance.judgement;

/**
 * Where a rule does not apply, as its own steps show: the server has what the rule requires, but answers, or is set up,
 * in a way that the rule says nothing of; or the client does not do the thing that the rule is about.
 */
public enum Unless {
    // ---- the streams that answer requests ----

    JSON_ANSWERS("the server answers requests with JSON, not with an event stream"),
    NO_IDS_ON_ANSWERS("the events of the stream that answers a request have no ids"),
    NO_ID_BEFORE_RESPONSE("no event with an id comes on the stream of a call before its response"),
    FEW_STREAMS_WITH_IDS("events with ids come on fewer than two streams of a session"),
    CONNECTION_KEPT("the server keeps the connection of a call open until the response"),
    NOTHING_RESUMED("the server resumes no stream"),
    NO_REPLAY("the server does not replay the response of a call to a client that has seen an earlier event of it"),

    // ---- the streams that answer GET ----

    NO_STREAM_FOR_GET("the server opens no stream in answer to GET"),
    LATE_HEAD("no head comes in answer to GET, as it may come with the first event"),
    GET_STREAM_ENDS("the server ends its GET streams by itself, as it may"),
    NO_STREAM("the server opens no stream that it could send a request on"),
    NO_MESSAGES("the server sends no message of its own while two streams are open"),
    NO_CONSEQUENCE("nothing comes on a GET stream in consequence of the requests of its session"),
    NO_SERVER_REQUESTS("the server makes no request of the client while it is watched"),
    ANSWER_REFUSED("the server refuses the client's answer on the same node too; see transport/answer-accepted"),

    // ---- messages ----

    NOTHING_REFUSED("the server refuses nothing of what cannot open a session"),
    INITIALIZED_NOT_202("the server does not answer the initialized notification with 202"),
    NOTHING_202("the server answers neither a notification nor a response with 202"),
    NO_REVISION_OFFERED("the server offers no revision in place of an unknown one, and answers with an error"),
    UNKNOWN_REVISION_SERVED("the server serves a request of an unsupported revision"),
    NO_CANCELLATION("the server does not accept cancellations"),
    CANCELLATION_IGNORED("a call that is cancelled on its own node does not end clearly before it would have anyway"),
    NO_CALL_IN_BATCH("the server takes no batch with a call in it"),
    MESSAGE_REFUSED("the server does not accept the notification or response"),
    NO_METHOD_ERROR("the server does not answer a method that does not exist with a JSON-RPC error"),
    LENGTH_REQUIRED("the server wants to be told the length of a body, and answers 411"),

    // ---- time ----

    CALL_ENDS_EARLY("a call is answered before its session can expire"),
    CALL_HOLDS("a call in flight holds its session on this server"),
    CALL_HOLDS_NOT("a call in flight does not hold its session on this server"),
    CUT_CALL_LEAVES_SESSION("a call that is cut off leaves its session alive on this server"),
    STREAM_HOLDS("an open stream holds its session on this server"),
    STREAM_HOLDS_NOT("an open stream does not hold its session on this server"),
    NOT_EXPIRED("a session has not expired after its timeout; see idle/reaped-post-404"),

    // ---- settings ----

    TIMEOUT_NEEDED("the server does not start without an idle timeout; see configuration/absent-accepted"),
    SETTING_ACCEPTED("the server does not refuse the setting"),
    NO_STATELESS_MODE("the server does not start in stateless mode"),

    // ---- users ----

    OPEN_TO_ALL("the server asks for no credentials"),
    NOT_401("the server does not answer a request without credentials with 401"),
    NO_USERS("the server knows no users, and serves initialize without credentials, and with invalid ones"),
    OTHER_USER_SERVED("the server serves another user in the session; see ownership/foreign-post"),
    TOKENS_NOT_READ("the server does not look at tokens, and serves initialize with an invalid one"),
    NO_AUTHORIZATION(
            "the server does not show that it has the specification's authorization, and may have keys of its own"),

    // ---- session ids ----

    ID_NOT_REQUIRED("the server requires no session id"),
    SIGNED_IDS(
            "the server's ids seem to be signed, so that it can tell one that it never assigned, and answers it 400"),
    NO_ID_NOT_REFUSED("the server does not even refuse a request without a session id with a 4xx"),

    // ---- web pages, addresses ----

    ANY_ORIGIN("the server lets pages of any site in"),
    NO_WEB_PAGE("the server serves no web page, as far as was tried"),
    OVER_TLS("the server is reached over TLS"),
    NO_OTHER_ADDRESS("this machine has no addresses other than those of loopback"),

    // ---- revisions ----

    REVISION_BY_HEADER("the server does not speak 2025-03-26, and may know the revision by the header alone"),
    REVISION_BY_SESSION("the server knows the revision of a session, and wants the header only where that demands it"),
    OLDER_REVISIONS(
            "the server speaks a revision without the header, and may take a request without it as of that age"),
    OLD_TRANSPORT("the server speaks 2024-11-05 too, at the same address, where GET opens its stream"),

    // ---- nodes ----

    NOT_ON_ALL_NODES("a node does not serve a session that was opened elsewhere; see cluster/session-on-all-nodes"),
    NO_DELETE_ELSEWHERE("a node does not end a session that was opened elsewhere"),

    // ---- what a server of the modern era has ----

    NO_LISTS("the server declares no capability that has a list, or serves none"),
    ONE_PAGE("no list has more than one page"),
    ANY_CURSOR("the server takes any text for a place in a list, and leads on from there"),
    NO_TOOLS("the server lists no tools"),
    ONE_TOOL("the server lists fewer than two tools"),
    NO_RESOURCES("the server lists no resources"),
    NO_READABLE_RESOURCE("the server lists no resource that can be read"),
    ANY_RESOURCE("the server finds something under every URI"),
    NO_PROMPTS("the server has no prompts"),
    NO_PROMPT_OR_TOOL("the server has neither a prompt nor a tool that can be called"),
    NOTHING_NAMED("the server lists neither tools nor prompts nor resources that can be called"),
    NOTHING_DECLARED("the server declares neither tools nor prompts nor resources"),
    NOTHING_PUBLIC("the server gives both users nothing that may be cached for everybody"),
    NOTHING_ASKED("no prompt, resource or tool that can be called asks the client for anything"),
    NO_REQUEST_STATE("no prompt, resource or tool that can be called hands out a request state"),
    NOTHING_MIRRORED("no tool has a parameter with x-mcp-header"),
    NO_ARGUMENT_MIRRORED("the slow tool has none of its arguments mirrored into a header"),
    NO_INTEGER_MIRRORED("the slow tool has no integer among its arguments that is mirrored into a header"),
    CHANGES_NOT_TOLD("the server does not declare that it tells of changes"),
    NO_SUBSCRIPTIONS("the server offers no subscriptions"),
    NO_PROGRESS("the slow tool tells nothing of its progress"),
    NO_LOG_MESSAGES("the server sends no log messages for the slow tool"),
    NAMELESS("no result names the server, as is right where it was configured not to name itself"),
    LOGGING_NOT_DECLARED("the server does not declare that it sends log messages"),

    // ---- sessions of a client ----

    SESSIONLESS("the client opened no session"),
    NO_INITIALIZE("the client sent no initialize"),
    NO_ID_ASSIGNED("the server assigned no session id"),
    ID_HIDDEN("the server keeps the session id from web pages: its Access-Control-Expose-Headers does not name"
            + " Mcp-Session-Id"),
    NO_404("no request with a session id got 404, as the call of a tool does where the kit is the server"),
    NO_DELETE("the client sends no DELETE"),
    UNUSABLE_SESSION_USED("the client went on although the revision is unknown, and although initialized was refused"),

    // ---- streams of a client ----

    NO_GET("the client opens no stream with GET"),
    NO_STREAM_CUT("no stream of events with ids ended before its result"),
    STREAM_NOT_RESUMED("the client did not resume the stream"),
    NO_RETRY_FIELD("the client resumed no stream that had a retry field"),
    NOTHING_LATE("the client neither cancels a call nor resumes a stream"),
    NOTHING_CANCELLED("the client cancelled nothing"),

    // ---- messages of a client ----

    NO_NOTIFICATION("the client sent no notification"),
    NO_PROGRESS_TOKEN("no request of the client carries a progress token"),
    NO_TOOLS_LISTED("the client listed no tools"),
    NO_CALL_TO_REDIRECT("the client made no call that could be redirected"),

    // ---- failures that a client meets ----

    NO_CALL_TO_FAIL("the client made no call that could fail"),
    NOTHING_POSTED("the client posted nothing that could fail"),
    NOT_BUSY("no request got 503 or 429 with Retry-After"),
    NO_401("no request got 401"),

    // ---- a client of the modern era ----

    NO_MODERN_REQUEST("the client made no request of this revision"),
    MODERN_ONLY("the client speaks this era alone"),
    MODERN_ONLY_OR_INITIALIZE("the client speaks this era alone, or opened with initialize"),
    NO_QUESTION_ANSWERED("the client answered no question of the server"),
    NO_QUESTION_WITH_STATE("the client answered no question that had a state"),
    NO_QUESTION_WITHOUT_STATE("the client answered no question that had no state");

    private final String words;

    Unless(String words) {
        this.words = words;
    }

    /** The reason to give, such as "the server lists no tools". */
    public String words() {
        return words;
    }
}
