"""A real Consul agent with the services that are asked for."""
from __future__ import annotations

import dataclasses
import http.client
import json
import os
import pathlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator

from processes import Process, Processes, free_port
from workloads import Service

TTL_SECONDS = 60
TTL = f"{TTL_SECONDS}s"
MOST_OPERATIONS = 64  # in a transaction


class ConsulError(Exception):
    """Why there is no agent, and what to do."""


@dataclasses.dataclass(frozen=True)
class Consul:
    binary: str
    version: tuple[int, ...]

    def __str__(self) -> str:
        return "Consul " + ".".join(map(str, self.version))


@dataclasses.dataclass(frozen=True)
class Agent:
    consul: Consul
    process: Process
    dns_port: int
    http_port: int
    recursor: str


def newest() -> Consul:
    """The newest Consul there is."""
    return max(every(), key=lambda consul: consul.version)


def every() -> list[Consul]:
    """Each Consul that CONSUL_BIN names, else each that script/bootstrap got, else the one on the PATH."""
    named = [binary for binary in os.environ.get("CONSUL_BIN", "").split(os.pathsep) if binary]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "consul-resolver"
    kept = [str(path) for path in cache.glob("consul-*") if os.access(path, os.X_OK) and path.is_file()]
    on_path = [binary for binary in [shutil.which("consul")] if binary]
    found = [consul for binary in named or kept or on_path if (consul := _version(binary))]
    if not found:
        raise ConsulError("No Consul is here to measure with. Type: script/bootstrap (or set CONSUL_BIN, or put consul on the PATH)")
    return found


def _version(binary: str) -> Consul | None:
    try:
        said = subprocess.run([binary, "version"], capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"Consul v?(\d+)\.(\d+)\.(\d+)", said)
    return Consul(binary, tuple(map(int, match.groups()))) if match else None


def start(processes: Processes, consul: Consul, directory: pathlib.Path, core: int, services: Iterable[Service], ttl: str = TTL) -> Agent:
    """Starts an agent that is a server of its own, and registers the services."""
    directory.mkdir()
    # dnsmasq caches nothing that comes with RA=0, and Consul sets RA only where it has a recursor: this one is never asked.
    recursor = f"127.0.0.1:{free_port()}"
    ports = {name: free_port() for name in ("dns", "http", "server", "serf_lan", "serf_wan")}
    unused = ["https", "grpc"] + (["grpc_tls"] if consul.version >= (1, 14) else [])
    config = {
        "server": True,
        "bootstrap": True,
        "node_name": "bench",
        "bind_addr": "127.0.0.1",
        "client_addr": "127.0.0.1",
        "data_dir": str(directory / "data"),
        "ports": {**ports, **{name: -1 for name in unused}},
        "recursors": [recursor],
        "dns_config": {"service_ttl": {"*": ttl}, "node_ttl": ttl},
        "connect": {"enabled": False},
        "performance": {"raft_multiplier": 1},
        "disable_update_check": True,
        "log_level": "ERR",
    }
    (directory / "agent.json").write_text(json.dumps(config, indent=2))
    process = processes.start([consul.binary, "agent", "-config-file", directory / "agent.json"], directory / "log", {core})
    _wait_for_leader(process, ports["http"])
    _register(ports["http"], list(services))
    return Agent(consul, process, ports["dns"], ports["http"], recursor)


def _wait_for_leader(process: Process, http_port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not process.running():
            raise ConsulError(f"The Consul agent ended: {process.last_words()}")
        connection = http.client.HTTPConnection("127.0.0.1", http_port, timeout=2)
        try:
            connection.request("GET", "/v1/status/leader")
            if len(connection.getresponse().read()) > len('""'):
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise ConsulError(f"The Consul agent found no leader within a minute: {process.last_words()}")


def _register(http_port: int, services: list[Service]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", http_port, timeout=30)
    try:
        for number in range(max(service.instances for service in services)):
            _put(connection, "/v1/catalog/register", {"Node": _node(number), "Address": f"10.0.{number >> 8}.{number & 255}"})
        operations = [operation for number, service in enumerate(services) for operation in _operations(number, service)]
        for start in range(0, len(operations), MOST_OPERATIONS):
            _put(connection, "/v1/txn", operations[start : start + MOST_OPERATIONS])
    finally:
        connection.close()


def _node(instance: int) -> str:
    return f"bench-node-{instance}"


def _operations(number: int, service: Service) -> Iterator[dict]:
    for instance in range(service.instances):
        registration = {
            "ID": f"{service.name}-{instance}",
            "Service": service.name,
            "Address": f"10.{1 + number // 32 % 250}.{(number % 32) * 8 + (instance >> 8)}.{instance & 255}",
            "Port": 8000 + instance,
        }
        yield {"Service": {"Verb": "set", "Node": _node(instance), "Service": registration}}


def _put(connection: http.client.HTTPConnection, path: str, body: object) -> None:
    connection.request("PUT", path, json.dumps(body))
    response = connection.getresponse()
    said = response.read().decode(errors="replace")
    if response.status != 200:
        raise ConsulError(f"The Consul agent did not take a registration: {response.status} {said.strip()[:500]}")
