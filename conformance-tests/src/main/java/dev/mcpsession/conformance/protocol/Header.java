package dev.mcpsession.conformance.protocol;

/** One header field of a request or reply, in the case that it was sent or received in. */
public record Header(String name, String value) {
    /** Whether it carries a bearer token. */
    public boolean isBearerToken() {
        return name.equalsIgnoreCase("Authorization") && value.regionMatches(true, 0, "Bearer ", 0, 7);
    }
}
