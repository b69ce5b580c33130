package dev.mcpsession.conformance.rule;

import java.util.Locale;

/** Preconditions of a rule: features of the server, or facts that the user must tell. */
public enum Requires {
    /** The server assigns session ids. */
    SESSIONS("the server assigns no session id in this revision"),
    /** The server lets clients end a session with DELETE. */
    DELETE("the server does not let clients end a session: it answers DELETE with another status than 2xx"),
    /** The server offers a stream in answer to GET. */
    GET_STREAM("the server offers no stream for GET"),
    /** The server puts ids on the events of its streams. */
    EVENT_IDS("the server puts no ids on the events that it streams, so that no stream can be resumed"),
    /** The server lists tools. */
    TOOLS("the server lists no tools"),
    /** The server speaks modern revisions alone. */
    ONE_ERA("the server speaks legacy revisions too, which have sessions; its duties then are in the area dual"),
    /** The idle timeout of the server is known. */
    IDLE_TIMEOUT("the server's idle timeout was not given: see --idle-timeout"),
    /** A tool that takes longer than the idle timeout is known. */
    SLOW_TOOL("no tool that takes its time was given: see --slow-tool"),
    /** The server is reached over a loopback address, as web pages reach local servers. */
    LOOPBACK("the server is not reached over a loopback address, as web pages reach local servers"),
    /** The kit can start servers of this kind itself. */
    LAUNCH("the kit was not told how to start this server: see --launch"),
    /** A second principal's credentials are known. */
    SECOND_PRINCIPAL("the credentials of a second user were not given: see --other-header"),
    /** The server speaks a legacy and a modern revision. */
    DUAL_ERA("the server does not speak both a legacy and a modern revision"),
    /** Credentials are known. */
    CREDENTIALS("no credentials were given: see --header"),
    /** A bearer token is known. */
    BEARER_TOKEN("no bearer token was given: see --header"),
    /** Several nodes of the server are known. */
    NODES("several nodes of the server were not given: see --node and --replicas-behind"),
    /** The store of several nodes can be stopped. */
    STORE("the kit was not told how to stop the store of the sessions: see --store-command"),
    /** Load may be put on the server. */
    STRESS("load tests were not asked for: see --stress");

    private final String otherwise;

    Requires(String otherwise) {
        this.otherwise = otherwise;
    }

    /** In words, such as "slow tool". */
    public String words() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** The reason to give where it is missing. */
    public String otherwise() {
        return otherwise;
    }
}
