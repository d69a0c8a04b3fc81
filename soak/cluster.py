"""Real Consul agents: three servers, and the client agent of a node. Their TTL is Consul's default: none."""
from __future__ import annotations

import http.client
import json
import pathlib
import time

from consul import Consul, ConsulError
from processes import Process, Processes, free_port

INSTANCES = 3
READY_WITHIN = 60  # seconds
MOST_OPERATIONS = 64  # in a transaction


class Agent:
    """One agent that can be ended without warning and started again, with the same ports and data."""

    def __init__(self, processes: Processes, consul: Consul, directory: pathlib.Path, name: str, config: dict):
        self._processes, self._consul, self._directory = processes, consul, directory
        self.name = name
        self.ports = {port: free_port() for port in ("dns", "http", "server", "serf_lan")}
        unused = ["serf_wan", "https", "grpc"] + (["grpc_tls"] if consul.version >= (1, 14) else [])
        directory.mkdir(parents=True, exist_ok=True)
        base = {
            "node_name": name,
            "bind_addr": "127.0.0.1",
            "client_addr": "127.0.0.1",
            "data_dir": str(directory / f"{name}-data"),
            "ports": {**self.ports, **{port: -1 for port in unused}},
            "performance": {"raft_multiplier": 1},
            "disable_update_check": True,
            "leave_on_terminate": False,
            "log_level": "ERR",
        }
        self._file = directory / f"{name}.json"
        self._file.write_text(json.dumps({**base, **config}, indent=2))
        self.process: Process | None = None
        self.start()

    def start(self) -> None:
        log = self._directory / f"{self.name}.log"
        self.process = self._processes.start([self._consul.binary, "agent", "-config-file", self._file], log, None)

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self._processes.end(self.process)
            self.process = None

    def pause(self) -> None:
        self.process.pause()

    def resume(self) -> None:
        self.process.resume()

    def leader(self) -> str:
        """The leader's address, as this agent sees it; empty while there is none."""
        try:
            return json.loads(self.request("GET", "/v1/status/leader", timeout=2)[1] or '""')
        except (OSError, http.client.HTTPException, ValueError):
            return ""

    def wait_for_leader(self) -> None:
        self.wait_for("leader", lambda: bool(self.leader()))

    def wait_for(self, what: str, condition) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not condition():
            if time.monotonic() > deadline or self.process is None or not self.process.running():
                raise ConsulError(f"{self.name} waited in vain for a {what}: {self.process.last_words() if self.process else 'it was ended'}")
            time.sleep(0.1)

    def request(self, method: str, path: str, body: object = None, timeout: float = 20) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["http"], timeout=timeout)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        finally:
            connection.close()

    def register(self, services: int, ttl_of: str = "known") -> list[str]:
        """Registers so many services of three instances each in the catalog; their names."""
        names = [f"{ttl_of}-{number:03d}" for number in range(services)]
        for instance in range(INSTANCES):
            self._put("/v1/catalog/register", {"Node": f"node-{instance}", "Address": f"10.0.0.{instance + 1}"})
        operations = [
            {"Service": {"Verb": "set", "Node": f"node-{instance}", "Service": self._service(number, name, instance)}}
            for number, name in enumerate(names)
            for instance in range(INSTANCES)
        ]
        for start in range(0, len(operations), MOST_OPERATIONS):
            self._put("/v1/txn", operations[start : start + MOST_OPERATIONS])
        return names

    @staticmethod
    def _service(number: int, name: str, instance: int) -> dict:
        return {"ID": f"{name}-{instance}", "Service": name, "Address": f"10.{1 + instance}.{number >> 8}.{number & 255}", "Port": 8000 + instance}

    def _put(self, path: str, body: object) -> None:
        status, said = self.request("PUT", path, body)
        if status != 200:
            raise ConsulError(f"{self.name} did not take a registration: {status} {said.strip()[:500]}")


class Cluster:
    """Three servers, and the client agent of a node."""

    def __init__(self, processes: Processes, consul: Consul, directory: pathlib.Path):
        serves = {"server": True, "bootstrap_expect": 3}
        self.servers = [Agent(processes, consul, directory, f"server-{number}", serves) for number in range(3)]
        join = [f"127.0.0.1:{server.ports['serf_lan']}" for server in self.servers]
        for server in self.servers:
            server.wait_for("start", lambda server=server: self._joined(server, join))
        self.client = Agent(processes, consul, directory, "client", {"retry_join": join, "retry_interval": "1s"})
        self.client.wait_for_leader()

    @staticmethod
    def _joined(server: Agent, addresses: list[str]) -> bool:
        try:
            return all(server.request("PUT", f"/v1/agent/join/{address}", timeout=5)[0] == 200 for address in addresses)
        except (OSError, http.client.HTTPException):
            return False

    def leading(self) -> Agent:
        address = self.client.leader()
        return next(server for server in self.servers if address.endswith(f":{server.ports['server']}"))
