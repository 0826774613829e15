"""What was done: steps by key, runs, and parts of steps under way."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from declml.core.digest import canonical

if TYPE_CHECKING:
    from declml.store.database import Database

RUN_STEP = "INSERT OR REPLACE INTO run_steps VALUES (?,?,?,?,?,?,?,?,?)"


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One finished step. The key is the digest of name, revision, reads, outside and inputs.

    reads, outside: JSON of the spec fields and of the outside digests. inputs, outputs: artifact name -> digest.
    seconds: how long it took. at: when it ended, seconds since 1970. run: the run that did it.
    """

    key: str
    name: str
    revision: int
    reads: Any
    outside: Any
    inputs: dict[str, str]
    outputs: dict[str, str]
    facts: dict[str, Any]
    run: str
    seconds: float
    at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run. status: "running", "done", "nothing to do", "failed", "refused", "interrupted", "killed". spec: its digest."""

    id: str
    project: str
    status: str
    spec: str
    started: float
    ended: float | None = None
    release: int | None = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RunStep:
    """What became of one step in one run. state: ran, cached, failed or skipped."""

    name: str
    state: str
    reason: str
    seconds: float = 0.0
    key: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON, for `--json`."""
        return {
            "name": self.name, "state": self.state, "seconds": self.seconds, "key": self.key, "reason": self.reason,
        }  # fmt: skip


class Records:
    """Steps, runs and parts in the database of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def step(self, key: str) -> StepRecord | None:
        """The record of a step, or None when it was never finished."""
        return _step(self._database.row("SELECT * FROM steps WHERE key=?", (key,)))

    def last_step(self, project: str, name: str) -> StepRecord | None:
        """The record that the last run of a project made or used for a step."""
        return _step(
            self._database.row(
                "SELECT steps.* FROM run_steps JOIN steps USING (key)"
                " WHERE run_steps.project=? AND run_steps.name=? ORDER BY run_steps.at DESC LIMIT 1",
                (project, name),
            )
        )

    def put_step(
        self, record: StepRecord, *, project: str = "", position: int = 0, told: RunStep | None = None
    ) -> None:
        """Keep a finished step, and what is told of it in its run, in one transaction.

        Its outputs must be in the objects already. Its parts are not needed any more.
        """
        r = record
        texts = tuple(canonical(value).decode() for value in (r.reads, r.outside, r.inputs, r.outputs, r.facts))
        values = (r.key, r.name, r.revision, *texts, r.run, r.seconds, r.at)
        with self._database.change() as connection:
            connection.execute("INSERT OR REPLACE INTO steps VALUES (?,?,?,?,?,?,?,?,?,?,?)", values)
            connection.execute("DELETE FROM parts WHERE step=?", (r.key,))
            if told:
                connection.execute(RUN_STEP, _told(r.run, project, position, told))

    def forget_step(self, key: str) -> None:
        """Drop the record of a step: it runs again."""
        with self._database.change() as connection:
            connection.execute("DELETE FROM steps WHERE key=?", (key,))

    def part(self, step: str, part: str) -> Any | None:
        """A part result of the step with this key, or None."""
        row = self._database.row("SELECT value FROM parts WHERE step=? AND part=?", (step, part))
        return json.loads(row[0]) if row else None

    def put_part(self, step: str, part: str, value: Any) -> None:
        """Keep a part result (JSON)."""
        with self._database.change() as connection:
            connection.execute("INSERT OR REPLACE INTO parts VALUES (?,?,?)", (step, part, canonical(value).decode()))

    def begin_run(self, run: RunRecord) -> None:
        """Note that a run began."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO runs (id, project, status, spec, started) VALUES (?,?,?,?,?)",
                (run.id, run.project, run.status, run.spec, run.started),
            )

    def unsettled(self) -> set[str]:
        """The artifacts of runs that never ended: not brought to the disk, so a power cut may have damaged them."""
        rows = self._database.rows(
            "SELECT outputs FROM steps WHERE run IN (SELECT id FROM runs WHERE status='running')"
        )
        return {digest for row in rows for digest in json.loads(row[0]).values()}

    def bury_killed_runs(self) -> None:
        """Mark runs that never ended as killed. Only for the holder of the lock: nobody else can be running."""
        with self._database.change() as connection:
            connection.execute("UPDATE runs SET status='killed' WHERE status='running'")

    def end_run(
        self, run: str, status: str, *, release: int | None = None, error: dict[str, Any] | None = None
    ) -> None:
        """Note how a run ended. `error`: the answers of the error that ended it. All records are on the disk afterwards."""
        text = json.dumps(error) if error else None
        with self._database.change(durable=True) as connection:
            connection.execute(
                "UPDATE runs SET status=?, ended=?, release=?, error=? WHERE id=?",
                (status, time.time(), release, text, run),
            )

    def put_run_step(self, run: str, project: str, position: int, step: RunStep) -> None:
        """Note what became of a step in a run."""
        with self._database.change() as connection:
            connection.execute(RUN_STEP, _told(run, project, position, step))

    def runs(self, project: str) -> list[RunRecord]:
        """All runs of a project, newest first."""
        rows = self._database.rows("SELECT * FROM runs WHERE project=? ORDER BY started DESC, id DESC", (project,))
        return [RunRecord(*(*row[:7], json.loads(row[7]) if row[7] else None)) for row in rows]

    def run_steps(self, run: str) -> list[RunStep]:
        """What became of each step in a run, in order."""
        rows = self._database.rows(
            "SELECT name, state, reason, seconds, key FROM run_steps WHERE run=? ORDER BY position", (run,)
        )
        return [RunStep(*row) for row in rows]


def _told(run: str, project: str, position: int, step: RunStep) -> tuple[Any, ...]:
    return (run, position, project, step.name, step.state, step.key, step.reason, step.seconds, time.time())


def _step(row: tuple[Any, ...] | None) -> StepRecord | None:
    if row is None:
        return None
    key, name, revision, *texts, run, seconds, at = row
    reads, outside, inputs, outputs, facts = (json.loads(text) for text in texts)
    return StepRecord(key, name, revision, reads, outside, inputs, outputs, facts, run, seconds, at)
