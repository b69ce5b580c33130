/**
 * Rules about the server after the requests of many clients.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.service;

import org.jspecify.annotations.NullMarked;
