/**
 * A JUnit extension that runs a reference server for the tests of a client. API.
 */
package dev.mcpsession.server.junit;
