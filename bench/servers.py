"""The servers that are compared: which of them are here, and how each is run on one core in front of the agent."""
from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence

import tools
from consul import Agent
from workloads import Workload

ROOT = pathlib.Path(__file__).resolve().parent.parent
AGENT, US, FLOOR = "agent", "us", "echo"
PEERS = ("unbound", "dnsmasq", "coredns")
KEYS = (FLOOR, US, *PEERS, AGENT)
INSTALL = {
    "unbound": "sudo apt-get install unbound",
    "dnsmasq": "sudo apt-get install dnsmasq-base",
    "coredns": "go install github.com/coredns/coredns@v1.15.0",
}


@dataclasses.dataclass(frozen=True)
class Setup:
    """What a server is told: where to listen, whom to ask, where its files may be."""

    port: int
    upstream: int  # the port of the agent's DNS, or of what stands in for it
    http: int  # the port of the agent's HTTP API
    recursor: str
    directory: pathlib.Path
    workload: Workload
    reply_size: int
    threads: int | None  # None: what it chooses itself
    settings: tuple[str, ...] = ()  # more lines of our configuration file
    java: tuple[object, ...] = ()  # more for our JVM
    admin: int | None = None  # the port of our metrics


@dataclasses.dataclass(frozen=True)
class Server:
    key: str
    label: str
    version: str
    command: Callable[[Setup], Sequence[object]] | None  # None: it runs already
    plain: Callable[[Setup], Sequence[object]] | None = None  # us, by no more than java -jar


class ServerError(Exception):
    """Why the server cannot be built or run, and what to do."""


def floor() -> Server:
    def command(setup: Setup) -> Sequence[object]:
        return [tools.ECHO, setup.port, setup.reply_size, setup.workload.least_answers]

    return Server(FLOOR, "floor: C echo", "recvmmsg and sendmmsg, replies of the same size", command)


def agent(running: Agent) -> Server:
    return Server(AGENT, "the agent", str(running.consul), None)


def us(jar: pathlib.Path | None) -> list[Server]:
    """Us on the newest JDK, and on the oldest where that is another; as script/server runs us."""
    script = """
        set -euo pipefail
        source script/lib/common.sh; source script/lib/java.sh; source script/lib/maven.sh; source script/lib/server.sh
        old=$(oldest_jdk 17) new=$(newest_jdk 17)
        [ -n "$old" ] || fail "A JDK 17 or newer is needed, and none is at JAVA_HOME, on the PATH or in /usr/lib/jvm. Type: $(jdk_to_install 17)"
        jar=$1
        [ -n "$jar" ] || { build_server "$new"; jar=$server_jar; }
        for jdk in "$new" "$old"; do
          make_archive "$jdk" "$jar" >&2
          echo "$jar"; echo "$jdk"; jdk_major "$jdk"; { server_flags "$jdk"; archive_flags "$jdk" "$jar"; } | tr '\\n' ' '; echo
        done
    """
    done = subprocess.run(
        ["bash", "-c", script, "bench", str(jar or "")], cwd=ROOT, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise ServerError("The server could not be built: see above.")
    lines = done.stdout.splitlines()
    found = {
        jdk: _us(pathlib.Path(jdk), major, flags.split(), pathlib.Path(path))
        for path, jdk, major, flags in (lines[i : i + 4] for i in range(0, len(lines), 4))
    }
    return list(found.values())


def _us(jdk: pathlib.Path, major: str, flags: list[str], jar: pathlib.Path) -> Server:
    def command(setup: Setup, flags: Sequence[str] = flags) -> Sequence[object]:
        config = setup.directory / "consul-resolver.yaml"
        threads = (f"event-loops: {setup.threads}",) if setup.threads else ()
        config.write_text("".join(f"{line}\n" for line in ("log-level: warn", *threads, *setup.settings)))
        where = ["--listen", f"127.0.0.1:{setup.port}"]
        agent = ["--consul", f"127.0.0.1:{setup.upstream}", "--consul-http", f"127.0.0.1:{setup.http}"]
        admin = f"127.0.0.1:{setup.admin}" if setup.admin else "none"
        alone = ["--admin", admin, "--recursor", setup.recursor, "--state-dir", setup.directory]
        return [jdk / "bin" / "java", *flags, *setup.java, "-jar", jar, "serve", "--config", config, *where, *agent, *alone]

    def plain(setup: Setup) -> Sequence[object]:
        return command(setup, ())

    return Server(US, f"us, JDK {major}", _said([jdk / "bin" / "java", "-version"], r'"(\S+)"'), command, plain)


def peers(wanted: set[str]) -> tuple[list[Server], list[str]]:
    """The wanted peers that are installed, and a line for each that is not."""
    commands = {"unbound": _unbound, "dnsmasq": _dnsmasq, "coredns": _coredns}
    versions = {
        "unbound": (["-V"], r"Version (\S+)"),
        "dnsmasq": (["--version"], r"version (\S+)"),
        "coredns": (["-version"], r"CoreDNS-(\S+)"),
    }
    search = os.pathsep.join([os.environ.get("PATH", ""), str(pathlib.Path.home() / "go" / "bin"), "/usr/sbin", "/usr/local/sbin"])
    found, missing = [], []
    for key in (peer for peer in PEERS if peer in wanted):
        binary = shutil.which(key, path=search)
        if binary is None:
            missing.append(f"{key} is not here and was left out. To compare with it: {INSTALL[key]}")
            continue
        flags, pattern = versions[key]

        def command(setup: Setup, write=commands[key], binary=binary) -> Sequence[object]:
            return [binary, *write(setup)]

        found.append(Server(key, key, _said([binary, *flags], pattern), command))
    return found, missing


def _said(command: Sequence[object], pattern: str) -> str:
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown version"
    match = re.search(pattern, done.stdout + done.stderr)
    return match.group(1) if match else "unknown version"


def _receive_buffer() -> int:
    """4 MiB, or what this kernel grants without privileges."""
    return min(4 << 20, int(pathlib.Path("/proc/sys/net/core/rmem_max").read_text()))


def _unbound(setup: Setup) -> Sequence[object]:
    config = setup.directory / "unbound.conf"
    config.write_text(
        f"""server:
  interface: 127.0.0.1
  port: {setup.port}
  do-ip6: no
  num-threads: {setup.threads or 1}
  incoming-num-tcp: 1000
  module-config: "iterator"
  do-not-query-localhost: no
  domain-insecure: "consul"
  msg-cache-size: 32m
  rrset-cache-size: 64m
  so-rcvbuf: {_receive_buffer()}
  do-daemonize: no
  chroot: ""
  username: ""
  directory: "{setup.directory}"
  pidfile: "{setup.directory}/unbound.pid"
  use-syslog: no
  verbosity: 0
forward-zone:
  name: "consul"
  forward-addr: 127.0.0.1@{setup.upstream}
remote-control:
  control-enable: no
"""
    )
    return ["-d", "-c", config]


def _dnsmasq(setup: Setup) -> Sequence[object]:
    return [
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--pid-file=",
        f"--port={setup.port}",
        "--listen-address=127.0.0.1",
        "--bind-interfaces",
        "--no-resolv",
        "--no-hosts",
        f"--server=/consul/127.0.0.1#{setup.upstream}",
        "--cache-size=10000",
        "--dns-forward-max=1000",  # by default it refuses what is asked while 150 wait for the agent
        *(["--user=root"] if os.geteuid() == 0 else []),
    ]


def _coredns(setup: Setup) -> Sequence[object]:
    config = setup.directory / "Corefile"
    config.write_text(
        f"""consul:{setup.port} {{
  bind 127.0.0.1
  forward . 127.0.0.1:{setup.upstream}
  cache 60
}}
"""
    )
    return ["-conf", config]
