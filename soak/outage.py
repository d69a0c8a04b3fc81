"""script/soak --outage: known names while Consul is not well."""
from __future__ import annotations

import pathlib
import time

import consul
from cluster import Cluster
from generators import Steady
from processes import Processes, free_port
from resolver import Program, Resolver
from verdict import Verdict, say

NAMES = 100
RATE = 2000  # questions a second
UNKNOWN_RATE = 5
PAUSED = 20  # seconds
WELL = 8  # seconds between two outages
WARM_UP = 8  # seconds until compilers are mostly done
SOON = 3  # seconds until a leader is no longer missed


def run(program: Program, directory: pathlib.Path, seconds: float) -> Verdict:
    verdict = Verdict(f"Outage: {seconds:.0f} s without an agent, then without a leader")
    with Processes() as processes:
        say("starting three servers, a client agent, and the server")
        cluster = Cluster(processes, consul.newest(), directory / "consul")
        names = _names(cluster, directory)
        ports = cluster.client.ports
        server = Resolver(processes, program, directory, ports["dns"], ports["http"], free_port(), leaks="simple")
        with Steady(server.port, names, RATE, UNKNOWN_RATE) as clients:
            agents_word = _story(cluster, clients, server, names, seconds)
            phases = clients.phases()
        _judge(verdict, phases, agents_word)
        verdict.figures["datagrams that the server's sockets had no room for"] = server.datagrams_missed()
        complaints = server.complaints()
        verdict.none("lines of the server's log that tell of a defect or a leak", len(complaints))
        for line in complaints[:5]:
            say(line)
        verdict.figures["stale answers, by the server's own count"] = f"{server.metric('consul_resolver_queries_total', source='stale'):,.0f}"
    return verdict


def _names(cluster: Cluster, directory: pathlib.Path) -> pathlib.Path:
    """A, and the AAAA that clients ask with it, of 80 names; SRV of 20."""
    services = cluster.client.register(NAMES)
    lines = [f"{name}.service.consul A 3\n{name}.service.consul AAAA 0\n" for name in services[:80]]
    lines += [f"{name}.service.consul SRV 3\n" for name in services[80:]]
    cluster.client.wait_for("catalog", lambda: f'"{services[-1]}"' in cluster.client.request("GET", "/v1/catalog/services")[1])
    file = directory / "names"
    file.write_text("".join(lines))
    return file


def _story(cluster: Cluster, clients: Steady, server: Resolver, names: pathlib.Path, seconds: float) -> dict:
    """What happens; and what the agent itself said to those who asked it while its servers came back."""

    def phase(name: str, duration: float, what: str) -> None:
        say(f"{what}: {duration:.0f} s")
        clients.phase(name)
        end = time.monotonic() + duration
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(30, left))
            if left > 30:
                sample = server.sample()
                say(f"  {left - 30:.0f} s to go; RSS {sample.rss_mb:.0f} MB, {sample.descriptors} descriptors")

    time.sleep(WARM_UP)
    phase("well", WELL, "all is well")
    cluster.client.pause()
    phase("paused", PAUSED, "the agent is paused")
    cluster.client.resume()
    phase("resumed", WELL, "the agent runs on")
    cluster.client.kill()
    phase("killed", seconds / 2, "the agent is killed")
    cluster.client.start()
    cluster.client.wait_for_leader()
    phase("restarted", WELL, "the agent was started again, and has a leader")
    cluster.leading().kill()
    phase("leader lost", WELL, "the leader is killed; the others elect one")
    running = [one for one in cluster.servers if one.process is not None]
    running[0].kill()
    phase("quorum lost", seconds / 4, "another server is killed: there is no leader")
    running[1].kill()
    phase("no servers", seconds / 4, "the last server is killed")
    say("the servers are started again")
    clients.phase("returning")
    with Steady(cluster.client.ports["dns"], names, RATE) as askers_of_the_agent:
        for one in cluster.servers:
            one.start()
        cluster.client.wait_for_leader()
        # The agent looks for servers again from time to time; it has one when it says so, and answers soon after.
        time.sleep(SOON)
        agents_word = askers_of_the_agent.phases()["start"]
    phase("back", WELL, "the servers are back, and have a leader")
    return agents_word


def _judge(verdict: Verdict, phases: dict[str, dict], agents_word: dict) -> None:
    for name, found in phases.items():
        if name == "start":
            continue
        if name == "returning":
            # A server that has just started says of all names that they do not exist, until it has read what it knew. An agent passes that on, and so
            # do we, because a name that does not exist is the agent's to say. Whether it said so is seen by asking it.
            denied = found["nxdomain"] if agents_word["nxdomain"] else 0
            verdict.all("returning: questions for known names answered right, or denied as the agent did", found["right"] + denied, found["sent"])
            verdict.figures["returning: names denied"] = f"{found['nxdomain']:,} of {found['sent']:,}; by the agent itself {agents_word['nxdomain']:,} of {agents_word['sent']:,}"
        else:
            verdict.all(f"{name}: questions for known names answered right", found["right"], found["sent"])
        verdict.figures[name] = (
            f"{found['sent']:,} asked in {found['seconds']:.0f} s, {found['stale']:,} stale, {found['servfail']:,} SERVFAIL, {found['nxdomain']:,} NXDOMAIN, {found['wrong']:,} wrong, {found['lost']:,} lost; first ones at "
            f"most {found['first_max_ms']:.0f} ms, later ones p50 {found['later_p50_ms']:.2f}, p99 {found['later_p99_ms']:.2f}, most {found['later_max_ms']:.0f} ms"
        )
    for name in ("paused", "killed", "no servers"):
        found = phases[name]
        verdict.most(f"{name}: the first answer of a name", found["first_max_ms"], 300, " ms")
        verdict.most(f"{name}: p99 of later answers", found["later_p99_ms"], 1, " ms")
        verdict.goal(f"{name}: names answered", "all", f"{found['names_answered']} of {found['names']}", found["names_answered"] == found["names"])
        verdict.goal(f"{name}: later answers say that they are stale", "most", f"{found['stale']:,} of {found['right']:,}", found["stale"] > found["right"] / 2)
        # Those asked last may get the word of an agent that is back.
        told, unknown = found["unknown_servfail"], found["unknown"]
        verdict.goal(f"{name}: unknown names that got SERVFAIL", "most", f"{told:,} of {unknown:,}", told > 0.7 * unknown)
        verdict.none(f"{name}: unknown names without a reply within 5 s", found["unknown_lost"])
        verdict.most(f"{name}: the longest that a reply took", found["unknown_max_ms"], 5000, " ms")
    for name in ("resumed", "restarted", "back"):
        found = phases[name]
        verdict.all(f"{name}: names that are fresh again", found["names_fresh"], found["names"])
        verdict.most(f"{name}: until the last of them was", found["fresh_after_ms"], 1000, " ms")
    verdict.none("forged answers", sum(found["forged"] for found in phases.values()))
