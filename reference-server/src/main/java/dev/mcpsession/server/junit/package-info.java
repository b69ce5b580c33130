/**
 * A JUnit extension that runs a reference server for the tests of a client. API.
 */
@NullMarked
package dev.mcpsession.server.junit;

import org.jspecify.annotations.NullMarked;
