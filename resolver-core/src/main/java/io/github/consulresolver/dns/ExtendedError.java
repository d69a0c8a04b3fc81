package io.github.consulresolver.dns;

/** Why there is no answer, or not the one there should be, for people who look at a failure with {@code dig} (RFC 8914). */
public enum ExtendedError {
    /** We have as many questions under way as we may; no code says that, so it is said in words. */
    OVERLOADED(0, "too many questions under way"),
    /** The answer is past its time, because no newer one can be had (RFC 8767). */
    STALE_ANSWER(3),
    /** It failed a moment ago, and was not tried again (RFC 9520). */
    CACHED_ERROR(13),
    /** Who asks may not. */
    PROHIBITED(18),
    /** The operation or the class is none we have. */
    NOT_SUPPORTED(21),
    /** Nobody who knows could be asked, or could say: time-outs, nothing listens, failures all round. */
    NO_REACHABLE_AUTHORITY(22),
    /** What came back was broken off, or could not be used. */
    NETWORK_ERROR(23);

    private final int code;
    private final String text;

    ExtendedError(int code) {
        this(code, "");
    }

    ExtendedError(int code, String text) {
        this.code = code;
        this.text = text;
    }

    /** Its number in IANA's registry, 0 to 65,535. */
    public int code() {
        return code;
    }

    /** What there is to say in words, in ASCII; empty where the code says it all. */
    public String text() {
        return text;
    }
}
