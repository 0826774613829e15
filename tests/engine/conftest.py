"""Runs of `line_steps` in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # steps are named by import path, here and in workers

Process = subprocess.Popen[str]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    import line_steps

    line_steps.project(tmp_path)
    return tmp_path


@pytest.fixture
def start(base: Path) -> Iterator[Callable[..., Process]]:
    """A run in a process of its own; it is ended with the test."""
    begun: list[Process] = []

    def begin(*overrides: str) -> Process:
        process = subprocess.Popen(
            [sys.executable, HERE / "line_steps.py", base, *overrides],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(HERE)},
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture
def in_process(start: Callable[..., Process]) -> Callable[..., Any]:
    """A run in a process of its own, to its end: its document."""

    def whole(*overrides: str) -> Any:
        process = start(*overrides)
        out, err = process.communicate(timeout=120)
        assert err == ""
        return json.loads(out)

    return whole
