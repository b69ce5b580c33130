/**
 * The suite for clients: a run of the rules against a client, which is let loose on servers of the kit or known by a
 * trace alone, and its results.
 *
 * <p>API for those who judge clients and for authors of rules about them.
 */
@NullMarked
package dev.mcpsession.conformance.clients;

import org.jspecify.annotations.NullMarked;
