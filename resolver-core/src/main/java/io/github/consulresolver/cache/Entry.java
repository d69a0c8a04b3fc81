package io.github.consulresolver.cache;

import io.github.consulresolver.dns.AnswerSet;
import io.github.consulresolver.dns.Question;

/**
 * A question and the answer kept for it. An object of its own for each time something is kept, and compared as such: whoever takes one
 * out takes out no later one of the same question.
 */
final class Entry {
    /** What one costs besides question and answer: itself, Caffeine's node, and the places in both tables. Measured, about. */
    private static final int OVERHEAD = 136;

    private final Question question;
    private final CachedAnswer answer;

    Entry(Question question, CachedAnswer answer) {
        this.question = question;
        this.answer = answer;
    }

    Question question() {
        return question;
    }

    CachedAnswer answer() {
        return answer;
    }

    /** Whether it says that there is no such name, or that nobody could say. */
    boolean isNegative() {
        return answer.answers().rcode() != AnswerSet.NO_ERROR;
    }

    /** In bytes. */
    int weight() {
        return question.weight() + answer.weight() + OVERHEAD;
    }
}
