/**
 * Verdicts, levels and the exceptions that end a rule: a violation, a suspicion, or nothing to say.
 *
 * <p>Part of the API for authors of rules. It depends on no other package.
 */
package dev.mcpsession.conformance.judgement;
