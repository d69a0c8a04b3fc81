"""What was true when, for each question; and how old an answer is that is not."""
from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Iterable

from catalogue import Answer, Asked, Catalogue
from churner import Change

REMEMBERED = 200  # versions of an answer


@dataclasses.dataclass
class Version:
    """An answer that may have been true from the moment its change was sent until the next one was confirmed."""

    number: int
    answer: Answer
    begin: float
    change: str = ""
    end: float = math.inf


class Truth:
    """The history of every question's answer. One change is under way at a time."""

    def __init__(self, catalogue: Catalogue, questions: Iterable[Asked]):
        self._catalogue = catalogue
        self._versions: dict[Asked, collections.deque[Version]] = {}
        self._by_service: dict[str, list[Asked]] = collections.defaultdict(list)
        self._by_node: dict[str, list[Asked]] = collections.defaultdict(list)
        for asked in questions:
            first = Version(0, catalogue.answer(asked), -math.inf)
            self._versions[asked] = collections.deque([first], REMEMBERED)
            (self._by_node[asked.node] if asked.node else self._by_service[asked.service]).append(asked)
        self._ending: list[Version] = []

    def sent(self, change: Change, now: float) -> list[tuple[Asked, int]]:
        """A change is on its way; it is in the catalogue already. Returns what it changes, and the number of the new version."""
        changed = []
        for asked in [asked for name in change.services for asked in self._by_service[name]] + [asked for name in change.nodes for asked in self._by_node[name]]:
            versions, answer = self._versions[asked], self._catalogue.answer(asked)
            if answer != versions[-1].answer:
                self._ending.append(versions[-1])
                versions.append(Version(versions[-1].number + 1, answer, now, change.what))
                changed.append((asked, versions[-1].number))
        return changed

    def confirmed(self, now: float) -> None:
        for version in self._ending:
            version.end = now
        self._ending.clear()

    def shows(self, asked: Asked, answer: Answer, number: int) -> bool:
        """Whether the answer is of this version, or of a later one."""
        return any(version.number >= number and version.answer == answer for version in self._versions[asked])

    def last_true(self, asked: Asked, answer: Answer, answered: float) -> float:
        """When this may have been true for the last time before it was answered; minus infinity for never."""
        for version in reversed(self._versions[asked]):
            if version.answer == answer and version.begin <= answered:
                return min(version.end, answered)
        return -math.inf

    def now(self, asked: Asked) -> Version:
        return self._versions[asked][-1]
