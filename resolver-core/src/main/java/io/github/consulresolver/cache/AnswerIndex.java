package io.github.consulresolver.cache;

import io.github.consulresolver.dns.Question;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds entries by question, made for those who only look: a hash table whose slots lie one beside the other, the hash of each slot's
 * question in one array and its entry in another. A look-up reads the hashes from the question's own place on until one is equal or a slot is
 * free, most often the first, and goes from there to the entry; nothing is locked or written.
 *
 * <p>An entry never moves within a table. A slot whose entry is gone stays in use until the slot behind it is free, or until a new table is
 * made, which readers see when it is whole. So whatever they do at the same time, readers find what is there, and writers need only keep
 * apart from each other.
 *
 * <p>Thread-safe.
 */
final class AnswerIndex {
    /** Nothing was ever here, and nothing equal stands behind. */
    private static final int FREE = 0;

    /** Something was here; look on. */
    private static final int GONE = 1;

    private static final int SMALLEST = 1024;

    private static final VarHandle HASHES = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle ENTRIES = MethodHandles.arrayElementVarHandle(Entry[].class);

    private volatile Table table = new Table(SMALLEST);
    private int size;

    private static final class Table {
        final int[] hashes;
        final @Nullable Entry[] entries;
        final int mask;
        int used;

        /** @param slots a power of two */
        Table(int slots) {
            hashes = new int[slots];
            entries = new Entry[slots];
            mask = slots - 1;
        }

        boolean isFull() {
            return used >= (mask + 1) / 4 * 3;
        }

        int hash(int slot) {
            return (int) HASHES.getOpaque(hashes, slot);
        }

        @Nullable
        Entry entry(int slot) {
            return (Entry) ENTRIES.getAcquire(entries, slot);
        }

        /** The entry first: whoever sees the hash shall find it. */
        void set(int slot, int hash, @Nullable Entry entry) {
            ENTRIES.setRelease(entries, slot, entry);
            HASHES.setRelease(hashes, slot, hash);
        }

        /** Where the entry of {@code question} is; -1 when there is none. */
        int find(Question question) {
            int hash = stored(question.hashCode());
            int slot = hash & mask;
            for (int there = hash(slot); there != FREE; there = hash(slot)) {
                Entry entry = there == hash ? entry(slot) : null;
                if (entry != null && entry.question().equals(question)) {
                    return slot;
                }
                slot = slot + 1 & mask;
            }
            return -1;
        }

        /** Adds an entry, of whose question there is none. */
        void add(int hash, @Nullable Entry entry) {
            int slot = hash & mask;
            while (hashes[slot] != FREE && hashes[slot] != GONE) {
                slot = slot + 1 & mask;
            }
            used += hashes[slot] == FREE ? 1 : 0;
            set(slot, hash, entry);
        }

        /** Empties a slot, and frees it where nothing in use stands behind it: then those before it that are gone, too. */
        void clear(int slot) {
            set(slot, GONE, null);
            int last = slot;
            while (hashes[last] == GONE && hashes[last + 1 & mask] == FREE) {
                HASHES.setRelease(hashes, last, FREE);
                used--;
                last = last - 1 & mask;
            }
        }
    }

    /** A hash as a slot has it: two numbers mean something else. */
    private static int stored(int hash) {
        return hash == FREE || hash == GONE ? hash + 2 : hash;
    }

    /**
     * The entry of the question in wire form at {@code offset}, asked by anybody; null when there is none.
     *
     * @param hash of the question, as {@link Question#hash} computes it
     */
    @Nullable
    Entry find(ByteBuffer buffer, int offset, int length, int flags, int hash) {
        Table now = table;
        int wanted = stored(hash);
        int slot = wanted & now.mask;
        for (int there = now.hash(slot); there != FREE; there = now.hash(slot)) {
            Entry entry = there == wanted ? now.entry(slot) : null;
            if (entry != null && entry.question().matches(buffer, offset, length, flags)) {
                return entry;
            }
            slot = slot + 1 & now.mask;
        }
        return null;
    }

    /** An entry whose question has this hash, most likely the one that {@link #find} will find; null when there is none. */
    @Nullable
    Entry likely(int hash) {
        Table now = table;
        int wanted = stored(hash);
        int slot = wanted & now.mask;
        for (int there = now.hash(slot); there != FREE; there = now.hash(slot)) {
            if (there == wanted) {
                return now.entry(slot);
            }
            slot = slot + 1 & now.mask;
        }
        return null;
    }

    /** The entry of {@code question}; null when there is none. */
    @Nullable
    Entry find(Question question) {
        Table now = table;
        int slot = now.find(question);
        // What was found there may have gone in between.
        Entry entry = slot < 0 ? null : now.entry(slot);
        return entry != null && entry.question().equals(question) ? entry : null;
    }

    /** Puts in {@code entry}, in the place of one of the same question if there is one. */
    synchronized void put(Entry entry) {
        int hash = stored(entry.question().hashCode());
        int slot = table.find(entry.question());
        if (slot >= 0) {
            table.set(slot, hash, entry);
            return;
        }
        if (table.isFull()) {
            table = copy(table, size + 1);
        }
        table.add(hash, entry);
        size++;
    }

    /** A table of the same entries, less than half full with {@code wanted} of them. */
    private static Table copy(Table from, int wanted) {
        Table copy = new Table(Math.max(SMALLEST, Integer.highestOneBit(wanted) * 4));
        for (int slot = 0; slot <= from.mask; slot++) {
            if (from.entries[slot] != null) {
                copy.add(from.hashes[slot], from.entries[slot]);
            }
        }
        return copy;
    }

    /** Takes out {@code entry}, if it is still there. */
    synchronized void remove(Entry entry) {
        int slot = table.find(entry.question());
        if (slot >= 0 && table.entries[slot] == entry) {
            table.clear(slot);
            size--;
        }
    }

    /** How many entries there are. */
    synchronized int size() {
        return size;
    }

    /** How many entries there are places for. */
    int slots() {
        return table.mask + 1;
    }
}
