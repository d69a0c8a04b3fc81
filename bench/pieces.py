"""What a hit costs without sockets, piece by piece: JMH's part of goal 8."""
from __future__ import annotations

import json
import subprocess

from findings import Run
from goals import Measured
from measure import say
from servers import ROOT

WHOLE = "HitBenchmark.a"


def pieces(run: Run) -> None:
    say("measuring the pieces of a hit with JMH")
    report = run.measurement.file("jmh.json")
    options = [r"server\.listen\.", "-prof", "gc", "-rf", "json", "-rff", report]
    done = subprocess.run(
        [str(part) for part in [ROOT / "script" / "jmh", *options]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0 or not report.exists():
        last = done.stdout.strip().splitlines()[-1:] or ["it said nothing"]
        run.goals["pieces.hit"] = run.goals["pieces.bytes"] = Measured(None, f"script/jmh failed: {last[0]}")
        return
    for one in json.loads(report.read_text()):
        name = ".".join(one["benchmark"].rsplit(".", 2)[1:])
        time, spread = one["primaryMetric"]["score"], one["primaryMetric"]["scoreError"]
        allocated = one["secondaryMetrics"]["gc.alloc.rate.norm"]["score"]
        run.lines.append(f"{name:28} {time:8.1f} ns ± {float(spread):.1f}, {allocated:.2f} bytes allocated")
        if name == WHOLE:
            run.goals["pieces.hit"] = Measured(time)
            run.goals["pieces.bytes"] = Measured(round(allocated, 2))
