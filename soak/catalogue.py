"""The catalogue as the churner makes it, and what Consul's DNS has to say of it."""
from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterable

NOERROR, NXDOMAIN = 0, 3
SEVERITY = {"passing": 0, "warning": 1, "critical": 2}

# A response code and the records, in no order. A record is an address; or of SRV weight, port, target and the target's address.
Answer = tuple[int, frozenset]
ABSENT: Answer = (NXDOMAIN, frozenset())


@dataclasses.dataclass(frozen=True)
class Asked:
    """A question, and what in the catalogue it is about."""

    name: str
    type: str
    service: str = ""
    tag: str = ""
    node: str = ""


@dataclasses.dataclass
class Instance:
    id: str
    service: str
    address: str  # empty: the node's
    port: int
    tags: tuple[str, ...] = ()
    weights: tuple[int, int] = (1, 1)  # passing, warning
    status: str = "passing"
    maintenance: bool = False


@dataclasses.dataclass
class Node:
    name: str
    address: str
    id: str = ""
    status: str = "passing"
    maintenance: bool = False
    instances: dict[str, Instance] = dataclasses.field(default_factory=dict)


class Catalogue:
    """All nodes. What it answers is what an agent answers that serves its newest state."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}

    def add(self, node: Node) -> Node:
        self.nodes[node.name] = node
        return node

    def of(self, service: str) -> list[tuple[Node, Instance]]:
        return [(node, one) for node in self.nodes.values() for one in node.instances.values() if one.service == service]

    def size(self) -> int:
        return sum(len(node.instances) for node in self.nodes.values())

    def answer(self, asked: Asked) -> Answer:
        if asked.node:
            node = self.nodes.get(asked.node)
            return (NOERROR, frozenset([node.address])) if node else ABSENT
        serving = []
        for node, one in self.of(asked.service):
            status = _status(node, one)
            if status != "critical" and (not asked.tag or asked.tag in one.tags):
                serving.append((node, one, one.weights[SEVERITY[status]]))
        return (NOERROR, frozenset(_records(serving, asked.type))) if serving else ABSENT


def _status(node: Node, one: Instance) -> str:
    if node.maintenance or one.maintenance:
        return "critical"
    return max(node.status, one.status, key=SEVERITY.__getitem__)


def _records(serving: Iterable[tuple[Node, Instance, int]], type: str) -> Iterable[object]:
    for node, one, weight in serving:
        address = ipaddress.ip_address(one.address or node.address)
        if type == "SRV":
            target = f"{address.packed.hex()}.addr" if one.address else f"{node.name}.node"
            yield weight, one.port, f"{target}.dc1.consul", str(address)
        elif (address.version == 6) == (type == "AAAA"):
            yield str(address)
