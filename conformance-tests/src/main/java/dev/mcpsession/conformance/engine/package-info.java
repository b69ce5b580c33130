/**
 * The suite as a test engine of the JUnit Platform, and the two ways to start it: from a program, and by configuration
 * parameters from an IDE or a build tool.
 *
 * <p>API for those who run the suite.
 */
@NullMarked
package dev.mcpsession.conformance.engine;

import org.jspecify.annotations.NullMarked;
