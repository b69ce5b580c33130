package dev.mcpsession.server.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * The latest events of a session, one after the other in one array: keeping one more makes no object and leaves the
 * garbage collector nothing to look after, which matters since every answer is kept. Not safe for use by many threads.
 */
final class EventRing {

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Before the bytes of each event: their count, the number of the stream, the number of the event. */
    private static final int HEAD = 16;

    private static final int MIN_ARRAY = 512;

    /** An event. */
    record Event(long number, byte[] bytes) {}

    private byte[] array = new byte[0];
    /** Where the oldest event begins. */
    private int first;
    /** Where the next event is to begin. */
    private int next;
    /** Where the events end that begin at {@code first}, if others follow from the beginning of the array; else 0. */
    private int turn;

    private int count;
    private int bytes;

    /** Returns how many events there are. */
    int count() {
        return count;
    }

    /** Returns how many bytes all events have; the array takes some times as much at most. */
    int bytes() {
        return bytes;
    }

    /**
     * Adds an event.
     *
     * @param event its bytes, from an offset to the end
     */
    void add(int stream, long number, byte[] event, int from) {
        int length = event.length - from;
        int at = placeFor(HEAD + length);
        INT.set(array, at, length);
        INT.set(array, at + 4, stream);
        LONG.set(array, at + 8, number);
        System.arraycopy(event, from, array, at + HEAD, length);
        next = at + HEAD + length;
        count++;
        bytes += length;
    }

    private int placeFor(int size) {
        if (turn == 0 && size > array.length - next && size <= first) {
            turn = next;
            return 0;
        }
        int end = turn == 0 ? array.length : first;
        if (size > end - next) {
            long wanted = 2L * (used() + size);
            resize((int) Math.min(Integer.MAX_VALUE - 8, Math.max(MIN_ARRAY, wanted)));
        }
        return next;
    }

    private int used() {
        return bytes + HEAD * count;
    }

    private void resize(int length) {
        var larger = new byte[length];
        int until = turn == 0 ? next : turn;
        System.arraycopy(array, first, larger, 0, until - first);
        if (turn != 0) {
            System.arraycopy(array, 0, larger, until - first, next);
        }
        array = larger;
        first = 0;
        next = used();
        turn = 0;
    }

    /** Removes the oldest event, of which there must be one; returns the number of its stream. */
    int removeOldest() {
        int length = (int) INT.get(array, first);
        int stream = (int) INT.get(array, first + 4);
        first += HEAD + length;
        count--;
        bytes -= length;
        if (count == 0) {
            first = 0;
            next = 0;
            turn = 0;
        } else if (first == turn) {
            first = 0;
            turn = 0;
        }
        if (array.length > 8 * Math.max(MIN_ARRAY, used())) {
            resize(2 * Math.max(MIN_ARRAY, used()));
        }
        return stream;
    }

    /** Returns the events of a stream, in their order. */
    List<Event> of(int stream) {
        var found = new ArrayList<Event>();
        int at = first;
        for (int i = 0; i < count; i++) {
            if (at == turn && turn != 0) {
                at = 0;
            }
            int length = (int) INT.get(array, at);
            if ((int) INT.get(array, at + 4) == stream) {
                var copy = new byte[length];
                System.arraycopy(array, at + HEAD, copy, 0, length);
                found.add(new Event((long) LONG.get(array, at + 8), copy));
            }
            at += HEAD + length;
        }
        return found;
    }

    /** Removes all events, and lets go of their memory. */
    void clear() {
        array = new byte[0];
        first = 0;
        next = 0;
        turn = 0;
        count = 0;
        bytes = 0;
    }
}
