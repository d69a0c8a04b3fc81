"""What the answers were worth: how old the wrong ones, how soon the new ones."""
from __future__ import annotations

import array
import collections
import dataclasses
import math

from asking import Flight
from catalogue import NOERROR, NXDOMAIN, Answer, Asked
from replies import Reply
from truth import Truth, Version

OLD, TOO_OLD = 0.050, 0.500  # seconds
STALL = 0.010  # a delay of our own from here on is told of; shorter ones are in the figures
TOLD = 20  # wrong answers, one by one


@dataclasses.dataclass
class Wrong:
    """An answer that was given when it was true no more, once or often."""

    asked: Asked
    answer: Answer
    instead: Version  # of what was true then
    times: int = 0
    oldest: float = 0.0
    since: float = math.inf  # seconds from the beginning
    until: float = 0.0

    def __str__(self) -> str:
        age = "true at no time" if self.oldest == math.inf else f"up to {self.oldest * 1e3:.0f} ms too old"
        when = f"from {self.since:.3f} to {self.until:.3f} s"
        return f"{self.asked.name} {self.asked.type}: {age}, {self.times} times {when}: {_text(self.answer)}; by \"{self.instead.change}\" it was {_text(self.instead.answer)}"


def _text(answer: Answer) -> str:
    return f"rcode {answer[0]} {sorted(map(str, answer[1]))}"


class Judge:
    """Holds answers against the truth, in the order in which they come."""

    def __init__(self, truth: Truth, began: float):
        self._truth = truth
        self._began = began
        self._stalls: collections.deque[tuple[float, float]] = collections.deque(maxlen=1000)
        self._wrong: dict[tuple[Asked, Answer], Wrong] = {}
        self.answers = self.right = self.cut = self.failed = self.stale = 0
        # How old wrong answers were, those of ordinary clients and of those who look for a change.
        self.ages, self.followers_ages = Delays(), Delays()

    def stalled(self, since: float, until: float) -> None:
        """We were not let run."""
        if until - since > STALL:
            self._stalls.append((since, until))

    def hear(self, flight: Flight, reply: Reply, answered: float) -> None:
        self.answers += not flight.following
        if reply.cut:
            self.cut += 1
        elif reply.answer[0] not in (NOERROR, NXDOMAIN):
            self.failed += 1
        elif reply.stale:
            self.stale += 1
        else:
            self._judge(flight, reply.answer, answered)

    def _judge(self, flight: Flight, answer: Answer, answered: float) -> None:
        last = self._truth.last_true(flight.asked, answer, answered)
        age = flight.sent - last - self._stood_still(last, flight.sent)
        if age <= 0:
            self.right += not flight.following
        if age <= OLD:
            return
        (self.followers_ages if flight.following else self.ages).add(age)
        wrong = self._wrong.setdefault((flight.asked, answer), Wrong(flight.asked, answer, self._truth.now(flight.asked)))
        wrong.times += 1
        wrong.oldest = max(wrong.oldest, age)
        wrong.since = min(wrong.since, answered - self._began)
        wrong.until = answered - self._began

    def told(self) -> list[str]:
        """The worst of the wrong answers."""
        return [str(wrong) for wrong in sorted(self._wrong.values(), key=lambda wrong: -wrong.oldest)[:TOLD]]

    def _stood_still(self, since: float, until: float) -> float:
        """How long of this time the machine gave us nothing to run on: it had nothing for the server either."""
        if until <= since or since == -math.inf:
            return 0.0
        return sum(max(0.0, min(end, until) - max(begin, since)) for begin, end in self._stalls)


class Delays:
    """Of one kind, in seconds."""

    def __init__(self) -> None:
        self._all = array.array("d")

    def add(self, delay: float) -> None:
        self._all.append(delay)

    def __len__(self) -> int:
        return len(self._all)

    def above(self, limit: float) -> int:
        return sum(delay > limit for delay in self._all)

    def ms(self, share: float) -> float:
        """The quantile, in ms."""
        ordered = sorted(self._all)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3 if ordered else 0.0

    def __str__(self) -> str:
        return f"p50 {self.ms(0.5):.2f}, p99 {self.ms(0.99):.2f}, most {self.ms(1):.1f} ms of {len(self):,}"
