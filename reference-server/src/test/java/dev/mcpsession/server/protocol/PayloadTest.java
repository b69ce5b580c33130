package dev.mcpsession.server.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadTest {
    /** Found by the fuzzer. */
    @ParameterizedTest
    @ValueSource(strings = {"12e777777777777777777", "1e-99999999999999", "1e-2147483649"})
    void refusesNumbersThatCannotBeHeld(String number) {
        var body = "{\"jsonrpc\":\"2.0\",\"id\":" + number + ",\"method\":\"ping\"}";
        var refused = assertThrows(
                RpcException.class, () -> Payload.parse(body.getBytes(StandardCharsets.UTF_8)), "it was read");
        assertEquals("Parse error: the body is not JSON", refused.getMessage());
    }
}
