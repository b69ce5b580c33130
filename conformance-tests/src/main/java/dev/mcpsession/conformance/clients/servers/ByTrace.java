package dev.mcpsession.conformance.clients.servers;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Judges a server by a rule of its catalogue, by nothing but what it said to a client in a trace. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface ByTrace {
    /** The id of the rule. */
    String value();
}
