package dev.mcpsession.server.fuzz;

import java.nio.charset.StandardCharsets;

/**
 * Something to send to a server.
 *
 * @param kind what was meant by it, for reports
 * @param bytes what is sent
 * @param framed whether it is one request, of which it is plain where it ends: then it must be answered, and the
 *        connection may serve again. Else it must be answered or the connection closed, once no more is to come
 * @param head whether the request's method is HEAD: then the answer has no body, whatever its head says
 * @param lingers whether the answer may rightly take its time, or be a stream without an end
 */
record Input(String kind, byte[] bytes, boolean framed, boolean head, boolean lingers) {

    @Override
    public String toString() {
        var text = new StringBuilder(kind).append(": ");
        var latin = new String(bytes, StandardCharsets.ISO_8859_1);
        for (int i = 0; i < Math.min(latin.length(), 2_000); i++) {
            char c = latin.charAt(i);
            switch (c) {
                case '\r' -> text.append("\\r");
                case '\n' -> text.append("\\n\n    ");
                default -> text.append(c < ' ' || c > '~' ? String.format("\\x%02x", (int) c) : String.valueOf(c));
            }
        }
        return latin.length() > 2_000 ? text + " … (" + latin.length() + " bytes)" : text.toString();
    }
}
