package dev.mcpsession.server.races;

import dev.mcpsession.server.session.IdlePolicy;

/** The programs' operations, each on a session manager that is set up for them. */
public final class Managers {

    private Managers() {}

    /** One session, which open exchanges hold. */
    public static final class Held extends OneSession {

        public Held() {
            super(new ManagerSubject(IdlePolicy.OPEN_EXCHANGES, 0));
        }
    }

    /** One session, which nothing holds. */
    public static final class NotHeld extends OneSession {

        public NotHeld() {
            super(new ManagerSubject(IdlePolicy.ARRIVAL, 0));
        }
    }

    /** Room for one session. */
    public static final class Room extends RoomForOne {

        public Room() {
            super(new ManagerSubject(IdlePolicy.OPEN_EXCHANGES, 1));
        }
    }

    /** Many sessions, of which two can live at once. */
    public static final class RoomForTwo extends ManySessions {

        public RoomForTwo() {
            super(new ManagerSubject(IdlePolicy.OPEN_EXCHANGES, 2), 2);
        }
    }

    /** Many sessions, which nothing holds. */
    public static final class NoneHeld extends ManySessions {

        public NoneHeld() {
            super(new ManagerSubject(IdlePolicy.ARRIVAL, 0), 0);
        }
    }
}
