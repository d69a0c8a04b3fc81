package io.github.consulresolver.discovery;

import io.github.consulresolver.dns.DomainName;
import java.util.Locale;
import java.util.Objects;

/** Checks the parts of a name for what DNS or Consul cannot carry, and says what it was. */
final class Labels {
    private static final int MAX_LABEL = 63;

    /** Consul compares what is asked for in text form, where DNS writes these with a backslash: it never finds them. */
    private static final String NEVER_FOUND = "\"\\'();@";

    private Labels() {}

    /** A single label, in lower case. */
    static String one(String what, String text) {
        Objects.requireNonNull(text, what);
        if (text.indexOf('.') >= 0) {
            throw new IllegalArgumentException(what + " " + quoted(text)
                    + ": Consul's DNS finds none with a dot in its name, which it takes for the end of a label");
        }
        check(what, text, text);
        return text.toLowerCase(Locale.ROOT);
    }

    /** One or more labels with dots between them, in lower case. */
    static String several(String what, String text) {
        Objects.requireNonNull(text, what);
        for (String part : text.split("\\.", -1)) {
            check(what, text, part);
        }
        return text.toLowerCase(Locale.ROOT);
    }

    /** A label that may stand behind the kind of a name, in lower case: Consul reads names from the right. */
    static String place(String what, String text) {
        String label = one(what, text);
        if (NameKind.isReserved(label)) {
            throw new IllegalArgumentException(
                    what + " \"" + text + "\": in a DNS name Consul takes this for the kind of the name");
        }
        if (label.startsWith("_")) {
            throw new IllegalArgumentException(
                    what + " \"" + text + "\": in a DNS name Consul takes a '_' for the beginning of an RFC 2782 name");
        }
        return label;
    }

    /** Refuses a name that is longer than DNS carries (RFC 1035 section 2.3.4). */
    static void checkWhole(String name) {
        DomainName.of(name);
    }

    static String withoutLastDot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static void check(String what, String whole, String label) {
        if (label.isEmpty()) {
            throw new IllegalArgumentException(
                    what + " " + quoted(whole) + (whole.isEmpty() ? " is empty" : " has an empty label"));
        }
        for (int i = 0; i < label.length(); i++) {
            char c = label.charAt(i);
            if (c <= ' ' || c > '~' || NEVER_FOUND.indexOf(c) >= 0) {
                throw new IllegalArgumentException(what + " " + quoted(whole)
                        + ": Consul finds nothing by a DNS name with '" + printable(String.valueOf(c)) + "' in it");
            }
        }
        checkLength(what, whole, label);
    }

    static void checkLength(String what, String whole, String label) {
        if (label.length() > MAX_LABEL) {
            throw new IllegalArgumentException(
                    what + " \"" + whole + "\": " + label.length() + " bytes between dots, DNS carries " + MAX_LABEL);
        }
    }

    /** A text in quotes, with nothing in it that could break a line of a log. */
    static String quoted(String text) {
        return "\"" + printable(text) + "\"";
    }

    private static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        text.chars().forEach(c -> printable.append(Character.isISOControl(c) ? String.format("\\u%04x", c) : (char) c));
        return printable.toString();
    }
}
