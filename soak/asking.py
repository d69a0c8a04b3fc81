"""Sockets of clients, without threads: what is asked, and what comes back."""
from __future__ import annotations

import collections
import dataclasses
import itertools
import json
import selectors
import socket
import struct
from collections.abc import Callable, Iterator

import dns
import replies
from catalogue import Asked
from replies import Reply

EDNS = 1232
PATIENCE = 5  # seconds, as stub resolvers have it
LONGEST = 65535


class Lost(Exception):
    """Who was to answer has ended the connection."""


class Follower:
    """Looks for one change in the answers to one question, of the server and of the agent itself, from its confirmation on."""

    def __init__(self, asked: Asked, number: int, confirmed: float, counts: bool):
        self.asked, self.number, self.confirmed, self.counts = asked, number, confirmed, counts
        self.next = confirmed
        self.missing = {"server", "agent"}
        self.open = collections.Counter()


@dataclasses.dataclass(frozen=True)
class Flight:
    asked: Asked
    sent: float
    following: Follower | None  # who looks for a change; None for an ordinary client


class Door:
    """One server's DNS, seen from clients on some UDP sockets, and on some TCP connections."""

    def __init__(self, selector: selectors.BaseSelector, port: int, heard: Callable[[Flight, Reply, float], None], udp: int, tcp: int):
        self._port, self._heard = port, heard
        self._selector = selector
        self._lines: list[_Line] = [_Datagrams(port) for _ in range(udp)] + [_Stream(port) for _ in range(tcp)]
        for line in self._lines:
            selector.register(line.socket, selectors.EVENT_READ, lambda now, line=line: self._read(line, now))
        self._turn = itertools.cycle(self._lines)
        self._wire: dict[Asked, bytes] = {}
        self.sent = self.lost = self.unreadable = 0

    def ask(self, asked: Asked, now: float, following: Follower | None = None) -> None:
        wire = self._wire.get(asked)
        if wire is None:
            wire = self._wire[asked] = dns.encode(dns.Question(asked.name, asked.type), EDNS, 0)[2:]
        self.sent += 1
        next(self._turn).send(wire, Flight(asked, now, following))

    def _read(self, line: _Line, now: float) -> None:
        for reply in line.received():
            flight = line.flights.pop(int.from_bytes(reply[:2], "big"), None)
            if flight is None:
                continue
            try:
                self._heard(flight, replies.read(reply), now)
            except replies.Unreadable:
                self.unreadable += 1

    def tidy(self, now: float) -> None:
        """Counts what had no reply."""
        for line in self._lines:
            while line.flights and now - next(iter(line.flights.values())).sent > PATIENCE:
                line.flights.popitem(last=False)
                self.lost += 1

    def waiting(self) -> int:
        return sum(len(line.flights) for line in self._lines)

    def close(self) -> None:
        for line in self._lines:
            self._selector.unregister(line.socket)
            line.socket.close()


class _Line:
    """One socket; its questions under way by their id, the oldest first."""

    def __init__(self, opened: socket.socket):
        self.socket = opened
        self.flights: collections.OrderedDict[int, Flight] = collections.OrderedDict()
        self._id = 0

    def _query(self, wire: bytes, flight: Flight) -> bytes:
        self._id = (self._id + 1) & 0xFFFF
        self.flights[self._id] = flight
        return self._id.to_bytes(2, "big") + wire

    def send(self, wire: bytes, flight: Flight) -> None:
        raise NotImplementedError

    def received(self) -> Iterator[bytes]:
        raise NotImplementedError


class _Datagrams(_Line):
    def __init__(self, port: int):
        super().__init__(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)

    def send(self, wire: bytes, flight: Flight) -> None:
        try:
            self.socket.send(self._query(wire, flight))
        except (BlockingIOError, ConnectionRefusedError):
            pass  # lost

    def received(self) -> Iterator[bytes]:
        try:
            while True:
                yield self.socket.recv(LONGEST)
        except (BlockingIOError, ConnectionRefusedError):
            return


class _Stream(_Line):
    def __init__(self, port: int):
        super().__init__(socket.create_connection(("127.0.0.1", port), timeout=5))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def send(self, wire: bytes, flight: Flight) -> None:
        query = self._query(wire, flight)
        self.socket.sendall(struct.pack(">H", len(query)) + query)

    def received(self) -> Iterator[bytes]:
        part = self.socket.recv(LONGEST)
        if not part:
            raise Lost("The server ended a TCP connection.")
        self._buffer += part
        while len(self._buffer) >= 2 and len(self._buffer) >= (end := 2 + int.from_bytes(self._buffer[:2], "big")):
            yield self._buffer[2:end]
            self._buffer = self._buffer[end:]


class Api:
    """An agent's HTTP API over one connection that is kept; one request at a time."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def put(self, path: str, body: object) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.socket.sendall(f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)

    def confirmed(self) -> bool:
        """Reads on; whether that was the end of the reply. Lost where it is none that confirms."""
        part = self.socket.recv(LONGEST)
        if not part:
            raise Lost("The agent ended the HTTP connection.")
        self._buffer += part
        head, blank, body = self._buffer.partition(b"\r\n\r\n")
        if not blank:
            return False
        status, *lines = head.decode("latin-1").split("\r\n")
        lengths = [int(line.partition(":")[2]) for line in lines if line.lower().startswith("content-length:")]
        if not lengths or " 200 " not in status + " ":
            raise Lost(f"The agent did not take a change: {status} {body.decode(errors='replace').strip()[:300]}")
        if len(body) < lengths[0]:
            return False
        self._buffer = body[lengths[0] :]
        return True

    def close(self) -> None:
        self.socket.close()
