package dev.mcpsession.server.races;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import java.util.List;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.jetbrains.lincheck.util.LoggingLevel;

/**
 * The checks of the concurrency checker, Lincheck: operations, small programs made of them that were thought out,
 * and what must come of them. Of each program the checker tries the interleavings one by one, those with fewer switches
 * between the threads first, in an order that is always the same.
 *
 * <p>The property {@code races.depth}, 1 by default, multiplies the interleavings of each program, and the number of
 * random programs. From 10 on, the timing wheel is no longer taken for granted.
 */
enum Check {

    /** One session that exchanges hold: each run must come of some order of its operations. */
    HELD(Managers.Held.class, OneSessionSpec.Holding.class, Programs.ONE_SESSION),

    /** One session that nothing holds: each run must come of some order of its operations. */
    NOT_HELD(Managers.NotHeld.class, OneSessionSpec.OnArrival.class, Programs.ONE_SESSION_NEVER_HELD),

    /** Room for one session: each run must come of some order of its operations. */
    ROOM(Managers.Room.class, RoomForOneSpec.class, Programs.ROOM_FOR_ONE),

    /** Many sessions and room for two: the accounts must be right. */
    ROOM_FOR_TWO(Managers.RoomForTwo.class, null, Programs.MANY_SESSIONS),

    /** Many sessions that nothing holds: the accounts must be right. */
    NONE_HELD(Managers.NoneHeld.class, null, Programs.MANY_SESSIONS);

    private static final int DEPTH = Integer.getInteger("races.depth", 1);
    private static final int INTERLEAVINGS = 150;
    private static final int DEEP = 10;
    private static final long PATIENCE_MILLIS = 300_000;

    private final Class<?> operations;
    private final Class<?> specification;
    private final List<Program> programs;

    Check(Class<?> operations, Class<?> specification, List<Program> programs) {
        this.operations = operations;
        this.specification = specification;
        this.programs = programs;
    }

    /** Tries interleavings of the programs, and of random ones, on the session manager. */
    void explore() {
        modelChecking(operations, programs).iterations(DEPTH).check(operations);
    }

    /** Tries the same interleavings of one of the programs on a copy of the session manager. */
    void explore(Mutant mutant, Program program) {
        if (!programs.contains(program)) {
            throw new IllegalArgumentException(program + " is not what " + this + " tries");
        }
        var copy = mutant.counterpart(operations);
        modelChecking(copy, List.of(program)).iterations(0).check(copy);
    }

    /** Runs random programs on real threads, as fast as it can. */
    void stress() {
        bounded(new StressOptions())
                .iterations(DEPTH)
                .invocationsPerIteration(200)
                .check(operations);
    }

    private ModelCheckingOptions modelChecking(Class<?> subject, List<Program> chosen) {
        var options = bounded(new ModelCheckingOptions()).invocationsPerIteration(INTERLEAVINGS * DEPTH);
        chosen.forEach(program -> options.addCustomScenario(program.with(subject)));
        // Random ids, counters and our own bookkeeping have no part in any race. The library's collections are taken as
        // right; those that are not made for threads are used under locks alone.
        options.addGuarantee(forClasses(name -> name.endsWith(".SessionIds")
                                || name.endsWith(".LongAdder")
                                || name.equals("java.util.EnumMap")
                                || name.equals(Accounts.class.getName()))
                        .allMethods()
                        .ignore())
                .addGuarantee(forClasses(Check::isCollection).allMethods().treatAsAtomic());
        if (DEPTH < DEEP) {
            // All of its methods lock it, and none calls anything else.
            options.addGuarantee(forClasses(name -> name.endsWith(".TimingWheel"))
                    .allMethods()
                    .treatAsAtomic());
        }
        // A loop that waits for another thread need not go round often to be known as one.
        return options.loopIterationsBeforeThreadSwitch(3);
    }

    private static boolean isCollection(String name) {
        // Not how a stream goes through them: it calls back.
        return (name.startsWith("java.util.concurrent.ConcurrentHashMap") && !name.endsWith("Spliterator"))
                || name.equals("java.util.concurrent.CopyOnWriteArrayList")
                || name.equals("java.util.ArrayDeque")
                || name.equals("java.util.PriorityQueue");
    }

    private <T extends Options<T, ?>> T bounded(T options) {
        if (specification == null) {
            options.verifier(EpsilonVerifier.class);
        } else {
            options.sequentialSpecification(specification);
        }
        return options.threads(Subject.THREADS)
                .actorsBefore(2)
                .actorsPerThread(2)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .logLevel(LoggingLevel.ERROR)
                // By default, a machine that pauses for a few seconds would be taken for a deadlock.
                .invocationTimeout$lincheck(PATIENCE_MILLIS);
    }
}
