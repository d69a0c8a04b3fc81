"""What a run has found so far: every part adds to it."""
from __future__ import annotations

import dataclasses

import servers
from goals import Measured
from measure import Measurement, Result
from servers import Server


@dataclasses.dataclass
class Run:
    """What the parts work with, and what they find."""

    measurement: Measurement
    compared: list[Server]  # us first on the newest JDK
    quick: bool
    results: list[Result] = dataclasses.field(default_factory=list)
    goals: dict[str, Measured] = dataclasses.field(default_factory=dict)
    lines: list[str] = dataclasses.field(default_factory=list)

    def us(self) -> Server | None:
        return next((server for server in self.compared if server.key == servers.US), None)

    def only(self, *keys: str) -> list[Server]:
        """Those of the servers, us on the newest JDK only."""
        return [one for one in self.compared if one.key in keys and (one.key != servers.US or one is self.us())]


def find(results: list[Result], server: Server | str | None) -> Result | None:
    """The first result of a server, or of one of its key."""
    return next((result for result in results if server in (result.server, result.server.key)), None)
