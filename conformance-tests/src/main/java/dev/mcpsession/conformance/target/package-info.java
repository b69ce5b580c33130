/**
 * The server under test: its address, what the kit is told about it, and how the kit starts one.
 *
 * <p>Part of the API for those who run the suite.
 */
@NullMarked
package dev.mcpsession.conformance.target;

import org.jspecify.annotations.NullMarked;
