"""How many hits a core answers, and what each costs: goals 1 to 5 and 7."""
from __future__ import annotations

import servers
import workloads
from findings import Run, find
from goals import Measured
from measure import Measurement
from workloads import Workload


def peers(run: Run, asked: list[Workload]) -> None:
    """Everybody, by turns, a workload after the other."""
    us = run.us()
    others = [one for one in run.only(servers.US, *servers.PEERS, servers.AGENT) if one is not us]
    for workload in asked:
        results = run.measurement.by_turns(workload, run.compared)
        run.results += results
        ours = find(results, us)
        for peer in others if us else []:
            run.goals[f"{workload.name}.{peer.key}"] = Measured.times_as_fast(ours, find(results, peer))
        if us and workload is workloads.A:
            run.goals["a.floor"] = Measured.times_the_cost(ours, find(results, servers.FLOOR))
            netty = next((one for one in run.compared if one.key == servers.US and one is not us), None)
            if netty and find(results, "unbound"):
                run.goals["a.netty"] = Measured.times_as_fast(find(results, netty), find(results, "unbound"))


def instances(run: Run) -> None:
    """One process, asked for small and large services by turns."""
    us = run.us()
    asked = [workloads.ONE_OF_3, workloads.ONE_OF_1500, workloads.EDNS_74, workloads.EDNS_1500]
    if us is None:
        return
    with run.measurement.started(us, workloads.ONE_OF_3) as running:
        if running is None:
            return
        results = run.measurement.rounds([(running, workload) for workload in asked])
    run.results += results
    of_3, of_1500, edns_74, edns_1500 = results
    run.goals["instances.1500"] = _cost(of_1500, of_3)
    run.goals["instances.74"] = _cost(edns_1500, edns_74)


def _cost(large, small) -> Measured:
    wrong = large.total("wrong") + small.total("wrong")
    return Measured(None, f"{wrong} wrong replies") if wrong else Measured.times_the_cost(large, small)


def cores(run: Run) -> None:
    """Two threads on two cores, and a generator on each of them."""
    us = run.us()
    layout = run.measurement.both_cores
    workload = Workload(**{**vars(workloads.A), "name": "cores", "title": "A, two threads on two cores, the load on the same cores"})
    results = run.measurement.by_turns(workload, run.only(servers.US, "unbound"), layout)
    run.results += results
    run.goals["cores.unbound"] = Measured.times_as_fast(find(results, us), find(results, "unbound"))


def tcp(run: Run) -> None:
    us = run.us()
    for workload in (workloads.TCP_A, workloads.TCP_ONCE_A):
        results = run.measurement.by_turns(workload, run.only(servers.US, "unbound"))
        run.results += results
        run.goals[f"{workload.name}.unbound"] = Measured.times_as_fast(find(results, us), find(results, "unbound"))
