package dev.mcpsession.server.session;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class LocalSessionsTest {

    private static final Attachments NEVER_READ = new Attachments() {
        @Override
        public String write(Object attachment) {
            throw new AssertionError();
        }

        @Override
        public Object read(String text) {
            throw new AssertionError("read: " + text);
        }

        @Override
        public void update(Object attachment, String text) {
            throw new AssertionError();
        }
    };

    @Test
    void aSessionThatWasOpenedWithoutAnAttachmentHasNone() {
        var local = new LocalSessions(NEVER_READ);
        local.ask("id");
        var session = local.opened("id", null, null, true);
        assertNotNull(session);
        assertNull(session.attachment());
    }
}
