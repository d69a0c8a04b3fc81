"""script/soak --churn: a catalogue that changes all the time, and clients whose every answer is held against what was true."""
from __future__ import annotations

import dataclasses
import gc
import math
import pathlib
import random
import re
import selectors
import time

import consul
import judge
from asking import Api, Door, Flight, Follower
from catalogue import Asked, Catalogue
from churner import ABSENT, SERVICES, Churner, questions
from cluster import Agent
from judge import Delays, Judge
from processes import Processes, free_port
from replies import Reply
from resolver import Program, Resolver
from truth import Truth
from verdict import Verdict, say

# A server that has just started asks the agent for each name first, with code that is not compiled yet; what it says then is not held against it,
# unless it is older than a question may take.
WARM_UP_LEAST, WARM_UP_MOST = 5, 40  # seconds
WARM, WARM_WITH_FEW_WATCHES = 0.7, 0.1  # of all answers come from the cache and are known to be true
COLD_OLD = 5.0  # seconds
CONNECTIONS = {"udp": 8, "tcp": 2}
STEP = 0.001  # seconds between two looks for a change
MOST_OPEN = 8  # of these that wait for an answer: who is slow is not to be flooded
PATIENT_AFTER, PATIENT_STEP, GIVEN_UP_AFTER = 0.1, 0.02, 2.0
LEADER_IS_KNOWN = 2.0  # seconds until an agent has registered what it does of itself
P50, P99 = 5, 50  # ms
OWN_P99 = 10  # ms: with more delay than that of our own, how soon a change shows is not judged
FALLBACKS = ("starting", "busy", "lost", "silent", "doubtful", "crowded", "refused", "disagrees", "not_comparable")
OLD_IN_A_MILLION = 10
MOST_LATE = 2.0  # seconds that a test allows for
QUERIES = "consul_resolver_queries_total"
NAMES_OF_NODES = 0.02  # of all questions
ASKED_OF_THE_AGENT = 0.05  # of all questions, besides: to see that what we take for true is


@dataclasses.dataclass(frozen=True)
class Wish:
    seconds: float
    changes: float = 20  # a second
    queries: float = 1000  # a second
    seed: int = 0
    watches: int | None = None
    speed: bool = True  # whether it is judged how soon


def versions(wanted: str) -> list[consul.Consul]:
    """Those of the wanted version: "all", "newest", or one like 1.8.7."""
    every = sorted(consul.every(), key=lambda one: one.version)
    chosen = every if wanted == "all" else every[-1:] if wanted == "newest" else [one for one in every if str(one) == f"Consul {wanted}"]
    if not chosen:
        raise consul.ConsulError(f"There is no Consul {wanted} here, but {', '.join(map(str, every))}. Type: script/bootstrap (or set CONSUL_BIN)")
    return chosen


def run(program: Program, directory: pathlib.Path, found: consul.Consul, wish: Wish) -> Verdict:
    verdict = Verdict(f"Churn, {found}: {wish.seconds:g} s, {wish.changes:g} changes and {wish.queries:g} questions a second, seed {wish.seed}")
    with Processes() as processes:
        say(f"starting {found} and the server; seed {wish.seed}")
        agent = Agent(processes, found, directory / "consul", "churn-agent", _agent_config())
        agent.wait_for_leader()
        time.sleep(LEADER_IS_KNOWN)
        settings = ["--watches", str(wish.watches)] if wish.watches else []
        server = Resolver(processes, program, directory, agent.ports["dns"], agent.ports["http"], free_port(), leaks="simple", settings=settings)
        scene = _Scene(agent, server, wish)
        gc.disable()  # it would stop us for longer than what we measure; of cycles we make few
        try:
            scene.play()
        finally:
            gc.enable()
            scene.close()
        _judge(verdict, scene, _Counters.of(agent, server, scene) - scene.before, wish, server)
        why = {reason: server.metric("consul_resolver_watch_fallbacks_total", reason=reason) for reason in FALLBACKS}
        verdict.figures["answers that lived by their TTL although they are watched, by reason"] = ", ".join(f"{reason} {count:.0f}" for reason, count in why.items() if count) or "none"
        complaints = server.complaints()
        verdict.none("lines of the server's log that tell of a defect or a leak", len(complaints))
        for line in [*complaints[:5], *scene.judge.told(), *(f"the agent: {line}" for line in scene.agents_judge.told())]:
            say(line)
    return verdict


def _agent_config() -> dict:
    return {
        "server": True,
        "bootstrap": True,
        "connect": {"enabled": False},
        "telemetry": {"prometheus_retention_time": "24h", "disable_hostname": True},
    }


@dataclasses.dataclass(frozen=True)
class _Counters:
    agent_queries: float
    coherent: float
    queries: float
    asked_of_the_agent: float  # by ourselves
    asked_for_nodes: float

    @staticmethod
    def of(agent: Agent, server: Resolver, scene: _Scene) -> _Counters:
        _, text = agent.request("GET", "/v1/agent/metrics?format=prometheus")
        asked = sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if re.match(r"consul_dns_domain_query\w*_count[ {]", line))
        return _Counters(asked, server.metric(QUERIES, source="coherent"), server.metric(QUERIES), scene.doors["agent"].sent, scene.asked_for_nodes)

    def __sub__(self, other: _Counters) -> _Counters:
        return _Counters(*(getattr(self, field.name) - getattr(other, field.name) for field in dataclasses.fields(self)))


class _Scene:
    """One loop, without threads: changes and questions leave when they are due, whatever becomes of the others."""

    def __init__(self, agent: Agent, server: Resolver, wish: Wish):
        self.wish = wish
        self.agent, self.server = agent, server
        self.catalogue = Catalogue()
        self.churner = Churner(self.catalogue, agent.name, wish.seed)
        self.api = Api(agent.ports["http"])
        for change in self.churner.fill():
            self._make(change)
        all = questions()
        self._names, self._nodes = [one for one in all if not one.node], [one for one in all if one.node]
        self.truth = Truth(self.catalogue, all)
        self.began = time.monotonic()
        self.judge = self.cold = Judge(self.truth, self.began)
        self.before: _Counters | None = None  # when it was warm
        self.cold_lost = self.cold_no_room = 0
        self._looked = (0.0, 0.0)
        self.agents_judge = Judge(self.truth, self.began)
        # select(2), because it waits for less than a millisecond.
        self.selector = selectors.SelectSelector()
        self.doors = {
            "server": Door(self.selector, server.port, self._heard_server, **CONNECTIONS),
            "agent": Door(self.selector, agent.ports["dns"], self._heard_agent, udp=2, tcp=0),
        }
        self.selector.register(self.api.socket, selectors.EVENT_READ, self._confirmed)
        self.random = random.Random(wish.seed + 1)
        self.shown = {"server": Delays(), "agent": Delays()}
        self.own, self.confirmations = Delays(), Delays()
        self.changes = self.given_up = self.asked_for_nodes = 0
        self._under_way: list[tuple[Asked, int]] | None = None
        self._change_sent = 0.0
        self._followers: list[Follower] = []

    def _make(self, change) -> None:
        self.api.put(change.path, change.body)
        while not self.api.confirmed():
            pass

    def play(self) -> None:
        now = next_question = next_change = self.began
        end, tidied, told = math.inf, now, now
        while now < end:
            due = min(next_question, next_change if self._under_way is None else math.inf, *(one.next for one in self._followers), end)
            ready = self.selector.select(max(0.0, due - now))
            before, now = now, time.monotonic()
            for key, _ in ready:
                key.data(time.monotonic())
            if not ready and due < end:
                self.own.add(max(0.0, now - due))
                for one in (self.judge, self.agents_judge):
                    one.stalled(max(due, before), now)
            if now >= next_change and self._under_way is None:
                self._change(now)
                # What was due while one was under way is not made up for: changes are a rate, not a sum.
                next_change = max(next_change + 1 / self.wish.changes, now)
            while now >= next_question:
                self._question()
                next_question += 1 / self.wish.queries
                # Who was not let run for long does not catch up with all of it at once.
                if now - next_question > 0.1:
                    next_question = now
            self._follow(now)
            if now - tidied > 1:
                tidied = now
                self._tidy(now)
                if self.before is None and self._is_warm(now):
                    told = self._warm()
                    end = told + self.wish.seconds
            if self.before and now - told > 30:
                told = now
                say(f"{end - now:.0f} s to go; {self.changes:,} changes, {self.judge.answers:,} answers, {len(self.judge.ages)} wrong for more than 50 ms")
            now = time.monotonic()
        self._drain(end)

    def _is_warm(self, now: float) -> bool:
        coherent, queries = (self.server.metric(QUERIES, **labels) for labels in ({"source": "coherent"}, {}))
        share = (coherent - self._looked[0]) / max(1.0, queries - self._looked[1])
        self._looked = coherent, queries
        enough = WARM_WITH_FEW_WATCHES if self.wish.watches else WARM
        return now - self.began > WARM_UP_LEAST and share > enough or now - self.began > WARM_UP_MOST

    def _warm(self) -> float:
        """From now on it counts."""
        self.before = _Counters.of(self.agent, self.server, self)
        self.judge, self.agents_judge = Judge(self.truth, self.began), Judge(self.truth, self.began)
        self.own, self.confirmations = Delays(), Delays()
        self.changes = self.given_up = 0
        self.cold_lost, self.cold_no_room = self.doors["server"].lost, self.server.datagrams_missed()
        now = time.monotonic()
        say(f"warm after {now - self.began:.1f} s; {self.wish.seconds:g} s to go")
        return now

    def _drain(self, since: float) -> None:
        """Hears what is under way still."""
        while (now := time.monotonic()) < since + 6 and (self._under_way is not None or any(door.waiting() for door in self.doors.values())):
            for key, _ in self.selector.select(0.05):
                key.data(time.monotonic())
            self._tidy(now)

    def _tidy(self, now: float) -> None:
        for door in self.doors.values():
            door.tidy(now)

    def _change(self, now: float) -> None:
        change = self.churner.next()
        self._under_way = self.truth.sent(change, time.monotonic())
        self._change_sent = time.monotonic()
        self.api.put(change.path, change.body)

    def _confirmed(self, now: float) -> None:
        if self.api.confirmed():
            self.truth.confirmed(now)
            self.confirmations.add(now - self._change_sent)
            self.changes += 1
            of_services = [one for one in self._under_way if one[0].service]
            if of_services:
                self._followers.append(Follower(*self.random.choice(of_services), now, self.before is not None))
            self._under_way = None

    def _question(self) -> None:
        of_node = self.random.random() < NAMES_OF_NODES
        self.asked_for_nodes += of_node
        asked = self.random.choice(self._nodes if of_node else self._names)
        self.doors["server"].ask(asked, time.monotonic())
        if self.random.random() < ASKED_OF_THE_AGENT:
            self.doors["agent"].ask(asked, time.monotonic())

    def _follow(self, now: float) -> None:
        for follower in self._followers:
            if now >= follower.next:
                for door in follower.missing:
                    if follower.open[door] < MOST_OPEN:
                        follower.open[door] += 1
                        self.doors[door].ask(follower.asked, time.monotonic(), follower)
                follower.next = now + (STEP if now - follower.confirmed < PATIENT_AFTER else PATIENT_STEP)
        for follower in [one for one in self._followers if now - one.confirmed > GIVEN_UP_AFTER]:
            self.given_up += follower.counts and "server" in follower.missing
            for door in follower.missing:
                self._saw(follower, door, now)
            self._followers.remove(follower)

    def _heard_server(self, flight: Flight, reply: Reply, now: float) -> None:
        self.judge.hear(flight, reply, now)
        self._look("server", flight, reply, now)

    def _heard_agent(self, flight: Flight, reply: Reply, now: float) -> None:
        self.agents_judge.hear(flight, reply, now)
        self._look("agent", flight, reply, now)

    def _look(self, door: str, flight: Flight, reply: Reply, now: float) -> None:
        if flight.following:
            flight.following.open[door] -= 1
        asked = flight.asked
        for follower in [one for one in self._followers if one.asked == asked and door in one.missing]:
            if self.truth.shows(asked, reply.answer, follower.number):
                self._saw(follower, door, now)
                follower.missing.discard(door)
                if not follower.missing:
                    self._followers.remove(follower)

    def _saw(self, follower: Follower, door: str, now: float) -> None:
        if follower.counts:
            self.shown[door].add(now - follower.confirmed)

    def close(self) -> None:
        for door in self.doors.values():
            door.close()
        self.api.close()
        self.selector.close()


def _judge(verdict: Verdict, scene: _Scene, counted: _Counters, wish: Wish, server: Resolver) -> None:
    found, cold, itself, door = scene.judge, scene.cold, scene.agents_judge, scene.doors["server"]
    own = max(scene.own.ms(0.99), scene.shown["agent"].ms(0.99))
    shown = scene.shown["server"]
    # An answer may be as old as the question to the agent took, and as the machine was late. How long that is is speed.
    late = server.metric("consul_resolver_upstream_latency_seconds_max", proto="udp") + (scene.own.ms(1) + scene.shown["agent"].ms(1)) / 1e3
    limit = judge.TOO_OLD + (0.0 if wish.speed else min(late, MOST_LATE))
    verdict.none(f"wrong answers, true at no moment of the last {limit * 1e3:.0f} ms", found.ages.above(limit))
    verdict.none("the same of those who look for a change every ms", found.followers_ages.above(limit))
    verdict.none(f"the same before it was warm, of the last {COLD_OLD:g} s", cold.ages.above(COLD_OLD) + cold.followers_ages.above(COLD_OLD))
    verdict.none("answers of the agent itself that we take for wrong, so that it is we who are", len(itself.ages) + len(itself.followers_ages))
    lost, no_room = door.lost - scene.cold_lost, server.datagrams_missed() - scene.cold_no_room
    verdict.none("questions without a reply within 5 s, beside those that the server's sockets had no room for", max(0, lost - no_room))
    verdict.none("failures (SERVFAIL and other codes), and unreadable replies", found.failed + door.unreadable)
    verdict.goal("answers from the cache that are known to be true", "some", f"{counted.coherent:,.0f} of {counted.queries:,.0f}", counted.coherent > 0)
    allowed = math.ceil(found.answers * OLD_IN_A_MILLION / 1_000_000)
    speed = [
        ("wrong answers, true at no moment of the last 50 ms", f"at most {allowed} ({OLD_IN_A_MILLION} in 1,000,000, rounded up)", f"{len(found.ages)}", len(found.ages) <= allowed),
        ("answers that were said to be stale", "none", f"{found.stale}", found.stale == 0),
        ("from a change's confirmation to the first answer that shows it, p50", f"at most {P50} ms", f"{shown.ms(0.5):.2f} ms", shown.ms(0.5) <= P50),
        ("the same, p99", f"at most {P99} ms", f"{shown.ms(0.99):.2f} ms", shown.ms(0.99) <= P99),
        ("changes that were not seen within 2 s", "none", f"{scene.given_up}", scene.given_up == 0),
    ]
    # What is soon enough is so in spite of our own delay; what is not may be so because of it.
    why = f"our own delay has a p99 of {own:.1f} ms, more than {OWN_P99}" if wish.speed else "not asked for"
    for what, wanted, value, met in speed:
        if wish.speed and (met or own <= OWN_P99):
            verdict.goal(what, wanted, value, met)
        else:
            verdict.figures[f"not judged ({why}): {what}"] = f"{value} (wanted: {wanted})"
    agent_queries = counted.agent_queries - counted.asked_of_the_agent
    verdict.figures |= {
        "changes": f"{scene.changes:,} ({scene.changes / wish.seconds:.1f} a second), confirmed after {scene.confirmations}",
        "answers": f"{found.answers:,} to clients ({found.answers / wish.seconds:.0f} a second, 8 UDP sockets and 2 TCP connections), {found.right:,} true when asked or later; cut off {found.cut}; the server's sockets had no room for {no_room}",
        "wrong answers for more than 50 ms to those who look for a change every ms": f"{len(found.followers_ages):,}",
        "the same to all before it was warm": f"{len(cold.ages) + len(cold.followers_ages):,} of {cold.answers:,}; {cold.stale:,} were said to be stale, {scene.cold_lost:,} questions had no reply",
        "until a change shows": str(shown),
        "the same, asked of the agent itself": str(scene.shown["agent"]),
        "how late the harness was": str(scene.own),
        "agent queries a client query": f"{agent_queries / max(1, counted.queries):.4f} ({agent_queries:,.0f} of {counted.queries:,.0f}; {counted.asked_for_nodes:,} were for names of nodes)",
        "names": f"{len(SERVICES)} services, {len(ABSENT)} that never exist",
    }
