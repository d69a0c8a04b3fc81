"""Random changes of a catalogue: each as a request to an agent's HTTP API, and made in our own copy of the catalogue."""
from __future__ import annotations

import dataclasses
import itertools
import json
import random
import uuid

from catalogue import Asked, Catalogue, Instance, Node

SERVICES = [f"churn-{number:02d}" for number in range(50)]
ABSENT = [f"never-{number}" for number in range(4)]
NODES = 24
INSTANCES = 150
MOST_OF_A_SERVICE = 6  # so that an answer fits into 1,232 bytes
TAGS = ("blue", "green", "v1.2")


def questions() -> list[Asked]:
    """All that clients ask for."""
    asked = []
    for name in SERVICES:
        asked += [Asked(f"{name}.service.consul", type, name) for type in ("A", "AAAA", "SRV")]
        asked += [Asked(f"{tag}.{name}.service.consul", "A", name, tag) for tag in TAGS]
        asked += [Asked(f"_{name}._blue.service.consul", "SRV", name, "blue")]
    asked += [Asked(f"{name}.service.consul", "A", name) for name in ABSENT]
    return asked + [Asked(f"{name}.node.consul", "A", node=name) for number in range(NODES) for name in _names(number)]


def _names(number: int) -> tuple[str, str]:
    """A node's, and what it is renamed to and from."""
    return f"node-{number:02d}", f"node-{number:02d}-new"


@dataclasses.dataclass(frozen=True)
class Change:
    what: str
    path: str
    body: object
    services: tuple[str, ...] = ()  # whose answers may change
    nodes: tuple[str, ...] = ()


class Churner:
    """Chooses changes, and makes them in the catalogue at once: whoever sends them has to do it in this order."""

    def __init__(self, catalogue: Catalogue, agent: str, seed: int):
        self._catalogue = catalogue
        self._random = random.Random(seed)
        self._number = itertools.count(1)
        self._own = catalogue.add(Node(agent, "127.0.0.1"))
        self._ids = {name: str(uuid.UUID(int=self._random.getrandbits(128))) for number in range(NODES) for name in _names(number)[:1]}

    def next(self) -> Change:
        kinds = {
            self._register: 22,
            self._deregister: 18,
            self._check: 22,
            self._edit: 22,
            self._node_address: 3,
            self._node_check: 3,
            self._node_goes: 1,
            self._node_renamed: 1,
            self._maintenance: 4,
            self._node_maintenance: 1,
            self._key: 6,
        }
        # A node that goes takes all that it has along: about as many come back.
        kinds[self._register if self._catalogue.size() < INSTANCES else self._deregister] += 20
        while True:
            change = self._random.choices(list(kinds), list(kinds.values()))[0]()
            if change is not None:
                return change

    def fill(self) -> list[Change]:
        """What there is in the beginning."""
        return [change for _ in range(INSTANCES) if (change := self._register()) is not None]

    # Instances, each on a node of its own choice; those of the agent through its own endpoints.

    def _register(self) -> Change | None:
        service = self._random.choice(SERVICES)
        if len(self._catalogue.of(service)) >= MOST_OF_A_SERVICE:
            return None
        node = self._own if self._random.random() < 0.2 else self._any_node()
        one = Instance(f"{service}-{next(self._number)}", service, self._address(), self._port(), self._tags(), self._weights())
        node.instances[one.id] = one
        return self._registration("register", node, one)

    def _deregister(self) -> Change | None:
        if (chosen := self._any_instance()) is None:
            return None
        node, one = chosen
        del node.instances[one.id]
        if node is self._own:
            return Change("deregister", f"/v1/agent/service/deregister/{one.id}", None, (one.service,))
        return Change("deregister", "/v1/catalog/deregister", {"Node": node.name, "ServiceID": one.id}, (one.service,))

    def _edit(self) -> Change | None:
        if (chosen := self._any_instance()) is None:
            return None
        node, one = chosen
        what = self._random.choice(("address", "port", "weights", "tags"))
        setattr(one, what, {"address": self._address, "port": self._port, "weights": self._weights, "tags": self._tags}[what]())
        return self._registration(what, node, one)

    def _check(self) -> Change | None:
        """To critical or warning, and back. Only where a check is the catalogue's own: an agent tells of its checks when it likes to."""
        if (chosen := self._any_instance()) is None or chosen[0] is self._own:
            return None
        node, one = chosen
        one.status = self._random.choice(("critical", "critical", "warning")) if one.status == "passing" else "passing"
        check = {"CheckID": f"check-{one.id}", "Name": "check", "ServiceID": one.id, "Status": one.status}
        return Change(f"check {one.status}", "/v1/catalog/register", {**_node(node), "Check": check}, (one.service,))

    def _maintenance(self) -> Change | None:
        if not self._own.instances:
            return None
        one = self._random.choice(list(self._own.instances.values()))
        one.maintenance = not one.maintenance
        enable = str(one.maintenance).lower()
        return Change("maintenance", f"/v1/agent/service/maintenance/{one.id}?enable={enable}", None, (one.service,))

    # Nodes, with all that is on them.

    def _node_address(self) -> Change:
        node = self._any_node()
        node.address = self._node_address_of()
        return Change("node address", "/v1/catalog/register", _node(node), _services(node), (node.name,))

    def _node_check(self) -> Change:
        node = self._any_node()
        node.status = "critical" if node.status == "passing" else "passing"
        check = {"CheckID": "node", "Name": "node", "Status": node.status}
        return Change(f"node {node.status}", "/v1/catalog/register", {**_node(node), "Check": check}, _services(node), (node.name,))

    def _node_goes(self) -> Change:
        node = self._any_node()
        del self._catalogue.nodes[node.name]
        return Change("node deregistered", "/v1/catalog/deregister", {"Node": node.name}, _services(node), (node.name,))

    def _node_renamed(self) -> Change:
        """To Consul, a node of a known ID and another name: the old one goes with all it had."""
        old = self._any_node()
        del self._catalogue.nodes[old.name]
        first, second = _names(int(old.name[5:7]))
        node = self._catalogue.add(Node(second if old.name == first else first, old.address, old.id))
        return Change("node renamed", "/v1/catalog/register", _node(node), _services(old), (old.name, node.name))

    def _node_maintenance(self) -> Change:
        self._own.maintenance = not self._own.maintenance
        enable = str(self._own.maintenance).lower()
        return Change("node maintenance", f"/v1/agent/maintenance?enable={enable}", None, _services(self._own))

    def _key(self) -> Change:
        return Change("key (KV)", f"/v1/kv/churn/{self._random.randrange(100)}", {"number": next(self._number)})

    def _registration(self, what: str, node: Node, one: Instance) -> Change:
        weights = {"Passing": one.weights[0], "Warning": one.weights[1]}
        service = {"ID": one.id, "Port": one.port, "Address": one.address, "Tags": list(one.tags), "Weights": weights}
        if node is self._own:
            return Change(what, "/v1/agent/service/register", {**service, "Name": one.service}, (one.service,))
        return Change(what, "/v1/catalog/register", {**_node(node), "Service": {**service, "Service": one.service}}, (one.service,), (node.name,))

    def _any_node(self) -> Node:
        """One that is there, or comes with what is registered on it."""
        number = self._random.randrange(NODES)
        for name in _names(number):
            if name in self._catalogue.nodes:
                return self._catalogue.nodes[name]
        first = _names(number)[0]
        return self._catalogue.add(Node(first, self._node_address_of(), self._ids[first]))

    def _any_instance(self) -> tuple[Node, Instance] | None:
        all = [(node, one) for node in self._catalogue.nodes.values() for one in node.instances.values()]
        return self._random.choice(all) if all else None

    def _node_address_of(self) -> str:
        number = next(self._number)
        return f"10.200.{number >> 8 & 255}.{number & 255}"

    def _address(self) -> str:
        """No two instances have the same, unless it is their node's."""
        kind, number = self._random.random(), next(self._number)
        if kind < 0.15:
            return ""
        return f"fd00::{number & 0xFFFF:x}" if kind < 0.3 else f"10.{1 + (number >> 16) % 99}.{number >> 8 & 255}.{number & 255}"

    def _port(self) -> int:
        return 1024 + next(self._number) % 60000

    def _tags(self) -> tuple[str, ...]:
        return tuple(tag for tag in TAGS if self._random.random() < 0.5)

    def _weights(self) -> tuple[int, int]:
        return self._random.randint(1, 9), self._random.randint(1, 9)


def _node(node: Node) -> dict:
    return {"ID": node.id, "Node": node.name, "Address": node.address}


def _services(node: Node) -> tuple[str, ...]:
    return tuple({one.service for one in node.instances.values()})
