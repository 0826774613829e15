"""How long the command line takes: wall and CPU time of whole processes, beside a bare interpreter and `import hydra`.

    python benchmarks/cli.py [--times 7]

Figures to reach on 2 cores: --help < 150 ms, check < 700 ms; with nothing to do plan < 700 ms, run < 1000 ms.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SPEC = """\
name: small
data: small.csv
target: y
task: regression
model: {try: [ridge], tune: {trials: 2}}
engine: inline
"""


@dataclass(frozen=True)
class Timing:
    """Medians over the calls, in milliseconds."""

    name: str
    wall: float
    cpu: float
    goal: float | None


def timed(name: str, words: list[str], folder: Path, times: int, goal: float | None = None) -> Timing:
    """Call a command several times; the first call only warms the disk."""
    walls, cpus = [], []
    for _ in range(times + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        walls.append((time.perf_counter() - began) * 1000)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000)
        if done.returncode:
            raise SystemExit(f"{name} failed ({done.returncode}):\n{done.stderr}")
    return Timing(name, statistics.median(walls[1:]), statistics.median(cpus[1:]), goal)


def project(folder: Path) -> None:
    """A small regression, already run: there is nothing left to do."""
    dice = random.Random(0)
    rows = [
        f"{(a := dice.random()):.6f},{(b := dice.randrange(9))},{a * 9 + b + dice.gauss(0, 2):.4f}" for _ in range(500)
    ]
    (folder / "small.csv").write_text("\n".join(["a,b,y", *rows]) + "\n", encoding="utf-8")
    (folder / "small.yaml").write_text(SPEC, encoding="utf-8")


def measure(times: int) -> list[Timing]:
    """All figures, on one project."""
    python = [sys.executable]
    declml = [*python, "-m", "declml"]
    with tempfile.TemporaryDirectory(prefix="declml-bench-") as scratch:
        folder = Path(scratch)
        project(folder)
        timed("run", [*declml, "-q", "run", "small.yaml"], folder, 1)
        return [
            timed("python -c pass", [*python, "-c", "pass"], folder, times),
            timed("import hydra", [*python, "-c", "import hydra"], folder, times),
            timed("declml --help", [*declml, "--help"], folder, times, 150),
            timed("declml check", [*declml, "check", "small.yaml"], folder, times, 700),
            timed("declml plan, nothing to do", [*declml, "plan", "small.yaml"], folder, times, 700),
            timed("declml run, nothing to do", [*declml, "run", "small.yaml"], folder, times, 1000),
        ]


def main() -> int:
    """Print the table; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=7, help="calls of each command")
    found = measure(parser.parse_args().times)
    bare, hydra = found[0].wall, found[1].wall
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}; medians, ms")
    print(f"{'':<28}{'wall':>7}{'CPU':>7}{'x bare':>8}{'x hydra':>9}{'goal':>7}")
    for one in found:
        goal = f"{one.goal:.0f}" if one.goal else ""
        missed = "  missed" if one.goal and one.wall >= one.goal else ""
        ratios = f"{one.wall / bare:>8.1f}{one.wall / hydra:>9.2f}"
        print(f"{one.name:<28}{one.wall:>7.0f}{one.cpu:>7.0f}{ratios}{goal:>7}{missed}")
    return int(any(one.goal and one.wall >= one.goal for one in found))


if __name__ == "__main__":
    sys.exit(main())
