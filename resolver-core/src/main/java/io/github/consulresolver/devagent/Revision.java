package io.github.consulresolver.devagent;

/** The catalogue's index when an entry was made, and when it last changed. */
record Revision(long created, long modified) {
    static final Revision NONE = new Revision(0, 0);

    /** The revision of an entry that replaces one of this revision. */
    Revision changedAt(long index) {
        return new Revision(created == 0 ? index : created, index);
    }
}
