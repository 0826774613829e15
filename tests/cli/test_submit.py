"""`declml submit` and its sisters against a head with a token, started by `ray start --head`.

Most jobs here run a toy in place of the interpreter, so that they can end in every way; the last one is a real run.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from declml.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ray_head import Head

pytestmark = pytest.mark.ray

TOY = """#!/bin/sh
echo "asked: $*"
[ -e data.csv ] && echo "the data came along"
[ -e .env ] && echo "secrets came along"
. ./ending.sh
"""
SPEC = """\
name: toy
data: data.csv
target: y
model: {try: [ridge], tune: {trials: 2}}
"""
Run = tuple[int, str, str]


def head_module() -> Any:
    found = importlib.util.spec_from_file_location("declml_tests_ray_head", Path(__file__).with_name("ray_head.py"))
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def head() -> Iterator[Head]:
    with head_module().started_head("0123456789abcdef0123456789abcdef") as running:
        yield running


@pytest.fixture(autouse=True)
def own_environment(head: Head, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("RAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(head.token))


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    path = tmp_path / "toy"
    path.write_text(TOY)
    path.chmod(0o755)
    return path


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    folder = tmp_path / "a project"
    folder.mkdir()
    dice = random.Random(0)
    rows = [
        f"{(a := dice.random()):.6f},{(b := dice.randrange(7))},{a * 9 + b + dice.gauss(0, 2):.4f}" for _ in range(400)
    ]
    (folder / "data.csv").write_text("\n".join(["a,b,y", *rows]) + "\n")
    (folder / ".env").write_text("SECRET=1\n")
    (folder / "toy.yaml").write_text(SPEC)
    return folder / "toy.yaml"


def ending(spec: Path, script: str) -> None:
    (spec.parent / "ending.sh").write_text(script + "\n")


@pytest.fixture
def declml(head: Head, capfd: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    def call(*words: str | Path) -> Run:
        code = main([*map(str, words), "--address", head.address])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def test_the_log_comes_and_the_answer_of_the_job_is_the_answer(
    declml: Callable[..., Run], spec: Path, toy: Path
) -> None:
    ending(spec, "echo refused; exit 3")
    code, out, err = declml("submit", spec, "gates.r2.min=0.9", "--python", toy)
    assert code == 3
    assert "exit code 3" in out
    assert "refused" in err
    assert "the data came along" in err
    assert "secrets came along" not in err
    (asked,) = [line for line in err.splitlines() if line.startswith("asked: ")]
    assert asked.startswith("asked: -m declml run toy.yaml gates.r2.min=0.9 store=")
    assert str(spec.parent / ".declml") in asked
    assert "results go to" in err


def test_json_has_the_job_and_the_document_of_its_run(declml: Callable[..., Run], spec: Path, toy: Path) -> None:
    document = {"project": "toy", "status": "done"}
    ending(spec, f"echo '{json.dumps(document, indent=2)}'")
    code, out, _ = declml("--json", "submit", spec, "--python", toy)
    answer = json.loads(out)
    assert (code, answer["exit_code"], answer["status"]) == (0, 0, "succeeded")
    assert answer["result"] == document


@pytest.mark.parametrize(
    ("script", "told"),
    [("kill -9 $$", "killed by signal 9"), ("exit 77", "exit code 77")],
)
def test_a_job_that_dies_is_told(declml: Callable[..., Run], spec: Path, toy: Path, script: str, told: str) -> None:
    ending(spec, script)
    code, _, err = declml("submit", spec, "--python", toy)
    assert code == 1
    assert "error[E8035]" in err
    assert told in err


def test_an_interpreter_that_is_not_there(declml: Callable[..., Run], spec: Path) -> None:
    code, _, err = declml("submit", spec, "--python", "/no/such/python")
    assert code == 1
    assert "--python" in err


def test_a_job_without_the_disk_of_the_store_runs_nothing(
    declml: Callable[..., Run], spec: Path, toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from declml.cli.commands import submit

    ending(spec, "echo it ran")
    elsewhere = submit.entrypoint
    monkeypatch.setattr(
        submit, "entrypoint", lambda *words: elsewhere(*words).replace("/tmp/submit-", "/tmp/elsewhere-")
    )
    code, _, err = declml("submit", spec, "--python", toy)
    assert code == 1
    assert "error[E8036]" in err
    assert "\nit ran" not in err


def test_a_store_named_in_full_is_taken_as_the_cluster_sees_it(
    declml: Callable[..., Run], spec: Path, toy: Path
) -> None:
    ending(spec, "exit 0")
    code, _, err = declml("submit", spec, "store=/only/on/the/cluster", "--python", toy)
    assert code == 0
    assert "results go to /only/on/the/cluster as the cluster sees it" in err
    assert not (spec.parent / ".declml").exists()


def test_no_wait_then_jobs_logs_and_stop(declml: Callable[..., Run], spec: Path, toy: Path) -> None:
    ending(spec, "echo started; exec sleep 300")
    code, out, _ = declml("submit", spec, "--no-wait", "--python", toy)
    job = out.strip()
    assert code == 0
    wait_until(lambda: "started" in declml("logs", job)[1])

    code, out, _ = declml("--json", "jobs")
    (mine,) = [one for one in json.loads(out) if one["job"] == job]
    assert (mine["status"], mine["project"]) == ("running", "toy")

    assert declml("stop", job)[:2] == (0, f"{job} stopped\n")
    assert declml("stop", job)[:2] == (0, f"{job} had ended before: stopped\n")
    code, _, err = declml("logs", job, "--follow")
    assert code == 1
    assert "was stopped" in err


def test_interrupted_it_goes_on_and_says_how_to_follow(
    declml: Callable[..., Run], head: Head, spec: Path, toy: Path
) -> None:
    ending(spec, "echo started; sleep 4; echo ended")
    with running("submit", str(spec), "--python", str(toy), "--address", head.address) as process:
        read_until(process, "started\n")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    job = next(word for word in err.split() if word.startswith("raysubmit_"))
    assert f"declml logs {job} --follow --address {head.address}" in err
    assert f"declml stop {job} --address {head.address}" in err
    assert out == ""

    code, out, err = declml("logs", job, "--follow")
    assert code == 0
    assert "ended" in err


@pytest.mark.parametrize("command", ["logs", "stop"])
def test_a_job_that_is_not_there(declml: Callable[..., Run], command: str) -> None:
    code, _, err = declml(command, "raysubmit_nothing")
    assert code == 1
    assert "error[E8034]" in err


@pytest.mark.parametrize(("value", "told"), [("", "there is none here"), ("wrong" * 8, "refused the token")])
def test_a_token_missing_or_wrong(
    declml: Callable[..., Run], spec: Path, monkeypatch: pytest.MonkeyPatch, value: str, told: str
) -> None:
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH")
    monkeypatch.setenv("RAY_AUTH_TOKEN", value)
    code, _, err = declml("submit", spec)
    assert code == 1
    assert "error[E8032]" in err
    assert told in err


def test_a_folder_that_is_too_large(declml: Callable[..., Run], spec: Path) -> None:
    (spec.parent / "big.bin").write_bytes(os.urandom(200_000))
    code, _, err = declml("submit", spec, "--max-size", "100kB")
    assert code == 2
    assert "big.bin (200 kB)" in err
    assert not list(spec.parent.rglob("submit-*"))


def test_a_wrong_spec_goes_nowhere(declml: Callable[..., Run], spec: Path) -> None:
    spec.write_text(SPEC.replace("target", "tarket"))
    code, _, err = declml("submit", spec)
    assert code == 2
    assert "toy.yaml:3" in err
    assert not (spec.parent / ".declml").exists()


@pytest.mark.slow
def test_a_head_without_a_token_takes_everybody_and_its_end_is_told(
    spec: Path, toy: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH")
    ending(spec, "echo started; exit 3")
    with head_module().started_head(None) as open_head:
        words = ["submit", str(spec), "--python", str(toy), "--address", open_head.address]
        assert main(words) == 3

        ending(spec, "echo again; exec sleep 300")
        with running(*words) as following:
            read_until(following, "again\n")
            open_head.stop()
            _, err = following.communicate(timeout=120)
    assert following.returncode == 1
    assert "error[E8031]" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_real_run_leaves_its_release_in_the_store_of_the_submitter(
    declml: Callable[..., Run], spec: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = declml("--json", "submit", spec)
    assert code == 0, err
    result = json.loads(out)["result"]
    assert (result["status"], result["release"]) == ("done", "toy@1")
    assert (spec.parent / "toy.schema.yaml").exists()

    code = main(["plan", str(spec), "--detailed-exitcode"])
    assert code == 0, capfd.readouterr().out
    capfd.readouterr()

    code, out, _ = declml("--json", "submit", spec)
    assert code == 0
    assert json.loads(out)["result"]["status"] == "nothing to do"


@contextlib.contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    """`declml WORDS` in a process of its own, ended with the test."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-m", "declml", *words], stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], wanted: str) -> None:
    assert process.stderr is not None
    seen = []
    while (line := process.stderr.readline()) != wanted:
        seen.append(line)
        assert line, "it ended first:\n" + "".join(seen)


def wait_until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.3)
