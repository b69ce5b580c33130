package dev.mcpsession.conformance.http;

/**
 * Called at the moments where a slow machine could hold up an exchange: between the moment that is taken down and the
 * thing that it bounds. Tests inject pauses here, to show that no time rule accuses a right server because of them.
 */
public interface FaultInjection {
    FaultInjection NONE = new FaultInjection() {};

    /** After {@link Exchange#sentAt()} was taken, before the request leaves. */
    default void beforeSend() {}

    /** After the head of the reply came, before {@link Exchange#headAt()} is taken. */
    default void beforeHead() {}
}
