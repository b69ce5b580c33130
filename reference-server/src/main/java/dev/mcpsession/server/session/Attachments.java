package dev.mcpsession.server.session;

import org.jspecify.annotations.Nullable;

/** Writes what sessions are opened with as text, for stores that keep nothing else. */
public interface Attachments {

    /** Writes an attachment; null is that of a session that was opened without any. */
    String write(@Nullable Object attachment);

    /** Reads what {@link #write} has written, be it on another node. */
    @Nullable
    Object read(String text);

    /** Brings an attachment up to date with what another node has saved. */
    void update(@Nullable Object attachment, String text);
}
