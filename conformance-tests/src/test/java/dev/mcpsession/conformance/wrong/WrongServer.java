package dev.mcpsession.conformance.wrong;

import dev.mcpsession.conformance.protocol.Revision;
import dev.mcpsession.conformance.servers.ToyServer;
import dev.mcpsession.conformance.target.ServerLauncher;
import dev.mcpsession.conformance.target.Target;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A server that breaks one rule.
 *
 * @param name what is wrong with it
 * @param breaks the id of the rule that it breaks
 * @param says a part of what the rule must say of it
 * @param launcher starts it, with the settings that the suite is told of too
 * @param revision the revision to judge it in
 * @param target adds to the target what the rule needs to be told, such as a second user's credentials
 * @param because why it trips many other rules too, where it does; printed with them
 * @param spared the id of a rule that must not be tripped, since it would name another cause; or empty
 */
record WrongServer(
        String name,
        String breaks,
        String says,
        ServerLauncher launcher,
        Revision revision,
        UnaryOperator<Target.Builder> target,
        String because,
        String spared) {

    WrongServer(
            String name,
            String breaks,
            String says,
            ServerLauncher launcher,
            Revision revision,
            UnaryOperator<Target.Builder> target) {
        this(name, breaks, says, launcher, revision, target, "", "");
    }

    /** A variant of the toy server, judged in 2025-11-25. */
    static WrongServer toy(String name, String breaks, String says, Supplier<? extends ToyServer> kind) {
        return new WrongServer(
                name, breaks, says, ToyServer.launcher(kind), Revision.V2025_11_25, UnaryOperator.identity());
    }

    /** The same, judged in another revision. */
    WrongServer in(Revision other) {
        return new WrongServer(name, breaks, says, launcher, other, target, because, spared);
    }

    /** The same, with more told to the kit. */
    WrongServer told(UnaryOperator<Target.Builder> more) {
        return new WrongServer(name, breaks, says, launcher, revision, more, because, spared);
    }

    /** The same, with the reason why it trips many other rules. */
    WrongServer because(String reason) {
        return new WrongServer(name, breaks, says, launcher, revision, target, reason, spared);
    }

    /** The same, with the id of a rule that must not be tripped. */
    WrongServer sparing(String rule) {
        return new WrongServer(name, breaks, says, launcher, revision, target, because, rule);
    }
}
