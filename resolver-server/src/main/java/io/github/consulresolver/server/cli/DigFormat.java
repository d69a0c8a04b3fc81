package io.github.consulresolver.server.cli;

import io.github.consulresolver.server.config.IpLiteral;
import java.util.Locale;
import java.util.stream.Collectors;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Record;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** A record as one line, in the columns in which {@code dig} prints it. */
final class DigFormat {

    private static final int TAB = 8;
    private static final int TTL_COLUMN = 24;
    private static final int CLASS_COLUMN = 32;
    private static final int TYPE_COLUMN = 40;
    private static final int DATA_COLUMN = 48;

    private DigFormat() {}

    static String line(Record data) {
        Columns line = new Columns();
        line.at(0, data.getName().toString());
        line.at(TTL_COLUMN, String.valueOf(data.getTTL()));
        line.at(CLASS_COLUMN, DClass.string(data.getDClass()));
        line.at(TYPE_COLUMN, Type.string(data.getType()));
        line.at(DATA_COLUMN, rdata(data));
        return line.text.toString();
    }

    /** As dig writes it; dnsjava writes IPv6 addresses in full, and texts without quotes. */
    private static String rdata(Record data) {
        if (data instanceof AAAARecord ipv6) {
            return IpLiteral.format(ipv6.getAddress());
        }
        if (data instanceof TXTRecord text) {
            return text.getStringsAsByteArrays().stream().map(DigFormat::quoted).collect(Collectors.joining(" "));
        }
        return data.rdataToString();
    }

    /** RFC 1035, section 5.1. */
    private static String quoted(byte[] text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (byte letter : text) {
            int code = letter & 0xFF;
            if (code < ' ' || code > '~') {
                quoted.append('\\').append(String.format(Locale.ROOT, "%03d", code));
            } else if (code == '"' || code == '\\') {
                quoted.append('\\').append((char) code);
            } else {
                quoted.append((char) code);
            }
        }
        return quoted.append('"').toString();
    }

    /** Moves on with tabs where a tab fits, and with one space where the column is passed already. */
    private static final class Columns {

        private final StringBuilder text = new StringBuilder();
        private int column;

        void at(int wanted, String word) {
            if (column > 0) {
                int target = Math.max(wanted, column + 1);
                int tabs = target / TAB - column / TAB;
                int spaces = tabs > 0 ? target % TAB : target - column;
                text.append("\t".repeat(tabs)).append(" ".repeat(spaces));
                column = target;
            }
            text.append(word);
            column += word.length();
        }
    }
}
