"""script/soak --idle-connections: ten thousand who only sit there, and twenty thousand questions nobody answers."""
from __future__ import annotations

import contextlib
import json
import pathlib
import resource
import select
import socket
import struct
import subprocess
import time
from collections.abc import Iterator

import dns
import tools
from generators import StandIn
from processes import Processes, free_port
from resolver import Program, Resolver, ResolverError, framed
from verdict import Verdict, say

CONNECTIONS = 10_000
ROOM = 12_000
NEEDED_DESCRIPTORS = CONNECTIONS + 1_000
FLOOD = 20_000
NAMES = 100
HIT_RATE = 2000  # a second
MOST_RSS_GROWTH = 64  # MB
QUERY = framed(dns.encode(dns.Question("known-000.service.consul", "A"), 1232, 4711))


class Connection:
    """A client's TCP connection. Each address of loopback is a client of its own, and has no more than so many connections."""

    def __init__(self, port: int, number: int, clients: int):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # leaves nothing behind
        self._socket.settimeout(5)
        self._socket.bind((f"127.0.0.{2 + number % clients}", 0))
        self._socket.connect(("127.0.0.1", port))

    def ask(self) -> bool:
        try:
            self._socket.sendall(QUERY)
            reply = b""
            while len(reply) < 2 or len(reply) < 2 + struct.unpack(">H", reply[:2])[0]:
                part = self._socket.recv(4096)
                if not part:
                    return False
                reply += part
            return reply[2:4] == QUERY[2:4] and reply[5] & 15 == 0
        except OSError:
            return False

    def ended(self) -> bool:
        """Whether the server has ended it. Looked at, not waited for."""
        look = select.poll()
        look.register(self._socket, select.POLLIN)
        try:
            return bool(look.poll(0)) and self._socket.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def _server(program: Program, directory: pathlib.Path, *settings: str) -> Iterator[tuple[Resolver, StandIn]]:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < NEEDED_DESCRIPTORS:
        raise ResolverError(f"This shell lets a process have {most} descriptors, and {NEEDED_DESCRIPTORS} are needed. Type: ulimit -n {NEEDED_DESCRIPTORS}")
    with Processes() as processes, StandIn(free_port(), ttl=3600) as agent, StandIn(free_port()) as recursor:
        server = Resolver(processes, program, directory, agent.port, None, recursor.port, leaks="simple", settings=settings)
        for number in range(NAMES):
            server.answers(f"known-{number:03d}.service.consul")
        yield server, recursor


def kept(program: Program, directory: pathlib.Path) -> Verdict:
    verdict = Verdict(f"{CONNECTIONS:,} idle TCP connections, room for {ROOM:,}")
    settings = ("--max-tcp-connections", ROOM, "--max-tcp-connections-per-client", ROOM, "--tcp-idle-timeout", "5m")
    with _server(program, directory, *settings) as (server, _):
        before = server.sample()
        connections, answered = _crowd(server)
        verdict.all("connections that were answered when they came", answered, CONNECTIONS)
        time.sleep(15)
        verdict.all("connections that are kept after 15 s", sum(not one.ended() for one in connections), CONNECTIONS)
        verdict.all("idle connections that are answered again", sum(one.ask() for one in connections), CONNECTIONS)
        verdict.goal("a new one is answered, too", "yes", *_yes(_one_more(server)))
        verdict.goal("UDP is answered, too", "yes", *_yes(server.answers("known-001.service.consul")))
        during = server.sample()
        verdict.figures["RSS"] = f"{before.rss_mb:.0f} MB, with them {during.rss_mb:.0f} MB: {(during.rss_mb - before.rss_mb) * 1024 / CONNECTIONS:.1f} KB each"
        _leave(verdict, server, connections, before.descriptors)
    return verdict


def replaced(program: Program, directory: pathlib.Path) -> Verdict:
    verdict = Verdict(f"{CONNECTIONS:,} idle TCP connections, room for the default")
    with _server(program, directory, "--tcp-idle-timeout", "5m") as (server, _):
        before = server.sample()
        connections, answered = _crowd(server)
        verdict.all("new connections that were answered when they came", answered, CONNECTIONS)
        open_now = int(server.metric("consul_resolver_tcp_connections"))
        verdict.goal("connections that the server keeps", "as many as its limit", f"{open_now:,}", 1000 <= open_now <= 1024)
        ended = [one.ended() for one in connections]
        verdict.goal("the oldest ones were ended", "yes", f"{sum(ended[: CONNECTIONS // 2]):,} of the older {CONNECTIONS // 2:,}", all(ended[: CONNECTIONS // 2]))
        verdict.all("the newest ones are kept", sum(not one for one in ended[-500:]), 500)
        verdict.goal("a new one is answered", "yes", *_yes(_one_more(server)))
        verdict.goal("UDP is answered", "yes", *_yes(server.answers("known-001.service.consul")))
        _leave(verdict, server, connections, before.descriptors)
    return verdict


def _crowd(server: Resolver) -> tuple[list[Connection], int]:
    connections, answered = [], 0
    for number in range(CONNECTIONS):
        try:
            one = Connection(server.port, number, clients=50)
        except OSError:
            continue
        connections.append(one)
        answered += one.ask()
        if (number + 1) % 2000 == 0:
            sample = server.sample()
            say(f"{number + 1:,} connections came, {answered:,} were answered; RSS {sample.rss_mb:.0f} MB, {sample.descriptors:,} descriptors")
    return connections, answered


def _one_more(server: Resolver) -> bool:
    one = Connection(server.port, 0, clients=1)
    try:
        return one.ask()
    finally:
        one.close()


def _leave(verdict: Verdict, server: Resolver, connections: list[Connection], descriptors: int) -> None:
    for one in connections:
        one.close()
    deadline = time.monotonic() + 10
    while server.metric("consul_resolver_tcp_connections") > 0 and time.monotonic() < deadline:
        time.sleep(0.1)
    verdict.most("descriptors more than before, when all have gone", server.sample().descriptors - descriptors, 4)
    verdict.none("lines of the server's log that tell of a defect or a leak", len(server.complaints()))


def flood(program: Program, directory: pathlib.Path) -> Verdict:
    verdict = Verdict(f"{FLOOD:,} distinct names at a dead recursor")
    with _server(program, directory) as (server, recursor):
        hits, questions = directory / "hits", directory / "flood"
        hits.write_text("".join(f"known-{number:03d}.service.consul A\n" for number in range(NAMES)))
        questions.write_text("".join(f"flood-{number}.example A\n" for number in range(FLOOD)))
        say("warming up")
        _hits(server, hits, 10)
        before = server.sample()
        calm = _hits(server, hits, 5)
        recursor.behave("silent")
        say("the recursor is dead, and the names come")
        asking = subprocess.Popen(
            [str(part) for part in (tools.DNSLOAD, "-1", "-t", 60, "-r", 0, "-s", 8, "-w", 512, server.port, questions)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            during = _hits(server, hits, 20)
            most = server.sample()
            said = asking.communicate(timeout=60)[0].splitlines()
        finally:
            asking.kill()
            asking.wait()
        verdict.figures["the flood"] = f"{json.loads(said[-1])['sent']:,} questions" if said else "no word of it"
        verdict.all("known names answered meanwhile", during["right"], during["sent"])
        verdict.most("p99 of hits meanwhile", during["p99_us"] / 1000, 20, " ms")
        verdict.most("growth of RSS", round(most.rss_mb - before.rss_mb, 1), MOST_RSS_GROWTH, " MB")
        verdict.figures["datagrams that the server's sockets had no room for"] = server.datagrams_missed()
        verdict.figures["p99 of hits before"] = f"{calm['p99_us'] / 1000:g} ms"
        verdict.figures["RSS"] = f"{before.rss_mb:.0f} MB, then {most.rss_mb:.0f} MB"
        recursor.behave("right")
        say("the recursor is back")
        resolved, took = _all_resolve(server, [f"flood-{number}.example" for number in range(0, FLOOD, 20)])
        verdict.all("names of the flood that resolve when the recursor is back (of each 20th)", resolved, FLOOD // 20)
        verdict.figures["until they did"] = f"{took:.1f} s"
        verdict.none("questions still under way", int(server.metric("consul_resolver_flights")))
        verdict.none("lines of the server's log that tell of a defect or a leak", len(server.complaints()))
    return verdict


def _hits(server: Resolver, questions: pathlib.Path, seconds: int) -> dict:
    command = [tools.DNSLOAD, "-o", HIT_RATE, "-t", seconds, "-r", 0, "-s", 4, server.port, questions]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds + 30)
    return json.loads(done.stdout.splitlines()[-1])


def _all_resolve(server: Resolver, names: list[str]) -> tuple[int, float]:
    """Asks for each until it resolves, for half a minute at most."""
    began, left = time.monotonic(), names
    while left and time.monotonic() < began + 30:
        left = [name for name in left if not server.answers(name, timeout=5)]
    return len(names) - len(left), time.monotonic() - began


def _yes(truth: bool) -> tuple[str, bool]:
    return "yes" if truth else "no", truth
