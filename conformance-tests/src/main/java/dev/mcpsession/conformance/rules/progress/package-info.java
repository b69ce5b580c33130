/**
 * Rules about notifications of progress.
 *
 * <p>Not API: rules are named by their ids.
 */
@NullMarked
package dev.mcpsession.conformance.rules.progress;

import org.jspecify.annotations.NullMarked;
