"""What it costs Consul's servers that many nodes watch: one server, and simulated nodes that ask as ours do.

Each node asks through one client agent, as on a real node; all of them share it, so that its work is not counted, and the server's is. What a real node
does is in resolver-core/.../watch: Pulse (every 1.5 s), Signals (three blocking queries, left alone where they move too often), Watch (one blocking
query a service).
"""
from __future__ import annotations

import asyncio
import dataclasses
import json
import pathlib
import random
import resource
import time
from collections.abc import Callable, Coroutine

from cluster import Agent
from consul import Consul
from processes import Processes
from verdict import Verdict, say

SERVICES = 1000
WATCHED = 50  # services that nodes watch, so that many share them
WATCHES = 4  # of them by each node: most of its own cost a server hardly anything, unless they change
PULSE = "/v1/health/service/consul-resolver-pulse?stale"
SIGNALS = (
    "/v1/catalog/services?filter=ServiceName%20%3D%3D%20%22%22&",
    "/v1/health/state/any?filter=Node%20%3D%3D%20%22%22&",
    "/v1/catalog/nodes?filter=Node%20%3D%3D%20%22%22&",
)
SETTLES = 20  # seconds until everybody waits
RATES = (0.1, 1, 20)  # changes a second
LOOKS = 2000  # of which one look's cost is made
MOST_CPU = 25  # percent of a core, for all nodes, at whatever rate of changes


@dataclasses.dataclass
class Tally:
    """What all nodes did."""

    replies: int = 0
    moves: int = 0
    received: int = 0
    failures: int = 0


class Line:
    """One connection, one request after the other."""

    def __init__(self, port: int, tally: Tally):
        self._port, self._tally = port, tally
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, timeout: float, method: str = "GET", body: bytes = b"") -> dict[str, str]:
        """The headers, in lower case."""
        try:
            return await asyncio.wait_for(self._ask(path, method, body), timeout)
        except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError) as failure:
            self.close()
            self._tally.failures += 1
            raise ConnectionError(str(failure)) from failure

    async def _ask(self, path: str, method: str, body: bytes) -> dict[str, str]:
        if not self._streams:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{length}\r\n".encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if value}
        content = await self._body(reader, headers)
        self._tally.replies += 1
        self._tally.received += len(head) + len(content)
        if " 200 " not in status:
            raise ValueError(f"{path}: {status} {content[:200]!r}")
        return headers

    @staticmethod
    async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if "content-length" in headers:
            return await reader.readexactly(int(headers["content-length"]))
        content = b""
        while size := int(await reader.readline(), 16):
            content += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return content

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None


class Pace:
    """As the server's own class of that name."""

    def __init__(self, burst: int, interval: float):
        self._burst, self._interval, self._full = burst, interval, time.monotonic()

    def turn(self) -> float:
        now = time.monotonic()
        self._full = max(self._full, now) + self._interval
        return max(0.0, self._full - now - self._burst * self._interval)


class Node:
    """What one node asks."""

    def __init__(self, port: int, tally: Tally, services: list[str], nodes: int):
        self._port, self._tally, self._services = port, tally, services
        self._known = 1 << (nodes - 1).bit_length()
        self._tasks: list[asyncio.Task] = []
        self._signals: list[asyncio.Task] = []
        self._suspensions = 0

    def start(self) -> None:
        self._tasks += [self._task(self._pulse()), self._task(self._signal())]
        self._tasks += [self._task(self._watch(f"/v1/health/service/{service}?near=_agent&", lambda: None)) for service in self._services]

    @staticmethod
    def _task(work: Coroutine) -> asyncio.Task:
        return asyncio.get_running_loop().create_task(work)

    async def _pulse(self) -> None:
        await asyncio.sleep(random.random() * 1.5)
        line = Line(self._port, self._tally)
        try:
            while True:
                try:
                    await line.ask(PULSE, 2.5)
                except ConnectionError:
                    pass
                await asyncio.sleep(1.5)
        finally:
            line.close()

    async def _signal(self) -> None:
        while True:
            pace, suspended, last = self._signals_pace(), asyncio.Event(), time.monotonic()

            def move() -> None:
                nonlocal last
                now = time.monotonic()
                if now - last >= 0.05:
                    last = now
                    if pace.turn():
                        suspended.set()

            self._signals = [self._task(self._watch(path, move)) for path in SIGNALS]
            await suspended.wait()
            for signal in self._signals:
                signal.cancel()
            self._suspensions = min(self._suspensions + 1, 5)
            await asyncio.sleep(30 << self._suspensions)

    def _signals_pace(self) -> Pace:
        return Pace(max(1, min(30, 30 * 25 // self._known)), max(0.5, 0.5 * self._known / 25))

    async def _watch(self, path: str, moved: Callable[[], None]) -> None:
        await asyncio.sleep(random.random() * SETTLES / 2)
        line, pace = Line(self._port, self._tally), Pace(20, 0.2)
        try:
            while True:
                try:
                    index = int((await line.ask(path + "consistent", 5))["x-consul-index"])
                    streamed = True
                    while True:
                        await asyncio.sleep(pace.turn())
                        least = 5000 if streamed else 60_000
                        wait = least + random.randrange(least // 5)
                        headers = await line.ask(f"{path}stale&index={index}&wait={wait}ms", wait * 17 / 16000 + 5)
                        streamed = headers.get("x-consul-query-backend") == "streaming"
                        if int(headers["x-consul-index"]) != index:
                            index = int(headers["x-consul-index"])
                            self._tally.moves += 1
                            moved()
                except ConnectionError:
                    await asyncio.sleep(1)
        finally:
            line.close()

    def end(self) -> None:
        for task in self._tasks + self._signals:
            task.cancel()


class Changes:
    """Ports and checks change, one or the other so many times a second."""

    def __init__(self, server: Agent, names: list[str], rate: float):
        self._line, self._names, self._rate = Line(server.ports["http"], Tally()), names, rate

    async def run(self) -> None:
        began, number = time.monotonic(), 0
        while True:
            number += 1
            await asyncio.sleep(max(0.0, began + number / self._rate - time.monotonic()))
            name, instance = random.choice(self._names), random.randrange(3)
            change: dict[str, object] = {"Node": f"node-{instance}", "Address": f"10.0.0.{instance + 1}", "SkipNodeUpdate": True}
            if number % 2:
                change["Service"] = {"ID": f"{name}-{instance}", "Service": name, "Address": "10.9.9.9", "Port": random.randrange(1, 65536)}
            else:
                status = random.choice(["passing", "warning", "critical"])
                change["Check"] = {"CheckID": f"c-{name}", "Name": "c", "ServiceID": f"{name}-{instance}", "Status": status, "Output": str(number)}
            await self._line.ask("/v1/catalog/register", 20, "PUT", json.dumps(change).encode())


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a while cost: CPU in percent of a core, the rest a second."""

    cpu: float
    replies: float
    moves: float
    received: float


async def _cost(server: Agent, tally: Tally, seconds: float) -> Cost:
    began, cpu, before = time.monotonic(), server.process.cpu_seconds(), dataclasses.replace(tally)
    await asyncio.sleep(seconds)
    passed = time.monotonic() - began
    return Cost(
        100 * (server.process.cpu_seconds() - cpu) / passed,
        (tally.replies - before.replies) / passed,
        (tally.moves - before.moves) / passed,
        (tally.received - before.received) / passed,
    )


def run(place: pathlib.Path, consul: Consul, nodes: int, seconds: float) -> Verdict:
    verdict = Verdict(f"{nodes} nodes that watch, {SERVICES:,} services, {consul}")
    for number, rate in enumerate(RATES):
        # Each with a server of its own: what nobody waits for any more stays with a server until it moves.
        directory = place / str(number)
        directory.mkdir()
        with Processes() as processes:
            limits = {"limits": {"http_max_conns_per_client": resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1000}}
            server = Agent(processes, consul, directory, "server", {"server": True, "bootstrap_expect": 1, **limits})
            server.wait_for_leader()
            names = server.register(SERVICES)
            join = {"retry_join": [f"127.0.0.1:{server.ports['serf_lan']}"], "retry_interval": "1s"}
            client = Agent(processes, consul, directory, "client", {**join, **limits})
            client.wait_for_leader()
            if number == 0:
                verdict.figures["a look at one service"] = f"{asyncio.run(_look(server, client, names)):.3f} ms of the server's CPU"
            asyncio.run(_measure(verdict, server, client, names, nodes, rate, seconds))
    return verdict


async def _measure(verdict: Verdict, server: Agent, client: Agent, names: list[str], nodes: int, rate: float, seconds: float) -> None:
    changes = asyncio.get_running_loop().create_task(Changes(server, names, rate).run())
    alone = await _cost(server, Tally(), seconds)
    tally = Tally()
    watching = [Node(client.ports["http"], tally, random.sample(names[:WATCHED], WATCHES), nodes) for _ in range(nodes)]
    for node in watching:
        node.start()
    await asyncio.sleep(SETTLES)
    cost = await _cost(server, tally, seconds)
    for node in watching:
        node.end()
    if changes.done():
        changes.result()
    changes.cancel()
    told = (
        f"server {alone.cpu:.1f}% of a core without nodes, {cost.cpu:.1f}% with; a node {cost.replies / nodes:.2f} replies, "
        f"{cost.moves / nodes:.2f} wake-ups, {cost.received / nodes:,.0f} bytes a second; {tally.failures} failures"
    )
    say(f"{rate:g} changes a second: {told}")
    verdict.figures[f"{rate:g} changes a second"] = told
    verdict.most(f"CPU that the nodes cost the server, {rate:g} changes a second", round(cost.cpu - alone.cpu, 1), MOST_CPU, "% of a core")


async def _look(server: Agent, client: Agent, names: list[str]) -> float:
    """What the leader's CPU has to do for one question of the kind with which a name without a watch is compared; in ms."""
    tally = Tally()
    lines = [Line(client.ports["http"], tally), Line(client.ports["http"], tally)]

    async def ask(line: Line) -> None:
        for _ in range(LOOKS // len(lines)):
            await line.ask(f"/v1/health/service/{random.choice(names)}?consistent", 20)

    before = server.process.cpu_seconds()
    await asyncio.gather(*map(ask, lines))
    for line in lines:
        line.close()
    return 1000 * (server.process.cpu_seconds() - before) / LOOKS
