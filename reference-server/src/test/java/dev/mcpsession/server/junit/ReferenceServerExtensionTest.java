package dev.mcpsession.server.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.server.session.ManualClock;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How long the server of the extension lives. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReferenceServerExtensionTest {

    @RegisterExtension
    static final ReferenceServerExtension SHARED = ReferenceServerExtension.withDefaults();

    @RegisterExtension
    final ReferenceServerExtension own = ReferenceServerExtension.with(options -> options.path("/own"));

    private static final Set<URI> SEEN_OWN = new HashSet<>();
    private static final Set<URI> SEEN_SHARED = new HashSet<>();
    private static String session;

    @Test
    @Order(1)
    void firstTest() throws Exception {
        session = new RecoveringClient(SHARED.uri()).session();
        SHARED.server().answerNext(503);
        see();
    }

    @Test
    @Order(2)
    void secondTestHasAServerOfItsOwnAndTheSharedOne() throws Exception {
        see();
        assertTrue(SHARED.server().sessions().find(session) != null);
        // The plan of the first test is not for this one.
        new RecoveringClient(SHARED.uri()).ping();
        assertEquals("/own", own.uri().getPath());
        assertTrue(own.server().sessions().options().clock() instanceof ManualClock);
    }

    private void see() {
        SEEN_OWN.add(own.uri());
        SEEN_SHARED.add(SHARED.uri());
        assertEquals(1, SEEN_SHARED.size());
        assertNotEquals(own.server(), SHARED.server());
        assertEquals(0, own.server().sessions().counts().opened());
    }

    @Nested
    @Order(3)
    class InNestedClass {

        @Test
        void sharesTheServerOfTheClassAround() throws Exception {
            see();
            assertTrue(SHARED.server().sessions().find(session) != null);
        }
    }

    @Test
    void runsOnlyDuringTests() {
        var unused = ReferenceServerExtension.withDefaults();
        assertThrows(IllegalStateException.class, unused::uri);
        assertThrows(IllegalStateException.class, () -> unused.pass(Duration.ZERO));
    }

    @Test
    @Order(4)
    void serversOfEarlierTestsAreGone() {
        for (var uri : SEEN_OWN) {
            if (!uri.equals(own.uri())) {
                assertThrows(IOException.class, () -> new RecoveringClient(uri));
            }
        }
        assertFalse(SEEN_OWN.isEmpty());
    }
}
