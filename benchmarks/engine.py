"""What a step costs beyond its own work: a chain of small steps, beside the same functions called bare.

    python benchmarks/engine.py [--steps 200] [--times 5] [--folder PATH]

Each bare call writes its answer to one file: with fsync (as safe as a script can be), and without. A run of the engine
adds key, record, reason and scratch folder to each step, and puts everything on the disk before it ends.
Goal: at most 1 ms more for each step than the bare calls with fsync. Medians over the times; all in one process.
A busy disk moves every figure: compare within one call, or leave the disk out with --folder /dev/shm.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from declml.config.load import load
from declml.core.digest import digest_bytes
from declml.engine.plan import make_plan
from declml.engine.run import run_plan
from declml.engine.step import Step
from declml.store.store import Store

if TYPE_CHECKING:
    from declml.engine.step import StepContext
    from declml.spec.root import ProjectSpec

SPEC = """\
name: chain
data: rows.csv
target: y
task: regression
model: {try: [ridge], tune: {trials: 2}}
engine: inline
"""
BYTES = 4096
CHAIN: list[Step] = []


def work(content: bytes, place: int) -> bytes:
    """The function of one step: 4 KiB that depend on what came in."""
    mark = digest_bytes(content + str(place).encode()).encode()
    return mark * (BYTES // len(mark))


def _step(place: int) -> Step:
    before = (f"a{place - 1}",) if place else ()

    def run(step: StepContext) -> None:
        content = step.read(before[0]) if before else b""
        step.put(f"a{place}", work(content, place))

    return Step(f"s{place}", run, inputs=before, outputs=(f"a{place}",), reads=lambda spec: spec.target)


def bare(folder: Path, steps: int, *, sync: bool) -> None:
    """The same functions, each answer in a file."""
    content = b""
    for place in range(steps):
        content = work(content, place)
        with (folder / f"a{place}").open("wb") as file:
            file.write(content)
            file.flush()
            if sync:
                os.fsync(file.fileno())
        content = (folder / f"a{place}").read_bytes()


def once(spec: ProjectSpec, steps: int, where: Path) -> dict[str, float]:
    """Seconds of each way, in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=where) as name:
        folder, seconds = Path(name), {}

        def timed(what: str, call: object, *args: object, **settings: object) -> object:
            began = time.perf_counter()
            answer = call(*args, **settings)  # type: ignore[operator]
            seconds[what] = time.perf_counter() - began
            return answer

        timed("bare", bare, folder, steps, sync=False)
        timed("bare, fsync each", bare, folder, steps, sync=True)
        store = Store.open("store", folder)
        mine = f"{__name__}:CHAIN"
        first = timed("run", run_plan, spec, store, folder, steps=mine)
        again = timed("run, nothing to do", run_plan, spec, store, folder, steps=mine)
        plan = timed("plan, nothing to do", make_plan, spec, store, folder, steps=CHAIN)
        store.close()
    if (first.status, again.status, plan.changes) != ("done", "nothing to do", False):  # type: ignore[attr-defined]
        raise SystemExit("the chain did not run as it should")
    return seconds


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--steps", type=int, default=200)
    words.add_argument("--times", type=int, default=5)
    words.add_argument("--folder", type=Path, default=Path(__file__).parent, help="the disk to measure on")
    asked = words.parse_args()
    CHAIN[:] = [_step(place) for place in range(asked.steps)]
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "chain.yaml").write_text(SPEC)
        spec = load(Path(name) / "chain.yaml").spec
    rounds = [once(spec, asked.steps, asked.folder) for _ in range(asked.times)]
    each = {what: sorted(one[what] / asked.steps * 1000 for one in rounds) for what in rounds[0]}
    middle = {what: statistics.median(values) for what, values in each.items()}
    print(
        f"{asked.steps} steps of {BYTES} bytes, {asked.times} times; ms for each step, and beside the bare calls with fsync"
    )
    print(f"  {'':22} {'median':>8} {'best':>8} {'ratio':>8}")
    for what, values in each.items():
        print(f"  {what:22} {middle[what]:8.3f} {values[0]:8.3f} {middle[what] / middle['bare, fsync each']:7.2f}x")
    over = middle["run"] - middle["bare, fsync each"]
    print(f"a run costs {over:.3f} ms a step more than the bare calls with fsync (goal: 1 ms)")
    sys.exit(over > 1)


if __name__ == "__main__":
    main()
