package dev.mcpsession.conformance.http;

/** How a reply fails to answer its request although it holds responses. */
public enum Misanswer {
    /** The response to a single request comes as a list, as the answer to a batch does. */
    LIST,
    /** The response has the id of another request. */
    OF_ANOTHER
}
