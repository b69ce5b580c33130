package dev.mcpsession.server.bench;

import dev.mcpsession.server.session.Attachments;

/** Attachments that are texts. */
enum PlainAttachments implements Attachments {
    INSTANCE;

    @Override
    public String write(Object attachment) {
        return (String) attachment;
    }

    @Override
    public Object read(String text) {
        return text;
    }

    @Override
    public void update(Object attachment, String text) {
        // There is nothing that could change.
    }
}
