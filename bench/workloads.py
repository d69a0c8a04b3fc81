"""What is asked: each workload is a list of questions that go round and round, and what makes a reply right."""
from __future__ import annotations

import dataclasses

from dns import Question

SERVICES = 200
INSTANCES = 3


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    title: str
    questions: tuple[Question, ...]
    edns_size: int  # 0: no EDNS
    least_answers: int  # fewer in a reply are wrong


def service(number: int) -> str:
    return f"bench-{number:03d}"


def _of_all_services(record_type: str) -> tuple[Question, ...]:
    return tuple(Question(f"{service(number)}.service.consul", record_type) for number in range(SERVICES))


A = Workload("a", f"A, {INSTANCES} instances, no EDNS", _of_all_services("A"), 0, INSTANCES)
SRV = Workload("srv", f"SRV with addresses, {INSTANCES} instances, EDNS 1232", _of_all_services("SRV"), 1232, INSTANCES)
ALL = {workload.name: workload for workload in (A, SRV)}
