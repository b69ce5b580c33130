package dev.mcpsession.conformance.rule;

import dev.mcpsession.conformance.judgement.Level;
import dev.mcpsession.conformance.protocol.Revision;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The level of a rule in one revision, where it differs from the others. */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
public @interface LevelIn {
    Revision revision();

    Level level();
}
