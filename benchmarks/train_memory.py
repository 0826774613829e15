"""Peak memory of a whole run from source to release, as a ratio to the data in Arrow form.

    python benchmarks/train_memory.py [--rows 1000000] [--columns 20] [--format parquet|csv]

Prints one JSON line. The run is a process of its own with the inline executor; its peak is what the kernel says of it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SPEC = """\
name: memory
data: rows.{format}
target: y
model:
  try: [hist_gbm]
  tune: {{trials: 3, folds: 2}}
engine: {{type: inline}}
"""

CHILD = """\
import json, resource, sys
from pathlib import Path
from declml.config.load import load
from declml.engine.run import run_plan
from declml.store.store import Store
loaded = load(Path(sys.argv[1]))
peaks = {}
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
def watch(event):
    if event.name == "step_finished": peaks[event.facts["step"]] = round(peak() / 1e6)
run_plan(loaded.spec, Store.open(loaded.spec.store, loaded.base), loaded.base, on_event=watch)
print(json.dumps({"peak": peak(), "by_step_mb": peaks}))
"""


def make(path: Path, rows: int, columns: int) -> int:
    """Rows of normal numbers and a yes or no that depends on three of them; the bytes of the same in Arrow."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import csv

    generator, size, at = np.random.default_rng(0), 0, 0
    names = [f"x{place}" for place in range(columns)]
    schema = pa.schema([(name, pa.float64()) for name in names] + [("y", pa.int64())])
    write = pq.ParquetWriter(path, schema) if path.suffix == ".parquet" else csv.CSVWriter(path, schema)
    with write as file:
        while at < rows:
            X = generator.normal(size=(min(100_000, rows - at), columns))
            y = (X[:, 0] + X[:, 1] * X[:, 2] + generator.normal(size=len(X)) > 0).astype(np.int64)
            table = pa.table([*X.T, y], schema=schema)
            size += table.nbytes
            at += len(X)
            file.write_table(table)
    return size


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "memory.yaml"
        spec.write_text(SPEC.format(format=asked.format))
        data = make(spec.with_name(f"rows.{asked.format}"), asked.rows, asked.columns)
        began = time.perf_counter()
        child = subprocess.run([sys.executable, "-c", CHILD, str(spec)], check=True, capture_output=True, text=True)
        seconds = time.perf_counter() - began
    facts = json.loads(child.stdout.splitlines()[-1])
    print(
        json.dumps(
            {
                "benchmark": "train_memory", "rows": asked.rows, "columns": asked.columns, "format": asked.format,
                "arrow_mb": round(data / 1e6, 1), "peak_mb": round(facts["peak"] / 1e6, 1),
                "ratio": round(facts["peak"] / data, 2), "bound": 4, "seconds": round(seconds, 1),
                "peak_by_step_mb": facts["by_step_mb"],
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
