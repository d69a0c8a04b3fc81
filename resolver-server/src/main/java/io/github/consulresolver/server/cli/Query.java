package io.github.consulresolver.server.cli;

import io.github.consulresolver.server.config.ConfigException;
import io.github.consulresolver.server.config.HostPort;
import io.github.consulresolver.server.config.Quantity;
import io.github.consulresolver.server.config.Suggestion;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.xbill.DNS.DClass;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** One question to one server, and what is made of the answer. */
final class Query {

    private static final int FOUND = 0;
    private static final int DOES_NOT_EXIST = 1;
    private static final int COULD_NOT_FIND_OUT = 2;

    private final Record question;
    private final InetSocketAddress server;
    private final Duration timeout;
    private final boolean tcp;
    private final boolean additional;

    private Query(Record question, InetSocketAddress server, Duration timeout, boolean tcp, boolean additional) {
        this.question = question;
        this.server = server;
        this.timeout = timeout;
        this.tcp = tcp;
        this.additional = additional;
    }

    static Query of(String name, String type, String server, String timeout, boolean tcp, boolean additional)
            throws ConfigException {
        return new Query(
                Record.newRecord(name(name), type(type), DClass.IN),
                flag("--server", () -> HostPort.remote(server, 53)),
                flag("--timeout", () -> Quantity.duration(timeout, Duration.ofMillis(1), Duration.ofMinutes(1))),
                tcp,
                additional);
    }

    /** Asks, prints the records to {@code out} and what went wrong to {@code err}, and returns the exit code. */
    int run(PrintWriter out, PrintWriter err) {
        Message reply;
        try {
            reply = new DnsClient(server, timeout).ask(question, tcp);
        } catch (IOException e) {
            err.println("consul-resolver: " + why(e));
            return COULD_NOT_FIND_OUT;
        }
        int rcode = reply.getRcode();
        if (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN) {
            err.println("consul-resolver: " + HostPort.format(server) + " answered " + Rcode.string(rcode) + " for "
                    + question.getName() + extendedError(reply));
            return COULD_NOT_FIND_OUT;
        }
        List<Record> answer = reply.getSection(Section.ANSWER);
        answer.forEach(answered -> out.println(DigFormat.line(answered)));
        if (additional) {
            reply.getSection(Section.ADDITIONAL).stream()
                    .filter(other -> other.getType() != Type.OPT)
                    .forEach(other -> out.println(DigFormat.line(other)));
        }
        out.flush();
        if (rcode == Rcode.NXDOMAIN) {
            err.println("consul-resolver: " + question.getName() + " does not exist (NXDOMAIN)");
            return DOES_NOT_EXIST;
        }
        if (answer.stream().noneMatch(this::isAskedFor)) {
            err.println("consul-resolver: " + question.getName() + " has no " + Type.string(question.getType())
                    + " records (NODATA)");
            return DOES_NOT_EXIST;
        }
        return FOUND;
    }

    private boolean isAskedFor(Record answered) {
        return question.getType() == Type.ANY || answered.getType() == question.getType();
    }

    private String why(IOException failure) {
        String where = HostPort.format(server);
        if (failure instanceof SocketTimeoutException) {
            return where + " did not answer within " + Quantity.format(timeout);
        }
        if (failure instanceof PortUnreachableException || failure instanceof ConnectException) {
            return "nothing listens at " + where + " (connection refused)";
        }
        return where + " could not be asked: " + failure.getMessage();
    }

    private static String extendedError(Message reply) {
        OPTRecord opt = reply.getOPT();
        if (opt == null) {
            return "";
        }
        StringBuilder errors = new StringBuilder();
        for (EDNSOption option : opt.getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR)) {
            if (option instanceof ExtendedErrorCodeOption error) {
                errors.append(" (").append(ExtendedErrorCodeOption.text(error.getErrorCode()));
                if (error.getText() != null && !error.getText().isEmpty()) {
                    errors.append(": ").append(error.getText().replaceAll("\\p{Cntrl}", "?"));
                }
                errors.append(')');
            }
        }
        return errors.toString();
    }

    private static Name name(String text) throws ConfigException {
        try {
            return Name.fromString(text, Name.root);
        } catch (TextParseException e) {
            throw new ConfigException("expected a domain name; found " + e.getMessage());
        }
    }

    private static <T> T flag(String flag, Parsed<T> value) throws ConfigException {
        try {
            return value.get();
        } catch (ConfigException e) {
            throw e.at(flag);
        }
    }

    private static int type(String mnemonic) throws ConfigException {
        int type = Type.value(mnemonic.toUpperCase(Locale.ROOT), false);
        if (type == Type.ANY || type > 0 && type <= 0xFFFF && Type.isRR(type)) {
            return type;
        }
        List<String> known = IntStream.rangeClosed(1, 300)
                .filter(Type::isRR)
                .mapToObj(Type::string)
                .filter(word -> !word.startsWith("TYPE"))
                .toList();
        String meant = Suggestion.nearest(mnemonic, known)
                .map(nearest -> ", did you mean " + nearest + "?")
                .orElse("; common are A, AAAA, SRV, TXT, PTR, CNAME and SOA");
        throw new ConfigException("unknown record type \"" + mnemonic.replaceAll("\\p{Cntrl}", "?") + "\"" + meant);
    }

    @FunctionalInterface
    private interface Parsed<T> {
        T get() throws ConfigException;
    }
}
