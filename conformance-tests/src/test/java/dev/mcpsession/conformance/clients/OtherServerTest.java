package dev.mcpsession.conformance.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Addresses in what clients print. */
class OtherServerTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "curl: (7) Failed to connect to localhost port 8123 after 0 ms|localhost port 8123",
                "Error: connect ECONNREFUSED 127.0.0.1:8000|127.0.0.1:8000",
                "dial tcp [::1]:8000: connect: connection refused|[::1]:8000",
                "connecting to http://127.0.0.1:4000/mcp, then http://localhost:4001/mcp|http://localhost:4001",
                "http://localhost/mcp did not answer|http://localhost",
                "connecting to http://127.0.0.1:4000/mcp|''",
                "see https://developer.mozilla.org/docs or http://[fe80::1]:80/|''",
                "at 12:30:45 it was over|''",
                "'127.0.0.1:400000 is no port'|''",
            })
    void named(String output, String expected) {
        assertEquals(
                expected,
                OtherServer.namedIn(output, URI.create("http://127.0.0.1:4000/mcp"))
                        .orElse(""));
    }
}
