"""Following a Ray job: its log as it comes, then its exit code."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from declml.cli.output import answer
from declml.core.errors import DeclmlError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from declml.cli.cluster import Cluster

INTERRUPTED = 130
NOT_SHARED = 86  # the exit code of a job that does not see the store
ANSWERS = range(6)  # exit codes of declml


def how_on(job: str, address: str) -> list[str]:
    """How to follow a job, and how to end it."""
    return [f"follow: declml logs {job} --follow --address {address}", f"stop:   declml stop {job} --address {address}"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How following ended: the exit code, and what to answer (nothing when the user left)."""

    code: int
    document: dict[str, Any]
    text: str

    def tell(self, args: argparse.Namespace) -> int:
        """Answer, and give the exit code."""
        if self.document:
            answer(args, self.document, self.text)
        return self.code


def follow(args: argparse.Namespace, cluster: Cluster, job: str) -> Outcome:
    """Stream a job's log to stderr until it ends.

    Raises:
        DeclmlError: E8035 it died or was stopped, E8036 it does not see the store, E8031 the cluster is lost.
    """
    log: list[str] = []

    def write(piece: str) -> None:
        log.append(piece)
        sys.stderr.write(piece)
        sys.stderr.flush()

    try:
        found = cluster.follow(job, write)
    except KeyboardInterrupt:
        sys.stderr.write("\n".join(["", f"job {job} goes on without this terminal", *how_on(job, cluster.address), ""]))
        return Outcome(INTERRUPTED, {}, "")
    code = code_of(found, job, cluster.address)
    document = {
        "job": job,
        "address": cluster.address,
        "status": found.status.value.lower(),
        "exit_code": code,
        "seconds": round(((found.end_time or 0) - (found.start_time or 0)) / 1000, 3),
        "result": result_in("".join(log)) if args.json else None,
    }
    text = f"{job} {document['status']}, exit code {code}, {document['seconds']:.1f} s"
    return Outcome(code, document, text)


def code_of(found: Any, job: str, address: str) -> int:
    """The exit code of a job that ended by itself.

    Raises:
        DeclmlError: E8035 it died or was stopped, E8036 it does not see the store.
    """
    code, status = found.driver_exit_code, found.status.value
    if status == "SUCCEEDED":
        return 0
    if status == "FAILED" and code == NOT_SHARED:
        raise DeclmlError(
            "E8036",
            "the cluster does not see this machine's store, so its results would be lost",
            where=found.metadata.get("store", "") if found.metadata else "",
            why=f"job {job} found no such folder there, or may not write to it; it ran nothing",
            next="name a store that both share, as an absolute path: declml submit ... store=/shared/folder",
        )
    if status == "FAILED" and code in ANSWERS:
        return int(code)
    if status == "STOPPED":
        raise DeclmlError(
            "E8035", f"job {job} was stopped", where=address, next="declml submit again goes on where it stopped"
        )
    raise DeclmlError("E8035", f"job {job} died", where=address, why=_why(found), next=_next(code))


def _why(found: Any) -> str:
    code = found.driver_exit_code
    if code is not None and code < 0:
        return f"killed by signal {-code}" + (" (out of memory?)" if code == -9 else "")
    if code in {126, 127}:
        return f"the interpreter of the job does not exist there (exit code {code})"
    first = next((line.strip() for line in (found.message or "").splitlines() if line.strip()), "")
    return (f"exit code {code}; " if code is not None else "") + first[:300]


def _next(code: int | None) -> str:
    if code in {126, 127}:
        return "name the interpreter on the cluster that has declml: --python /path/to/python"
    return "submit again: it goes on at the first step without a record"


def result_in(log: str) -> Any:
    """The last JSON document in a log that starts at the beginning of a line; None when there is none."""
    for start in _openings(log):
        try:
            document, _ = json.JSONDecoder().raw_decode(log[start:])
        except ValueError:
            continue
        return document
    return None


def _openings(log: str) -> Sequence[int]:
    found = [0] if log.startswith("{\n") else []
    at = log.find("\n{\n")
    while at >= 0:
        found.append(at + 1)
        at = log.find("\n{\n", at + 1)
    return found[::-1]
