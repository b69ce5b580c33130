package dev.mcpsession.server.protocol;

import tools.jackson.databind.JsonNode;

/**
 * The ids of requests. JSON has one type of number: {@code 7}, {@code 7.0} and {@code 70e-1} are the same id,
 * whatever a client's library makes of it.
 */
public final class Ids {

    /** The longest string, and the most digits of a number, that a client may choose as an id. */
    static final int MAX_LENGTH = 1_000;

    private Ids() {}

    /** Returns whether a value may be an id, apart from its length: a string, or a number without a fraction. */
    static boolean hasForm(JsonNode value) {
        return value.isString() || isInteger(value);
    }

    /** Returns whether an id is longer than this server takes; it is sent back in every message about the request. */
    static boolean isTooLong(JsonNode id) {
        return id.isString() && id.stringValue().length() > MAX_LENGTH;
    }

    /** Returns whether a value is a number without a fraction, and of a size that can be written down. */
    static boolean isInteger(JsonNode value) {
        if (value.isIntegralNumber()) {
            return true;
        }
        if (!value.isNumber()) {
            return false;
        }
        var number = value.decimalValue();
        // Before anything is done with it: a short text such as 1e999999999 may stand for a gigabyte of digits.
        return number.precision() - (long) number.scale() <= MAX_LENGTH
                && number.stripTrailingZeros().scale() <= 0;
    }

    /** Returns whether two ids are the same. */
    public static boolean same(JsonNode one, JsonNode other) {
        return one.equals(other)
                || isInteger(one) && isInteger(other) && one.decimalValue().compareTo(other.decimalValue()) == 0;
    }
}
