"""Our own tools in C: the load generators, the floor, and the stand-in for an agent."""
from __future__ import annotations

import pathlib
import shutil
import subprocess

SOURCES = pathlib.Path(__file__).resolve().parent
BUILT = SOURCES.parent / "target" / "bench"
DNSLOAD = BUILT / "dnsload"
TCPLOAD = BUILT / "tcpload"
ECHO = BUILT / "echo"
UPSTREAM = BUILT / "upstream"


class ToolError(Exception):
    """Why a tool could not be built, and what to do."""


def build() -> None:
    """Compiles what is older than its source."""
    BUILT.mkdir(parents=True, exist_ok=True)
    for binary in (DNSLOAD, TCPLOAD, ECHO, UPSTREAM):
        source = SOURCES / f"{binary.name}.c"
        if binary.exists() and binary.stat().st_mtime >= source.stat().st_mtime:
            continue
        compiler = shutil.which("gcc") or shutil.which("cc")
        if compiler is None:
            raise ToolError(
                "A C compiler is needed for the load generator, and neither gcc nor cc is on the PATH. "
                "Type: sudo apt-get install gcc libc6-dev"
            )
        done = subprocess.run([compiler, "-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", binary, source], capture_output=True, text=True)
        if done.returncode != 0:
            raise ToolError(f"{source} does not compile:\n{done.stderr}")
