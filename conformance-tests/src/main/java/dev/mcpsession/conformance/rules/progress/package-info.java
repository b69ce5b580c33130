/**
 * Rules about notifications of progress.
 *
 * <p>Not API: rules are named by their ids.
 */
package dev.mcpsession.conformance.rules.progress;
