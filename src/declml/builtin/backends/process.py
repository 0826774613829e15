"""Replicas as plain processes of this machine, without Ray."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from declml.api import Backend, DeclmlError, Observed, write_whole
from declml.builtin.backends import ports
from declml.builtin.backends.control import ask
from declml.builtin.backends.processes import Process as Pid
from declml.builtin.backends.processes import launch, start_of

if TYPE_CHECKING:
    from declml.api import Wanted

START_SECONDS = 60.0
ORDER_SECONDS = 60.0
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True, slots=True)
class Child:
    """One replica's process. `file` is what it was started with; `form` the digest of everything a restart is for."""

    file: str
    pid: int
    start: int
    form: str

    @property
    def process(self) -> Pid:
        """The process."""
        return Pid(self.pid, self.start)

    @property
    def socket(self) -> Path:
        """Where it takes orders."""
        return Path(self.file).with_suffix(".socket")


class Process(Backend):
    """Each replica is a process that outlives the command which started it; all share one port.

    A replica that dies stays dead until the next `apply`: `observe` tells of it. Replicas are as many as `replicas_min`.
    """

    type: Literal["process"] = "process"

    def apply(self, home: Path, wanted: Wanted) -> None:
        """Bring up new processes beside the old ones when `wanted.replica` changed; else only tell them the new shares."""
        folder = _folder(home, wanted.project)
        with ports.held(folder, "apply"):
            running = _running(folder)
            form = wanted.form
            listening = any(child.form == form for child in running) or _same_port(folder, wanted)
            ports.reserve(home, wanted.project, wanted.host, wanted.port, listening=bool(running) and listening)
            same = [child for child in running if child.form == form]
            told = _tell(same, wanted.shares)
            missing = max(wanted.replicas_min - len(same), 0)
            try:
                started = _start(folder, home, wanted, running, missing)
            except DeclmlError:
                _tell_back(told)
                raise
            kept = [*same, *started][: wanted.replicas_min] if not missing else [*same, *started]
            _save(folder, wanted, kept)
            _stop([child for child in running if child not in kept])

    def observe(self, home: Path, project: str) -> Observed:
        """What the processes say of themselves."""
        folder = _folder(home, project)
        state = _state(folder)
        if not state:
            return Observed(project, "absent")
        running = _running(folder)
        wanted = int(state["wanted"]["replicas_min"])
        if not running:
            return Observed(project, "failed", message="all replicas died; declml deploy brings them back")
        facts, trouble = [], f"{wanted - len(running)} of {wanted} replicas died" if len(running) < wanted else ""
        for child in running:
            try:
                facts.append(ask(child.socket, "facts", 5.0))
            except (OSError, ValueError) as error:
                trouble = f"the replica with pid {child.pid} does not answer: {error}"
            except DeclmlError as error:
                trouble = error.what
        shares = facts[0]["shares"] if facts and all(f["shares"] == facts[0]["shares"] for f in facts) else {}
        forms = {child.form for child in running}
        form = forms.pop() if len(forms) == 1 else ""
        return Observed(project, "unhealthy" if trouble else "running", len(facts), shares, trouble, form)

    def remove(self, home: Path, project: str) -> None:
        """End the processes; requests under way are answered."""
        folder = _folder(home, project)
        if folder.exists():
            with ports.held(folder, "apply"):
                _stop(_running(folder))
            shutil.rmtree(folder, ignore_errors=True)
        ports.release(home, project)

    def up(self, home: Path) -> dict[str, Any]:
        """Nothing but the folder is needed."""
        home.mkdir(parents=True, exist_ok=True)
        return {"backend": self.type, "projects": self.projects(home)}

    def down(self, home: Path) -> bool:
        """End all processes of this home."""
        projects = self.projects(home)
        ran = any(_running(_folder(home, project)) for project in projects)
        for project in projects:
            self.remove(home, project)
        return ran

    def projects(self, home: Path) -> list[str]:
        """The projects of this home."""
        return sorted(entry.name for entry in (home / "process").glob("*") if entry.is_dir())


def _folder(home: Path, project: str) -> Path:
    return home / "process" / project


def _state(folder: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((folder / "state.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return state


def _save(folder: Path, wanted: Wanted, children: list[Child]) -> None:
    _write(folder, asdict(wanted), children)


def _write(folder: Path, wanted: dict[str, Any], children: list[Child]) -> None:
    state = {"wanted": wanted, "children": [asdict(child) for child in children]}
    write_whole(folder / "state.json", json.dumps(state).encode())


def _running(folder: Path) -> list[Child]:
    children = [Child(**child) for child in _state(folder).get("children", ())]
    return [child for child in children if child.process.alive()]


def _same_port(folder: Path, wanted: Wanted) -> bool:
    before = _state(folder).get("wanted", {})
    return (before.get("host"), before.get("port")) == (wanted.host, wanted.port)


def _tell(children: list[Child], shares: dict[str, Any]) -> list[tuple[Child, dict[str, Any]]]:
    """Give every child the shares; when one cannot take them, all get back what they had.

    Raises:
        DeclmlError: E5005, with the cause.
    """
    told: list[tuple[Child, dict[str, Any]]] = []
    for child in children:
        try:
            before = ask(child.socket, "look", ORDER_SECONDS)["shares"]
            told.append((child, before))
            ask(child.socket, "configure", ORDER_SECONDS, shares=shares)
        except (DeclmlError, OSError, ValueError) as error:
            _tell_back(told)
            raise _not_taken(error) from error
    return told


def _tell_back(told: list[tuple[Child, dict[str, Any]]]) -> None:
    for child, before in told:
        with contextlib.suppress(DeclmlError, OSError, ValueError):
            ask(child.socket, "configure", ORDER_SECONDS, shares=before)


def _not_taken(error: Exception) -> DeclmlError:
    cause = error.what if isinstance(error, DeclmlError) else str(error)
    why = error.why if isinstance(error, DeclmlError) else ""
    return DeclmlError(
        "E5005", f"the replicas did not take the wanted releases: {cause}", why=why,
        next="what was live before goes on; see declml status",
    )  # fmt: skip


def _start(folder: Path, home: Path, wanted: Wanted, running: list[Child], count: int) -> list[Child]:
    """Start replicas and wait until all are ready; when one fails, end them all.

    Each is written down at once, so that none is forgotten when this command is killed.

    Raises:
        DeclmlError: E5006 or what the replica's own error was.
    """
    started: list[Child] = []
    try:
        for _ in range(count):
            started.append(_launch(folder, home, wanted))
            _write(folder, _state(folder).get("wanted") or asdict(wanted), [*running, *started])
        for child in started:
            _await_ready(child)
    except BaseException:
        for child in started:
            child.process.end(5)
        if running:
            _write(folder, _state(folder)["wanted"], running)
        else:
            (folder / "state.json").unlink(missing_ok=True)
        raise
    return started


def _launch(folder: Path, home: Path, wanted: Wanted) -> Child:
    file = folder / f"{secrets.token_hex(4)}.json"
    argument = {
        **wanted.replica,
        "shares": wanted.shares,
        "generation": wanted.form,
        "heartbeats": str(home / "heartbeats" / wanted.project),
    }
    write_whole(file, json.dumps({"factory": wanted.factory, "replica": argument}).encode())
    command = [sys.executable, "-P", "-m", "declml.builtin.backends.child", str(file)]
    process = launch(command, file.with_suffix(".log"), folder, ENVIRONMENT)
    return Child(str(file), process.pid, process.start or start_of(process.pid) or 0, wanted.form)


def _await_ready(child: Child) -> None:
    deadline = time.monotonic() + START_SECONDS
    failed = Path(child.file).with_suffix(".failed")
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError, DeclmlError):
            ask(child.socket, "look", 5.0)
            return
        if not child.process.alive():
            break
        time.sleep(0.02)
    log = Path(child.file).with_suffix(".log")
    if failed.exists():
        error = DeclmlError(**json.loads(failed.read_bytes()))
        raise DeclmlError(
            error.code, error.what, where=error.where or str(log), why=error.why, next=error.next or f"read {log}"
        )
    state = "ended" if not child.process.alive() else f"was not ready after {START_SECONDS:g} s"
    raise DeclmlError("E5006", f"a replica {state} before it could serve", where=str(log), next=f"read {log}")


def _stop(children: list[Child]) -> None:
    for child in children:
        with contextlib.suppress(OSError, ValueError, DeclmlError):
            ask(child.socket, "stop", 5.0)
    for child in children:
        if not child.process.wait(30):
            child.process.end(5)
        for suffix in (".json", ".socket", ".log", ".failed"):
            Path(child.file).with_suffix(suffix).unlink(missing_ok=True)
