package dev.mcpsession.server.http;

import static java.util.regex.Pattern.CASE_INSENSITIVE;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Reads the header fields that name media types. */
final class MediaTypes {

    private static final Pattern ZERO_QUALITY = Pattern.compile("q\\s*=\\s*0(\\.0{0,3})?", CASE_INSENSITIVE);

    private MediaTypes() {
    }

    /** Returns whether a Content-Type names the given type, whatever its parameters. */
    static boolean names(String contentType, String type) {
        return contentType != null && essence(contentType).equals(type);
    }

    /**
     * Returns whether the values of the Accept field cover the given type, be it by a wildcard. No field at all covers
     * nothing here: every revision obliges the client to send one.
     */
    static boolean accepts(List<String> accept, String type) {
        if (accept == null) {
            return false;
        }
        var anyOfKind = type.substring(0, type.indexOf('/')) + "/*";
        for (var line : accept) {
            for (var range : line.split(",")) {
                var essence = essence(range);
                if ((essence.equals(type) || essence.equals(anyOfKind) || essence.equals("*/*")) && !isRefused(range)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String essence(String value) {
        int end = value.indexOf(';');
        return (end < 0 ? value : value.substring(0, end)).trim().toLowerCase(Locale.ROOT);
    }

    /** A quality of zero means "not this one". */
    private static boolean isRefused(String range) {
        if (range.indexOf(';') < 0) {
            return false;
        }
        for (var parameter : range.split(";")) {
            if (ZERO_QUALITY.matcher(parameter.trim()).matches()) {
                return true;
            }
        }
        return false;
    }
}
