package dev.mcpsession.server.http;

import static java.util.regex.Pattern.CASE_INSENSITIVE;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the header fields that name media types. */
final class MediaTypes {

    private static final Pattern ZERO_QUALITY = Pattern.compile("q\\s*=\\s*0(\\.0{0,3})?", CASE_INSENSITIVE);

    private MediaTypes() {}

    /** Returns whether a Content-Type names the given type, whatever its parameters. */
    static boolean names(@Nullable String contentType, String type) {
        return contentType != null && essence(contentType).equals(type);
    }

    /**
     * Returns whether the values of the Accept field cover the given type, be it by a wildcard. No field at all covers
     * nothing here: every revision obliges the client to send one.
     */
    static boolean accepts(@Nullable List<String> accept, String type) {
        if (accept == null) {
            return false;
        }
        for (var line : accept) {
            for (int begin = 0, end; begin <= line.length(); begin = end + 1) {
                end = endOf(line, begin);
                if (covers(line, begin, end, type)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static int endOf(String line, int begin) {
        int comma = line.indexOf(',', begin);
        return comma < 0 ? line.length() : comma;
    }

    /** Every request comes by here, so this makes no strings. */
    private static boolean covers(String line, int begin, int end, String type) {
        int semicolon = line.indexOf(';', begin);
        boolean parameters = semicolon >= 0 && semicolon < end;
        int from = begin;
        int to = parameters ? semicolon : end;
        while (from < to && line.charAt(from) <= ' ') {
            from++;
        }
        while (from < to && line.charAt(to - 1) <= ' ') {
            to--;
        }
        int kind = type.indexOf('/') + 1;
        boolean named = is(line, from, to, type)
                || to - from == kind + 1 && line.regionMatches(true, from, type, 0, kind) && line.charAt(to - 1) == '*'
                || is(line, from, to, "*/*");
        return named && !(parameters && isRefused(line.substring(begin, end)));
    }

    private static boolean is(String line, int from, int to, String type) {
        return to - from == type.length() && line.regionMatches(true, from, type, 0, type.length());
    }

    private static String essence(String value) {
        int end = value.indexOf(';');
        return (end < 0 ? value : value.substring(0, end)).trim().toLowerCase(Locale.ROOT);
    }

    /** A quality of zero means "not this one". */
    private static boolean isRefused(String range) {
        for (var parameter : range.split(";")) {
            if (ZERO_QUALITY.matcher(parameter.trim()).matches()) {
                return true;
            }
        }
        return false;
    }
}
