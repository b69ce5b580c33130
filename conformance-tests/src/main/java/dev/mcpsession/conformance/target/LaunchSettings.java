package dev.mcpsession.conformance.target;

import java.math.BigDecimal;
import java.util.Optional;

/**
 * How a server is to be started.
 *
 * @param idleTimeout the timeout, which may be one that the server ought to refuse; none: sessions never expire
 * @param stateless whether the server is to keep no sessions
 */
public record LaunchSettings(Optional<IdleTimeoutSetting> idleTimeout, boolean stateless) {

    /** An idle timeout as text, in both units that servers take; the texts may be no valid numbers. */
    public record IdleTimeoutSetting(String milliseconds, String seconds) {
        /** A number of milliseconds; the seconds are written without a fraction where they have none. */
        public static IdleTimeoutSetting ofMillis(long millis) {
            return new IdleTimeoutSetting(
                    String.valueOf(millis),
                    BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString());
        }

        /** A text that is passed on as it is, in both units. */
        public static IdleTimeoutSetting verbatim(String text) {
            return new IdleTimeoutSetting(text, text);
        }
    }

    public static LaunchSettings withIdleTimeout(IdleTimeoutSetting setting) {
        return new LaunchSettings(Optional.of(setting), false);
    }

    public static LaunchSettings withoutIdleTimeout() {
        return new LaunchSettings(Optional.empty(), false);
    }
}
