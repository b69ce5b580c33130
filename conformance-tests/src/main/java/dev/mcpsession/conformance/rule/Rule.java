package dev.mcpsession.conformance.rule;

import dev.mcpsession.conformance.http.Misanswer;
import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.judgement.Unless;
import dev.mcpsession.conformance.protocol.Revision;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method as one rule of the catalogue. The engine calls it once for each revision that the rule holds in and
 * the server speaks, on a new instance of its class, with a {@link dev.mcpsession.conformance.http.Client} as its only
 * argument.
 *
 * <p>The method returns normally where the server keeps the rule. It throws a
 * {@link dev.mcpsession.conformance.judgement.Violation} where the server breaks it, a
 * {@link dev.mcpsession.conformance.judgement.Suspicion} where that needs confirmation, and a
 * {@link dev.mcpsession.conformance.judgement.RuleAbortedException} where nothing can be said.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Rule {
    /** The permanent id, {@code area/name}; also the path of the rule's note under spec-notes/rules. */
    String id();

    /** The requirement, as one sentence without a full stop. */
    String title();

    Level level();

    /** Levels that differ from {@link #level()} in single revisions. */
    LevelIn[] levels() default {};

    /** Where the rule comes from: the page and section, or the point of the contract. */
    String source();

    /**
     * The eras whose revisions the rule holds in, within {@link #since()} and {@link #until()}; by default the one
     * with sessions.
     */
    Revision.Era[] eras() default Revision.Era.LEGACY;

    /** The first revision that the rule holds in; none for the first of its eras. At most one. */
    Revision[] since() default {};

    /**
     * The last revision that the rule holds in; none for the newest of its eras, those to come included. At most one.
     */
    Revision[] until() default {};

    /** The preconditions without which the rule does not apply or cannot be tested. */
    Requires[] requires() default {};

    /**
     * Facts and features that the rule judges more with where they are there. One that uses
     * {@link Requires#SLOW_TOOL} lasts as long as a call of it, and so begins early.
     */
    Requires[] uses() default {};

    /** Where the rule does not apply, as its own steps show: the only reasons that they may give for that. */
    Unless[] unless() default {};

    /**
     * The ids of rules without which this one says nothing of its own: where one of them is broken in the same
     * revision, and this one seems broken too by a reply of the same status, the report names that one as the cause,
     * and this one is not counted. A rule that binds less than this one explains nothing.
     */
    String[] dependsOn() default {};

    /**
     * The rule shows whether sessions are kept apart. Where it is broken, a rule whose session is gone, or whose answer
     * does not come, in the same revision is not run again to confirm that: this one explains it.
     */
    boolean isolation() default false;

    /**
     * The rule is the one that names the cause where a request is answered like this. Where it is broken by such a
     * reply, another rule of the same revision that is broken by such a reply as well is not counted: this one explains
     * it. A rule that binds less than the other explains nothing.
     */
    Misanswer[] explains() default {};

    /**
     * The rule is about activity that keeps a session alive. Then no control tells whether the server ends sessions of
     * a certain age, since the sessions of a control live by activity themselves.
     */
    boolean activity() default false;

    /**
     * What other rules do meanwhile may hide what this one looks for, as where a fault shows when any session begins or
     * ends. Where it cannot decide beside others, it is tried again alone, however many rules are open.
     */
    boolean retriedAlone() default false;

    /** How many sessions the rule holds open at the same time at most. */
    int sessions() default 1;

    /** Judge once, in the newest revision of its own that the server speaks, rather than in each. */
    boolean once() default false;

    /**
     * The rule mostly lets time pass, so it begins early and runs beside others. This need not be said of one that
     * requires {@link Requires#IDLE_TIMEOUT} or {@link Requires#SLOW_TOOL}.
     */
    boolean waits() default false;

    /**
     * Run once the ordinary rules are over, before the disruptive ones, and also where the server has stopped answering
     * meanwhile: then the rule is broken.
     */
    boolean concluding() default false;

    /**
     * Run after all others and alone: the rule sends what may wreck a server. Of these, one that {@link #waits()} comes
     * first, and finds a server that has rested: for half a second, no other rule has opened a session.
     */
    boolean disruptive() default false;
}
