"""Whatever goes wrong: one message with a code, the right exit code, no traceback, and the store goes on."""

import os
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.project.conftest import free_port

SPEC = """\
name: toy
data: rows.csv
target: y
engine: inline
model: {try: [logistic], tune: {trials: 1, folds: 2}}
"""


def rows(count=400, seed=1):
    chance = random.Random(seed)
    lines = ["x,z,y"]
    for _ in range(count):
        x = chance.gauss(0, 1)
        lines.append(f"{x:.5f},{chance.choice('abc')},{int(x + chance.gauss(0, 0.5) > 0)}")
    return lines


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text(SPEC)
    return tmp_path


def write(folder, lines):
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")


def bytes_of(lines, tail=b""):
    return "\n".join(lines).encode() + b"\n" + tail


def truncated_parquet(folder):
    import polars as pl

    write(folder, rows())
    pl.read_csv(folder / "rows.csv").write_parquet(folder / "rows.parquet")
    content = (folder / "rows.parquet").read_bytes()
    (folder / "rows.parquet").write_bytes(content[: len(content) // 2])


CASES = {
    "a missing file": (lambda folder: None, "E2001", "rows.csv"),
    "an empty file": (lambda folder: (folder / "rows.csv").touch(), "E2003", "rows.csv"),
    "a header only": (lambda folder: write(folder, rows(0)), "E2004", "rows.csv"),
    "one class": (lambda folder: write(folder, [line[:-1] + line[-1].replace("0", "1") for line in rows()]), "E2030", "y"),
    "no target": (lambda folder: write(folder, [line.rpartition(",")[0] for line in rows()]), "E2021", "'y'"),
    "invalid UTF-8": (lambda folder: (folder / "rows.csv").write_bytes(bytes_of(rows(), b"1,\xff\xfe,0\n")), "E2007", "row 401"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_data_is_one_message(folder, declml, case):
    make, code, named = CASES[case]
    make(folder)
    left, out, err = declml("-q", "run", "toy.yaml")
    assert left == 1
    assert err.count("error[") == 1
    assert f"error[{code}]" in err
    assert named in err
    assert "next:" in err
    assert "Traceback" not in err + out
    (folder / "toy.schema.yaml").unlink(missing_ok=True)
    write(folder, rows())
    assert declml("-q", "run", "toy.yaml")[0] == 0


def test_a_truncated_parquet(folder, declml):
    truncated_parquet(folder)
    left, _, err = declml("-q", "run", "toy.yaml", "data=rows.parquet")
    assert left == 1
    assert "error[E2009]" in err
    assert "rows.parquet" in err


def odd_row(folder, count, place):
    lines = rows(count)
    lines[place] = "oops,a,1"
    write(folder, lines)


def check_odd_row(folder, declml_json, count, place):
    odd_row(folder, count, place)
    code, document = declml_json("run", "toy.yaml")
    assert code == 0
    assert any(f"1 of {count:,} rows were set aside" in note and f"row {place}" in note for note in document["notes"])
    assert "x: {type: float" in (folder / "toy.schema.yaml").read_text()


def test_a_word_among_numbers_is_set_aside_and_told(folder, declml_json):
    check_odd_row(folder, declml_json, 5_000, 4_321)


@pytest.mark.slow
def test_a_word_among_numbers_in_row_900000(folder, declml_json):
    check_odd_row(folder, declml_json, 1_000_000, 900_000)


def test_too_many_bad_rows_stop_the_run(folder, declml):
    write(folder, rows())
    assert declml("-q", "run", "toy.yaml")[0] == 0
    write(folder, rows()[:300] + ["oops,a,1"] * 100)
    left, _, err = declml("-q", "run", "toy.yaml")
    assert left == 1
    assert "E2022" in err
    assert "100 of" in err


def mounted(folder, options):
    store = folder / "store"
    store.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(store)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("needs the right to mount a small disk; CI runs as root, where it has it")
    return store


@pytest.fixture
def small_disk(folder):
    store = mounted(folder, "size=150k")
    yield store
    subprocess.run(["umount", "--lazy", str(store)], check=True)  # the records may still be open here


def test_a_full_disk_loses_nothing(folder, declml, small_disk):
    write(folder, rows(4_000))
    left, _, err = declml("-q", "run", "toy.yaml", "store=store")
    assert left == 1
    assert "E4004" in err
    assert "full" in err
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    assert declml("-q", "run", "toy.yaml", "store=store")[0] == 0


def test_a_read_only_disk(folder, declml, small_disk):
    write(folder, rows())
    subprocess.run(["mount", "-o", "remount,ro,size=50m", str(small_disk)], check=True)
    left, _, err = declml("-q", "run", "toy.yaml", "store=store")
    assert left == 1
    assert "E4003" in err
    subprocess.run(["mount", "-o", "remount,rw,size=50m", str(small_disk)], check=True)
    assert declml("-q", "run", "toy.yaml", "store=store")[0] == 0


def test_a_port_in_use_keeps_the_release(folder, declml, declml_json):
    write(folder, rows())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        left, _, err = declml("-q", "run", "toy.yaml", f"deployment.port={port}")
        assert left == 1
        assert "E5001" in err
        assert str(port) in err
        assert "toy@1 is made and kept" in err
    assert [release["number"] for release in declml_json("releases", "toy.yaml")[1]] == [1]
    assert declml_json("history", "toy.yaml")[1] == []


def test_no_ray_to_be_reached(folder, declml, monkeypatch):
    write(folder, rows())
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{free_port()}")
    run = start(folder, "engine=ray")  # a process of its own: this one may be connected to the Ray of the session
    err = run.communicate(timeout=60)[1].decode()
    assert run.returncode == 1
    assert "E8010" in err
    assert "engine=inline" in err
    monkeypatch.delenv("RAY_ADDRESS")
    assert declml("-q", "run", "toy.yaml")[0] == 0


@pytest.mark.parametrize(
    ("output", "said"),
    [("rows.csv", "is the input"), (".", "names no format"), ("f.csv", "is a folder"), ("no/x.csv", "mkdir -p no")],
)
def test_an_output_that_would_cost_something(folder, declml, output, said):
    write(folder, rows())
    (folder / "f.csv").mkdir()
    assert declml("-q", "run", "toy.yaml")[0] == 0
    left, _, err = declml("predict", "toy.yaml", "--input", "rows.csv", "--output", output)
    assert left == 2
    assert said in err
    assert (folder / "rows.csv").read_text().startswith("x,z,y")


def start(folder, *words):
    command = [sys.executable, "-m", "declml", "-q", "run", "toy.yaml", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ)


def locked(folder, process):
    """Wait until the run holds the store."""
    lock = folder / ".declml" / "lock"
    for _ in range(2_000):
        if process.poll() is not None or (lock.exists() and lock.read_bytes().strip()):
            return
        time.sleep(0.005)


def test_a_second_run_says_who_runs(folder, declml):
    write(folder, rows(20_000))
    first = start(folder, "model.try=[forest]", "model.tune.trials=4")
    try:
        locked(folder, first)
        left, _, err = declml("-q", "run", "toy.yaml")
        assert left == 1
        assert "E4002" in err
        assert str(first.pid) in err
    finally:
        _, err = first.communicate(timeout=120)
    assert first.returncode == 0, err


def test_a_killed_run_goes_on_where_it_stopped(folder, declml_json):
    write(folder, rows(20_000))
    words = ("model.try=[forest]", "model.tune.trials=6")
    first = start(folder, *words)
    killer = threading.Timer(120, first.kill)
    killer.start()
    database = folder / ".declml" / "records.sqlite"
    while first.poll() is None and not finished(database, "split"):
        time.sleep(0.02)
    first.kill()
    first.communicate()
    killer.cancel()
    code, document = declml_json("run", "toy.yaml", *words)
    assert code == 0
    states = {step["name"]: step["state"] for step in document["steps"]}
    assert states["ingest"] == states["review"] == states["split"] == "cached"
    assert states["release"] == "ran"


def finished(database: Path, step: str) -> bool:
    import sqlite3

    if not database.exists():
        return False
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return bool(connection.execute("SELECT 1 FROM steps WHERE name=?", (step,)).fetchone())
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
