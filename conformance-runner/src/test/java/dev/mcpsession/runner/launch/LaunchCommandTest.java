package dev.mcpsession.runner.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mcpsession.conformance.target.LaunchSettings;
import dev.mcpsession.conformance.target.LaunchSettings.IdleTimeoutSetting;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LaunchCommandTest {
    private static final LaunchSettings TIMED = LaunchSettings.withIdleTimeout(IdleTimeoutSetting.ofMillis(1500));
    private static final LaunchSettings NONE = LaunchSettings.withoutIdleTimeout();
    private static final LaunchSettings STATELESS = new LaunchSettings(Optional.empty(), true);

    private static List<String> words(String command, LaunchSettings settings) {
        return LaunchCommand.parse(command).words(4711, 1, settings);
    }

    @Test
    void fillsInWhatIsAskedForAnywhereInAWord() {
        assertEquals(
                List.of("run", "-p", "4711", "a=1500ms", "b=1.5", "false", "{other}"),
                words("run -p {port} a={idleTimeoutMs}ms b={idleTimeoutSeconds} '{stateless}' {other}", TIMED));
    }

    @Test
    void leavesNothingInPlaceOfAnAbsentTimeout() {
        assertEquals(List.of("run", "", "a="), words("run {idleTimeoutMs} a={idleTimeoutSeconds}", NONE));
        assertTrue(LaunchCommand.parse("run {idleTimeoutMs}").hasHole(NONE));
        assertFalse(LaunchCommand.parse("run {idleTimeoutMs}").hasHole(TIMED));
    }

    @Test
    void leavesOutWordsInBracketsThatLackAValue() {
        var command = "run [--idle-timeout {idleTimeoutMs}ms] --port {port} [--stateless{?stateless}]";
        assertEquals(List.of("run", "--idle-timeout", "1500ms", "--port", "4711"), words(command, TIMED));
        assertEquals(List.of("run", "--port", "4711"), words(command, NONE));
        assertEquals(List.of("run", "--port", "4711", "--stateless"), words(command, STATELESS));
        assertFalse(LaunchCommand.parse(command).hasHole(NONE));
    }

    @Test
    void keepsOtherBrackets() {
        assertEquals(
                List.of("run", "[x]", "http://[::1]:4711/", "[", "a", "]", "[4711]"),
                words("run [x] http://[::1]:{port}/ [ a ] '[{port}]'", NONE));
    }

    @Test
    void passesOnWhatIsNoNumber() {
        var settings = LaunchSettings.withIdleTimeout(IdleTimeoutSetting.verbatim("a b"));
        assertEquals(List.of("run", "a b", "a b"), words("run {idleTimeoutMs} {idleTimeoutSeconds}", settings));
        assertEquals(
                Optional.of("a b"), LaunchCommand.environment(1, 1, settings).get("MCP_IDLE_TIMEOUT_MS"));
    }

    @Test
    void setsTheSameInTheEnvironment() {
        assertEquals(
                "{MCP_PORT=Optional[1], MCP_NODE=Optional[1], MCP_IDLE_TIMEOUT_MS=Optional[1500], "
                        + "MCP_IDLE_TIMEOUT_SECONDS=Optional[1.5], MCP_STATELESS=Optional[false]}",
                LaunchCommand.environment(1, 1, TIMED).toString());
        assertEquals(
                Optional.empty(), LaunchCommand.environment(1, 1, STATELESS).get("MCP_IDLE_TIMEOUT_MS"));
    }

    @Test
    void refusesAnEmptyOne() {
        assertThrows(IllegalArgumentException.class, () -> LaunchCommand.parse("  "));
    }
}
