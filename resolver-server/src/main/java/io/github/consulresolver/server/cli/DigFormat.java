package io.github.consulresolver.server.cli;

import org.xbill.DNS.DClass;
import org.xbill.DNS.Record;
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
        line.at(DATA_COLUMN, data.rdataToString());
        return line.text.toString();
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
