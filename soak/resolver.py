"""Our server as a process, and what can be seen of it from outside."""
from __future__ import annotations

import dataclasses
import os
import pathlib
import random
import re
import socket
import struct
import subprocess
import time
import urllib.request
from collections.abc import Sequence

import dns
from processes import Process, Processes, free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent
STARTS_WITHIN = 20  # seconds


class ResolverError(Exception):
    """Why there is no server, and what to do."""


@dataclasses.dataclass(frozen=True)
class Program:
    """The server as script/server runs it: the newest JDK, its flags, the jar."""

    java: pathlib.Path
    flags: tuple[str, ...]
    jar: pathlib.Path


def program(jar: pathlib.Path | None) -> Program:
    """The server, built where that is needed."""
    script = """
        set -euo pipefail
        source script/lib/common.sh; source script/lib/java.sh; source script/lib/maven.sh; source script/lib/server.sh
        jdk=$(newest_jdk 17)
        [ -n "$jdk" ] || fail "A JDK 17 or newer is needed, and none is at JAVA_HOME, on the PATH or in /usr/lib/jvm. Type: $(jdk_to_install 17)"
        [ -n "$1" ] || build_server "$jdk"
        jar=${1:-$server_jar}
        echo "$jdk"; echo "$jar"; server_flags "$jdk"; archive_flags "$jdk" "$jar"
    """
    command = ["bash", "-c", script, "soak", str(jar or "")]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise ResolverError("The server could not be built: see above.")
    jdk, path, *flags = done.stdout.split("\n")
    return Program(pathlib.Path(jdk) / "bin" / "java", tuple(flag for flag in flags if flag), pathlib.Path(path))


@dataclasses.dataclass(frozen=True)
class Sample:
    """What a process holds at one moment."""

    rss_mb: float
    descriptors: int
    threads: int


class Resolver:
    """One running server. Its Netty looks for leaks, in everything where that does not change what is measured."""

    def __init__(
        self,
        processes: Processes,
        program: Program,
        directory: pathlib.Path,
        consul: int,
        http: int | None,
        recursor: int,
        leaks: str = "paranoid",
        settings: Sequence[str] = (),
    ):
        self.port, self.admin = free_port(), free_port()
        self.log = directory / "server.log"
        command = [
            *(program.java, *program.flags, f"-Dio.netty.leakDetection.level={leaks}", "-jar", program.jar, "serve"),
            *("--listen", f"127.0.0.1:{self.port}", "--admin", f"127.0.0.1:{self.admin}", "--state-dir", directory),
            *("--consul", f"127.0.0.1:{consul}", "--consul-http", f"127.0.0.1:{http or free_port()}"),
            *("--recursor", f"127.0.0.1:{recursor}", "--log-level", "info", *settings),
        ]
        self.process: Process = processes.start(command, self.log, None)
        deadline = time.monotonic() + STARTS_WITHIN
        while self._metrics_text() is None:
            if time.monotonic() > deadline or not self.process.running():
                raise ResolverError(f"The server did not start: {self.process.last_words()}")
            time.sleep(0.05)

    def sample(self) -> Sample:
        threads = len(os.listdir(f"/proc/{self.process.pid}/task"))
        return Sample(self.process.rss_mb(), len(os.listdir(f"/proc/{self.process.pid}/fd")), threads)

    def datagrams_missed(self) -> int:
        """How many came when its sockets had no room: it was not let run for long enough, or is too slow."""
        with open("/proc/net/udp", encoding="ascii") as table:
            rows = [line.split() for line in table]
        return sum(int(row[-1]) for row in rows[1:] if int(row[1].split(":")[1], 16) == self.port)

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's series that have these labels."""
        total = 0.0
        for line in (self._metrics_text() or "").splitlines():
            match = re.fullmatch(re.escape(name) + r"(?:\{(.*)\})? (\S+)", line)
            if match and all(f'{label}="{value}"' in (match.group(1) or "") for label, value in labels.items()):
                total += float(match.group(2))
        return total

    def _metrics_text(self) -> str | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=5) as response:
                return response.read().decode()
        except OSError:
            return None

    def complaints(self) -> list[str]:
        """Lines of its log that tell of a defect: exceptions nobody caught, leaks, memory that ran out."""
        told = re.compile(r"LEAK|Exception|OutOfMemory|StackOverflow|\tat |Error:|hs_err|SIGSEGV| ERROR ")
        return [line for line in self.log.read_text(errors="replace").splitlines() if told.search(line)]

    def answers(self, name: str, type: str = "A", least: int = 1, timeout: float = 5) -> bool:
        return dns.ask(self.port, dns.Question(name, type), 1232, least, timeout) is not None


def rcode(port: int, name: str, timeout: float = 6) -> int | None:
    """Asks once for A; the response code, None without a reply."""
    query = dns.encode(dns.Question(name, "A"), 1232, random.getrandbits(16))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("127.0.0.1", port))
        udp.settimeout(timeout)
        udp.send(query)
        try:
            reply = udp.recv(65535)
        except OSError:
            return None
    return reply[3] & 15 if reply[:2] == query[:2] else None


def framed(query: bytes) -> bytes:
    """For TCP: with its length before it."""
    return struct.pack(">H", len(query)) + query
