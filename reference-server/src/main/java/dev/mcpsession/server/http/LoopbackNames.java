package dev.mcpsession.server.http;

import java.util.Locale;
import java.util.regex.Pattern;

/** Tells names of the loopback interface by how they are written; never asks the DNS, which an attacker may answer. */
final class LoopbackNames {

    private static final Pattern IPV4 = Pattern.compile("127(\\.\\d{1,3}){3}");

    private LoopbackNames() {}

    /** Returns whether the host, without a port, is a name of the loopback interface. */
    static boolean contains(String host) {
        if (host.equals("127.0.0.1")) {
            // The common names.
            return true;
        }
        var name = host.toLowerCase(Locale.ROOT);
        if (name.startsWith("[") && name.endsWith("]")) {
            name = name.substring(1, name.length() - 1);
        }
        return name.equals("localhost")
                || name.equals("::1")
                || name.equals("0:0:0:0:0:0:0:1")
                || IPV4.matcher(name).matches();
    }
}
