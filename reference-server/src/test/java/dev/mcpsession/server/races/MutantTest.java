package dev.mcpsession.server.races;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The checks can fail: with one step of the session manager done wrongly, one of their programs shows it. */
class MutantTest {

    private static final String WRONG_RESULTS = "Invalid execution results";
    private static final String ENDED_TWICE = "ends told of session 0: 2 instead of 1";
    private static final String REVIVED = "ends told of session 0: 1 instead of 0";

    private record Mistake(
            String name, Check check, Program program, String symptom, String file, String right, String wrong) {

        void isCaught() throws IOException {
            var mutant = Mutant.make(name, file, right, wrong);
            var error = assertThrows(LincheckAssertionError.class, () -> check.explore(mutant, program));
            assertTrue(error.getMessage().contains(symptom), error.getMessage());
        }
    }

    private static final List<Mistake> MISTAKES = List.of(
            new Mistake(
                    "acquireCountsItselfInWhateverCameBetween",
                    Check.HELD,
                    new Program("", "acquire", "expire", "acquire"),
                    WRONG_RESULTS,
                    "Session",
                    "if (WORD.compareAndSet(this, seen, holds ? seen + ONE_OPEN : stamped(seen, ceil))) {",
                    "if ((long) WORD.getAndAdd(this, ONE_OPEN) != 0) {"),
            new Mistake(
                    "arrivalOverwritesTheEnd",
                    Check.NOT_HELD,
                    new Program("", "acquire", "expire", "acquire"),
                    REVIVED,
                    "Session",
                    "if (WORD.compareAndSet(this, seen, holds ? seen + ONE_OPEN : stamped(seen, ceil))) {",
                    "word = stamped(seen, ceil); if (true) {"),
            new Mistake(
                    "releaseOverwritesTheEnd",
                    Check.HELD,
                    new Program("acquire", "terminate", "release", "acquire"),
                    REVIVED,
                    "Session",
                    "if (WORD.compareAndSet(this, seen, left)) {",
                    "word = left; if (true) {"),
            new Mistake(
                    "bothTakeTheirEndForTheFirst",
                    Check.HELD,
                    new Program("", "terminate", "terminate", ""),
                    ENDED_TWICE,
                    "Session",
                    "if (WORD.compareAndSet(this, seen, seen | ENDED)) {\n                return true;",
                    "word = seen | ENDED; if (true) {\n                return true;"),
            new Mistake(
                    "toldBeforeItIsWon",
                    Check.ROOM_FOR_TWO,
                    new Program("open", "close", "terminate", ""),
                    ENDED_TWICE,
                    "SessionManager",
                    "if (!session.end()) {\n            return false;\n        }\n"
                            + "        bury(session, EndReason.TERMINATED);\n        return true;",
                    "if (session.isEnded()) { return false; }\n"
                            + "bury(session, EndReason.TERMINATED); return session.end();"),
            new Mistake(
                    "expiryLooksAndThenEnds",
                    Check.HELD,
                    new Program("", "acquire", "expire", "acquire"),
                    WRONG_RESULTS,
                    "SessionManager",
                    "if (session.endIfStill(seen)) {",
                    "if (session.end()) {"),
            new Mistake(
                    "reaperLooksAndThenEnds",
                    Check.HELD,
                    new Program("advance", "advance", "acquire release", "acquire"),
                    WRONG_RESULTS,
                    "Session",
                    "if (endIfStill(seen)) {",
                    "if (end()) {"),
            new Mistake(
                    "reaperOverlooksATouch",
                    Check.HELD,
                    new Program("advance", "advance", "acquire release", "acquire"),
                    WRONG_RESULTS,
                    "Session",
                    "if (endIfStill(seen)) {",
                    "if (endIfStill(word)) {"),
            new Mistake(
                    "evictionLooksAndThenEnds",
                    Check.ROOM,
                    new Program("open release", "open", "acquire", "acquire"),
                    WRONG_RESULTS,
                    "EvictionQueue",
                    "if (next.session.endIfStill(next.word)) {",
                    "if (Session.isIdle(next.session.word()) && next.session.end()) {"),
            new Mistake(
                    "roomIsLookedForAndThenTaken",
                    Check.ROOM,
                    new Program("", "open", "open", "acquire"),
                    WRONG_RESULTS,
                    "SessionManager",
                    "if (places.compareAndSet(taken, taken + 1)) {",
                    "if (places.incrementAndGet() > 0) {"),
            new Mistake(
                    "dyingSessionsAreNotWaitedFor",
                    Check.ROOM,
                    new Program("open release", "open", "terminate", "acquire"),
                    WRONG_RESULTS,
                    "SessionManager",
                    "if (isAnyEnded()) {",
                    "if (false) {"),
            new Mistake(
                    "placeIsGivenBackTooLate",
                    Check.ROOM,
                    new Program("open release", "open", "terminate", "acquire"),
                    WRONG_RESULTS,
                    "SessionManager",
                    "places.decrementAndGet();\n        clearAway(session, reason);",
                    "clearAway(session, reason);\n        places.decrementAndGet();"),
            new Mistake(
                    "endedBeforeItCouldBeFound",
                    Check.NONE_HELD,
                    new Program("", "open", "advance advance", ""),
                    "sessions that can be found: 1 instead of 0",
                    "SessionManager",
                    "if (session.isEnded()) {\n            // A timeout",
                    "if (false) {\n            // A timeout"),
            new Mistake(
                    "openedInAClosedManager",
                    Check.ROOM_FOR_TWO,
                    new Program("", "open", "close", "open"),
                    "sessions live on in a closed manager",
                    "SessionManager",
                    "if (closed) {\n            if (session.end()) {",
                    "if (false) {\n            if (session.end()) {"));

    @TestFactory
    Stream<DynamicTest> aMistakeIsCaught() {
        return MISTAKES.stream().map(mistake -> DynamicTest.dynamicTest(mistake.name, mistake::isCaught));
    }

    /** It is the mistake that is caught, not the copying. */
    @Test
    void aCopyWithoutAMistakePasses() throws IOException {
        Check.ROOM.explore(Mutant.unchanged(), new Program("open release", "open", "terminate", "acquire"));
    }
}
