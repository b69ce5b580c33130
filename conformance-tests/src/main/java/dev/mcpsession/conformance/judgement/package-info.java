/**
 * Verdicts, levels and the exceptions that end a rule: a violation, a suspicion, or nothing to say.
 *
 * <p>Part of the API for authors of rules. It depends on no other package.
 */
@NullMarked
package dev.mcpsession.conformance.judgement;

import org.jspecify.annotations.NullMarked;
