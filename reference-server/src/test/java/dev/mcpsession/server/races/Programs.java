package dev.mcpsession.server.races;

import java.util.List;

/** Small programs in each of which something races. */
final class Programs {

    /**
     * One session, which is idle for as long as time has stood still. What comes before, and the second thread, work
     * for one party; the first thread, and what comes after, for the other.
     */
    static final List<Program> ONE_SESSION = List.of(
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
            new Program("acquire", "expire", "release", "acquire"),
            new Program("acquire", "terminate", "release", "acquire"));

    /** The same, of a session that nothing holds. */
    static final List<Program> ONE_SESSION_NEVER_HELD = List.of(
            new Program("", "acquire", "expire", "acquire"),
            new Program("", "acquire", "terminate", "acquire"),
            new Program("", "advance", "advance", "acquire"),
            new Program("advance", "advance", "acquire", "acquire"),
            new Program("advance", "advance", "terminate", ""),
            new Program("advance", "advance", "expire", ""));

    /** Room for one session, and two parties who want it. */
    static final List<Program> ROOM_FOR_ONE = List.of(
            new Program("", "open", "open", "acquire"),
            new Program("", "open release", "open release", "acquire"),
            new Program("open", "open", "release", "acquire"),
            new Program("open", "open", "terminate", "acquire"),
            new Program("open release", "open", "open", "acquire"),
            new Program("open release", "open", "acquire", "acquire"),
            new Program("open release", "open", "acquire open", "acquire"),
            new Program("open release", "open", "terminate", "acquire"));

    /** Many sessions, up to the end of the manager. */
    static final List<Program> MANY_SESSIONS = List.of(
            new Program("", "open", "open", ""),
            new Program("", "open", "close", "open"),
            new Program("", "open", "advance advance", ""),
            new Program("open", "open", "open use", "open"),
            new Program("open", "close", "use", ""),
            new Program("open", "close", "terminate", ""),
            new Program("open advance", "advance", "use", "close"),
            new Program("open advance", "advance", "terminate", "close"),
            new Program("open advance", "advance", "close", ""));

    private Programs() {}
}
