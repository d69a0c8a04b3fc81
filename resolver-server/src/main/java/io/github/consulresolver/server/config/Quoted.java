package io.github.consulresolver.server.config;

/** What somebody wrote, made fit for one line of a message. */
final class Quoted {

    private static final int LONGEST = 80;

    private Quoted() {}

    /** The text without control characters, cut after 80 characters. */
    static String text(String written) {
        String oneLine = written.replaceAll("[\\p{Cntrl}\\p{Zl}\\p{Zp}]", "?");
        return oneLine.length() <= LONGEST ? oneLine : oneLine.substring(0, LONGEST) + "...";
    }
}
