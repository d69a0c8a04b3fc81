"""What was asked of a run, what it showed, and whether that is enough."""
from __future__ import annotations

import dataclasses
import sys
import time


@dataclasses.dataclass(frozen=True)
class Goal:
    what: str
    wanted: str
    found: str
    met: bool


class Verdict:
    """The goals of one run, in the order in which they were judged; and figures that are told without being judged."""

    def __init__(self, title: str):
        self.title = title
        self.goals: list[Goal] = []
        self.figures: dict[str, object] = {}
        self._began = time.monotonic()

    def goal(self, what: str, wanted: str, found: object, met: bool) -> None:
        self.goals.append(Goal(what, wanted, str(found), bool(met)))
        if not met:
            say(f"MISSED: {what}: {found}, wanted {wanted}")

    def most(self, what: str, found: float, limit: float, unit: str = "") -> None:
        self.goal(what, f"at most {limit:g}{unit}", f"{found:g}{unit}", found <= limit)

    def none(self, what: str, found: int) -> None:
        self.goal(what, "none", f"{found:,}", found == 0)

    def all(self, what: str, found: int, of: int) -> None:
        self.goal(what, "all", f"{found:,} of {of:,}", found == of and of > 0)

    @property
    def met(self) -> bool:
        return bool(self.goals) and all(goal.met for goal in self.goals)

    def text(self) -> str:
        minutes = (time.monotonic() - self._began) / 60
        lines = [f"{self.title} ({minutes:.1f} minutes)"]
        lines += [f"  {'met   ' if goal.met else 'MISSED'}  {goal.what}: {goal.found} (wanted: {goal.wanted})" for goal in self.goals]
        lines += [f"          {what}: {found}" for what, found in self.figures.items()]
        missed = sum(not goal.met for goal in self.goals)
        return "\n".join([*lines, f"  {'All goals are met.' if self.met else f'{missed} of {len(self.goals)} goals are missed.'}"])

    def as_json(self) -> dict[str, object]:
        return {"title": self.title, "met": self.met, "goals": [dataclasses.asdict(goal) for goal in self.goals], "figures": self.figures}


def say(what: str) -> None:
    print(f"  {time.strftime('%H:%M:%S')}  {what}", file=sys.stderr, flush=True)
