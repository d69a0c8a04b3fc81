"""Our tools in C: built, started, and told what to do."""
from __future__ import annotations

import json
import os
import pathlib
import queue
import shutil
import subprocess
import threading

from tools import ToolError

SOURCES = pathlib.Path(__file__).resolve().parent
BUILT = SOURCES.parent / "target" / "soak"
STEADY, FUZZ, STANDIN = BUILT / "steady", BUILT / "fuzz", BUILT / "standin"
CORPUS = SOURCES.parent / "resolver-core" / "src" / "test" / "resources" / "io" / "github" / "consulresolver" / "fuzz"
QUERIES, REPLIES = CORPUS / "queries.txt", CORPUS / "replies.txt"


def build() -> None:
    """Compiles what is older than its source."""
    BUILT.mkdir(parents=True, exist_ok=True)
    for binary in (STEADY, FUZZ, STANDIN):
        sources = [SOURCES / f"{binary.name}.c", SOURCES / "dns.h"]
        if binary.exists() and binary.stat().st_mtime >= max(source.stat().st_mtime for source in sources):
            continue
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            raise ToolError("A C compiler is needed, and neither gcc nor cc is on the PATH. Type: sudo apt-get install gcc libc6-dev")
        command = [compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-pthread", "-o", binary, sources[0]]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise ToolError(f"{sources[0]} does not compile:\n{done.stderr}")


class Tool:
    """One that runs, is told lines, and says lines of JSON. It ends when its input does, so at the latest with us."""

    def __init__(self, *command: object):
        self._process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, start_new_session=True
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def tell(self, line: str) -> None:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self, timeout: float) -> dict | None:
        """The next line; None after its end. Raises queue.Empty when nothing comes in time."""
        line = self._lines.get(timeout=timeout)
        return None if line is None else json.loads(line)

    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    def end_input(self) -> None:
        self._process.stdin.close()

    def __enter__(self) -> Tool:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._process.stdin.closed:
            try:
                self._process.stdin.close()
            except OSError:
                pass
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class StandIn(Tool):
    """For an agent or a recursor: see standin.c for how it can be told to behave."""

    def __init__(self, port: int, ttl: int = 60, seed: int = 1):
        super().__init__(STANDIN, "-t", ttl, "-s", seed, port, REPLIES)
        self.port = port

    def behave(self, how: str) -> None:
        self.tell(how)


class Steady(Tool):
    """Clients at a steady rate: see steady.c. A phase's figures come some seconds after its end."""

    def __init__(self, port: int, names: pathlib.Path, rate: int = 2000, unknown_rate: int = 0):
        super().__init__(STEADY, "-r", rate, "-u", unknown_rate, port, names)

    def phase(self, name: str) -> None:
        self.tell(f"phase {name}")

    def phases(self) -> dict[str, dict]:
        """Ends it; what all phases were like."""
        self.end_input()
        found = {}
        while (line := self.hear(timeout=30)) is not None:
            found[line["phase"]] = line
        return found


def nice(process: subprocess.Popen) -> None:
    os.setpriority(os.PRIO_PROCESS, process.pid, 5)
