"""Processes that the benchmark starts, and what the kernel says of them. Whatever is started here is ended here."""
from __future__ import annotations

import ctypes
import os
import pathlib
import signal
import socket
import subprocess
from collections.abc import Iterable

TICKS = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def free_port() -> int:
    """A port of 127.0.0.1 that is free for UDP and for TCP."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            try:
                udp.bind(tcp.getsockname())
            except OSError:
                continue
            return tcp.getsockname()[1]
    raise OSError("no free port on 127.0.0.1")


class Process:
    """One running process."""

    def __init__(self, command: Iterable[object], log: pathlib.Path, cores: set[int] | None, environment: dict[str, str] | None = None):
        self.log = log

        def prepare() -> None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # ends with us even if we are killed
            if cores:
                os.sched_setaffinity(0, cores)

        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=log.parent,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # Ctrl-C is for us; we end it in order
                preexec_fn=prepare,
            )
        self.pid = self._popen.pid

    def running(self) -> bool:
        return self._popen.poll() is None

    def cpu_seconds(self) -> float:
        """User and system time, with that of the children it has waited for."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS

    def rss_mb(self) -> float:
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def last_words(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it said nothing"

    def pause(self) -> None:
        self._popen.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._popen.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends it without warning."""
        self._popen.kill()
        self._popen.wait()

    def end(self) -> None:
        if self.running():
            self._popen.terminate()
            self.resume()  # a paused one hears of nothing else
            try:
                self._popen.wait(3)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()


class Processes:
    """All that run at present; a context that ends them, the last one first."""

    def __init__(self) -> None:
        self._running: list[Process] = []

    def start(self, *arguments, **named) -> Process:
        process = Process(*arguments, **named)
        self._running.append(process)
        return process

    def end(self, process: Process) -> None:
        process.end()
        self._running.remove(process)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *_: object) -> None:
        while self._running:
            self._running.pop().end()
