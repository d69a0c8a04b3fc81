"""What is asked: each workload is a list of questions that go round and round, and what makes a reply right."""
from __future__ import annotations

import dataclasses

from dns import Question

SERVICES = 200
INSTANCES = 3
UDP, TCP, TCP_ONCE = "udp", "tcp", "tcp-once"


@dataclasses.dataclass(frozen=True)
class Service:
    name: str
    instances: int

    def question(self, record_type: str) -> Question:
        return Question(f"{self.name}.service.consul", record_type)


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    title: str
    questions: tuple[Question, ...]
    edns_size: int  # 0: no EDNS
    least_answers: int  # fewer in a reply are wrong
    services: tuple[Service, ...] = ()  # that the agent must know for it
    over: str = UDP
    window: int = 256  # queries in flight a socket, of eight sockets

    def over_tcp(self, how: str, title: str) -> Workload:
        return dataclasses.replace(self, name=how, title=title, over=how)


def _of(services: tuple[Service, ...], name: str, title: str, record_type: str, edns_size: int, least_answers: int) -> Workload:
    return Workload(name, title, tuple(service.question(record_type) for service in services), edns_size, least_answers, services)


def made_up(count: int, answers: int) -> Workload:
    """So many names of services that only our stand-in for an agent knows."""
    names = tuple(Question(f"n{number:07d}.service.consul", "A") for number in range(count))
    return Workload(f"names-{count}", f"A of {count:,} names, {answers} instances", names, 0, answers)


_USUAL = tuple(Service(f"bench-{number:03d}", INSTANCES) for number in range(SERVICES))
_TEN = tuple(Service(f"ten-{number:03d}", 10) for number in range(50))
# Names so short that 74 addresses fit into 1,232 bytes.
_W74, _W1500 = (Service("w74", 74),), (Service("wide", 1500),)

A = _of(_USUAL, "a", f"A, {INSTANCES} instances, no EDNS", "A", 0, INSTANCES)
SRV = _of(_USUAL, "srv", f"SRV with addresses, {INSTANCES} instances, EDNS 1232", "SRV", 1232, INSTANCES)
A10 = _of(_TEN, "a10", "A, 10 instances, EDNS 1232", "A", 1232, 10)
ALL = {workload.name: workload for workload in (A, SRV, A10)}

ONE_OF_3 = _of(_USUAL[:1], "one-3", "A, one service of 3 instances, no EDNS", "A", 0, 3)
ONE_OF_1500 = _of(_W1500, "one-1500", "A, one service of 1,500 instances, no EDNS", "A", 0, 3)
EDNS_74 = _of(_W74, "edns-74", "A, one service of 74 instances, EDNS 1232", "A", 1232, 74)
EDNS_1500 = _of(_W1500, "edns-1500", "A, one service of 1,500 instances, EDNS 1232", "A", 1232, 74)

TTL_0 = dataclasses.replace(A, name="ttl-0", title="A at TTL 0, 2,048 queries in flight")
TTL_0_FEW = dataclasses.replace(A, name="ttl-0-few", title="A at TTL 0, 32 queries in flight", window=4)
COLD = _of(tuple(Service(f"cold-{number:04d}", 1) for number in range(5_000)), "cold", "A at TTL 0, 5,000 services of one instance", "A", 0, 1)

TCP_A = A.over_tcp(TCP, "A over TCP, 64 connections with 16 queries on their way")
TCP_ONCE_A = A.over_tcp(TCP_ONCE, "A over TCP, a connection for each query, 64 at a time")
