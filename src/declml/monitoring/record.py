"""Checks that were made, kept in the store: one JSON line each."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from declml.monitoring.result import WindowReport
    from declml.store.store import Store

CHECKS = "checks.jsonl"
TAIL = 1 << 20
"""Bytes read from the end at first; a report is a few kB."""


def record_check(store: Store, report: WindowReport) -> None:
    """Keep a report; on disk when this returns."""
    append(_folder(store, report.project) / CHECKS, report.as_dict())


def checks(store: Store, project: str) -> list[dict[str, Any]]:
    """All kept reports of a project as JSON, oldest first."""
    return list(read(_folder(store, project) / CHECKS))


def last_check(store: Store, project: str, kind: Literal["log", "file"] | None = None) -> dict[str, Any] | None:
    """The newest kept report, of windows of the log or of files only when `kind` says so; None when there is none."""
    path = _folder(store, project) / CHECKS
    for size in (TAIL, None):
        found = [report for report in read(path, size) if kind in {None, report["window"]["kind"]}]
        if found:
            return found[-1]
    return None


def append(path: Path, entry: dict[str, Any]) -> None:
    """Add one line of JSON and sync. A line cut short by a crash is ended first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(entry, sort_keys=True, allow_nan=False).encode() + b"\n"
    with path.open("a+b", buffering=0) as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else b"\n" + line
        file.write(line)
        os.fsync(file.fileno())


def read(path: Path, tail: int | None = None) -> Iterator[dict[str, Any]]:
    """The whole lines of a file, of its last `tail` bytes only when given; what is not JSON is left out."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(size - tail, 0) if tail else 0
            file.seek(start)
            if start:
                file.readline()
            lines = file.read().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def _folder(store: Store, project: str) -> Path:
    return store.root / "monitor" / project
