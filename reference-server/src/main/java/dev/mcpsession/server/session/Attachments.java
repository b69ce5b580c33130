package dev.mcpsession.server.session;

/** Writes what sessions are opened with as text, for stores that keep nothing else. */
public interface Attachments {

    /** Writes an attachment. */
    String write(Object attachment);

    /** Reads what {@link #write} has written, be it on another node. */
    Object read(String text);

    /** Brings an attachment up to date with what another node has saved. */
    void update(Object attachment, String text);
}
