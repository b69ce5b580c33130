package dev.mcpsession.server.races;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.races.SmallSubject.Flaw;
import dev.mcpsession.server.session.IdlePolicy;
import java.util.List;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.jetbrains.lincheck.util.LoggingLevel;
import org.junit.jupiter.api.Test;

/**
 * Puts the session manager before a concurrency checker, Lincheck. It tries the interleavings of small programs of two
 * threads one by one, for some programs that were thought out and some random ones, and then runs random programs on
 * real threads as fast as it can. What comes of each run must come of some order of the same operations in a
 * specification that knows nothing of threads. Managers that are wrong in one way each show that the checks can fail.
 *
 * <p>The property {@code races.depth}, 1 by default, multiplies the random programs and the interleavings of each.
 */
class RaceCheckTest {

    private static final int DEPTH = Integer.getInteger("races.depth", 1);
    private static final long PATIENCE_MILLIS = 300_000;

    private static final String WRONG_RESULTS = "Invalid execution results";
    private static final String WRONG_ACCOUNTS = "Validation function accounts has failed";

    /**
     * One session, which is idle for as long as time has stood still. What comes before, and the second thread, work
     * for one party; the first thread, and what comes after, for the other.
     */
    private static final List<Program> ONE_SESSION = List.of(
            new Program("", "acquire", "expire", "acquire"),
            new Program("", "acquire release", "expire", ""),
            new Program("", "acquire", "terminate", "acquire"),
            new Program("", "terminate", "expire", ""),
            new Program("", "terminate", "terminate", ""),
            new Program("", "advance", "advance", "acquire"),
            new Program("advance", "advance", "acquire", "acquire"),
            new Program("advance", "advance", "acquire release", "acquire"),
            new Program("advance", "advance", "terminate", ""),
            new Program("advance", "advance", "expire", ""),
            new Program("acquire advance", "advance", "release", "acquire"),
            new Program("acquire advance", "acquire advance", "release", "acquire"),
            new Program("acquire", "expire", "release", "acquire"));

    /** Room for one session, and two parties who want it. */
    private static final List<Program> ROOM_FOR_ONE = List.of(
            new Program("", "open", "open", "acquire"),
            new Program("", "open release", "open release", "acquire"),
            new Program("open", "open", "release", "acquire"),
            new Program("open", "open", "terminate", "acquire"),
            new Program("open release", "open", "open", "acquire"),
            new Program("open release", "open", "acquire", "acquire"),
            new Program("open release", "open", "acquire open", "acquire"),
            new Program("open release", "open", "terminate", "acquire"));

    /** Many sessions, up to the end of the manager. */
    private static final List<Program> MANY_SESSIONS = List.of(
            new Program("", "open", "open", ""),
            new Program("", "open", "close", "open"),
            new Program("", "open", "advance advance", ""),
            new Program("open", "open", "open use", "open"),
            new Program("open", "close", "use", ""),
            new Program("open", "close", "terminate", ""),
            new Program("open advance", "advance", "use", "close"),
            new Program("open advance", "advance", "terminate", "close"),
            new Program("open advance", "advance", "close", ""));

    // The session manager.

    public static final class Held extends OneSession {

        public Held() {
            super(new ManagerSubject(IdlePolicy.OPEN_EXCHANGES, 0));
        }
    }

    @Test
    void aSessionThatExchangesHold() {
        modelChecking(Held.class, ONE_SESSION).sequentialSpecification(OneSessionSpec.Holding.class)
                .check(Held.class);
    }

    @Test
    void aSessionThatExchangesHoldUnderStress() {
        stress().sequentialSpecification(OneSessionSpec.Holding.class).check(Held.class);
    }

    public static final class NotHeld extends OneSession {

        public NotHeld() {
            super(new ManagerSubject(IdlePolicy.ARRIVAL, 0));
        }
    }

    @Test
    void aSessionThatNothingHolds() {
        modelChecking(NotHeld.class, ONE_SESSION).sequentialSpecification(OneSessionSpec.OnArrival.class)
                .check(NotHeld.class);
    }

    public static final class Room extends RoomForOne {

        public Room() {
            super(new ManagerSubject(IdlePolicy.OPEN_EXCHANGES, 1));
        }
    }

    @Test
    void roomForOneSession() {
        modelChecking(Room.class, ROOM_FOR_ONE).sequentialSpecification(RoomForOneSpec.class).check(Room.class);
    }

    @Test
    void roomForOneSessionUnderStress() {
        stress().sequentialSpecification(RoomForOneSpec.class).check(Room.class);
    }

    public static final class RoomForTwo extends ManySessions {

        public RoomForTwo() {
            super(new ManagerSubject(IdlePolicy.OPEN_EXCHANGES, 2), 2);
        }
    }

    @Test
    void manySessionsAndRoomForTwo() {
        modelChecking(RoomForTwo.class, MANY_SESSIONS).verifier(EpsilonVerifier.class).check(RoomForTwo.class);
    }

    @Test
    void manySessionsAndRoomForTwoUnderStress() {
        stress().verifier(EpsilonVerifier.class).check(RoomForTwo.class);
    }

    public static final class NoneHeld extends ManySessions {

        public NoneHeld() {
            super(new ManagerSubject(IdlePolicy.ARRIVAL, 0), 0);
        }
    }

    @Test
    void manySessionsThatNothingHolds() {
        modelChecking(NoneHeld.class, MANY_SESSIONS).verifier(EpsilonVerifier.class).check(NoneHeld.class);
    }

    // Managers in miniature: a right one passes, and one that is wrong does not.

    public static final class SmallSession extends OneSession {

        public SmallSession() {
            super(new SmallSubject(Flaw.NONE, 0));
        }
    }

    public static final class SmallRoom extends RoomForOne {

        public SmallRoom() {
            super(new SmallSubject(Flaw.NONE, 1));
        }
    }

    @Test
    void theRightOnePasses() {
        modelChecking(SmallSession.class, ONE_SESSION).sequentialSpecification(OneSessionSpec.Holding.class)
                .check(SmallSession.class);
        modelChecking(SmallRoom.class, ROOM_FOR_ONE).sequentialSpecification(RoomForOneSpec.class)
                .check(SmallRoom.class);
    }

    public static final class StampBesideTheWord extends OneSession {

        public StampBesideTheWord() {
            super(new SmallSubject(Flaw.STAMP_BESIDE_THE_WORD, 0));
        }
    }

    @Test
    void aStampBesideTheWordIsCaught() {
        caught(WRONG_RESULTS, modelChecking(StampBesideTheWord.class, ONE_SESSION)
                .sequentialSpecification(OneSessionSpec.Holding.class), StampBesideTheWord.class);
    }

    public static final class CheckThenEnd extends OneSession {

        public CheckThenEnd() {
            super(new SmallSubject(Flaw.CHECK_THEN_END, 0));
        }
    }

    @Test
    void checkingFirstAndEndingLaterIsCaught() {
        caught(WRONG_RESULTS, modelChecking(CheckThenEnd.class, ONE_SESSION)
                .sequentialSpecification(OneSessionSpec.Holding.class), CheckThenEnd.class);
    }

    public static final class CheckThenAcquire extends OneSession {

        public CheckThenAcquire() {
            super(new SmallSubject(Flaw.CHECK_THEN_ACQUIRE, 0));
        }
    }

    @Test
    void acquiringAfterTheEndIsCaught() {
        caught(WRONG_RESULTS, modelChecking(CheckThenAcquire.class, ONE_SESSION)
                .sequentialSpecification(OneSessionSpec.Holding.class), CheckThenAcquire.class);
    }

    public static final class EndedByBoth extends OneSession {

        public EndedByBoth() {
            super(new SmallSubject(Flaw.ENDED_BY_BOTH, 0));
        }
    }

    @Test
    void anEndThatIsToldTwiceIsCaught() {
        // Without a specification: only what was told can give it away.
        caught(WRONG_ACCOUNTS, modelChecking(EndedByBoth.class, ONE_SESSION).verifier(EpsilonVerifier.class),
                EndedByBoth.class);
    }

    public static final class CheckThenEvict extends RoomForOne {

        public CheckThenEvict() {
            super(new SmallSubject(Flaw.CHECK_THEN_EVICT, 1));
        }
    }

    @Test
    void evictingWhatIsHeldIsCaught() {
        caught(WRONG_RESULTS, modelChecking(CheckThenEvict.class, ROOM_FOR_ONE)
                .sequentialSpecification(RoomForOneSpec.class), CheckThenEvict.class);
    }

    public static final class CheckThenOpen extends RoomForOne {

        public CheckThenOpen() {
            super(new SmallSubject(Flaw.CHECK_THEN_OPEN, 1));
        }
    }

    @Test
    void openingBeyondTheLimitIsCaught() {
        caught(WRONG_RESULTS, modelChecking(CheckThenOpen.class, ROOM_FOR_ONE)
                .sequentialSpecification(RoomForOneSpec.class), CheckThenOpen.class);
    }

    private static void caught(String how, Options<?, ?> check, Class<?> wrong) {
        var error = assertThrows(LincheckAssertionError.class, () -> check.check(wrong));
        assertTrue(error.getMessage().contains(how), error.getMessage());
    }

    private static ModelCheckingOptions modelChecking(Class<?> operations, List<Program> programs) {
        var options = bounded(new ModelCheckingOptions());
        programs.forEach(program -> options.addCustomScenario(program.with(operations)));
        return options.iterations(3 * DEPTH).invocationsPerIteration(100 * DEPTH)
                // Random ids and our own bookkeeping have no part in any race; the library's classes are taken as
                // right, so that the search is spent on the manager.
                .addGuarantee(forClasses("dev.mcpsession.server.session.SessionIds", Accounts.class.getName())
                        .allMethods().ignore())
                .addGuarantee(forClasses("java.util.concurrent.ConcurrentHashMap",
                        "java.util.concurrent.CopyOnWriteArrayList", "java.util.concurrent.atomic.LongAdder")
                        .allMethods().treatAsAtomic());
    }

    private static StressOptions stress() {
        return bounded(new StressOptions()).iterations(10 * DEPTH).invocationsPerIteration(500 * DEPTH);
    }

    private static <T extends Options<T, ?>> T bounded(T options) {
        return options.threads(Subject.THREADS).actorsBefore(2).actorsPerThread(2).actorsAfter(1)
                .minimizeFailedScenario(false)
                .logLevel(LoggingLevel.ERROR)
                // By default, a machine that pauses for a few seconds would be taken for a deadlock.
                .invocationTimeout$lincheck(PATIENCE_MILLIS);
    }
}
