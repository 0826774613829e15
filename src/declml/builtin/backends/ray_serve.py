"""Replicas on Ray Serve."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from declml.api import Backend, DeclmlError, Observed, write_whole
from declml.builtin.backends import local_ray, ports
from declml.builtin.backends.processes import start_of
from declml.builtin.executors.ray_address import home as user_home

if TYPE_CHECKING:
    from pathlib import Path

    from declml.api import Wanted
    from declml.builtin.backends.local_ray import LocalRay

FRESH_SECONDS = 5.0
CONFIRM_SECONDS = 60.0
ORDER_SECONDS = 180.0


class RayServe(Backend):
    """Each project is a Serve application; its replicas carry their own data plane on the declared port.

    Ray Serve places the replicas, keeps them alive and scales them between `replicas_min` and `replicas_max`. Which
    release they answer with is moved by declml: running replicas are told, and a deployment of another form is brought
    up beside the old one, which ends only when the new one answers.

    num_cpus: what Ray reserves for a replica; 0 lets it be placed while training takes all cores.
    """

    type: Literal["ray"] = "ray"
    num_cpus: Annotated[float, Field(ge=0)] = 0.0

    def apply(self, home: Path, wanted: Wanted) -> None:
        """Tell the running replicas, or bring up new ones beside them."""
        with ports.held(home, f"ray-{wanted.project}"):
            _clear_unfinished(home, wanted.project)
            state = _state(home, wanted.project)
            before = _wanted_before(state)
            running = bool(state) and bool(_beats(home, wanted.project, state["form"]))
            same_port = running and (before["host"], before["port"]) == (wanted.host, wanted.port)
            ports.reserve(home, wanted.project, wanted.host, wanted.port, listening=same_port)
            ray = local_ray.start()
            if running and state["form"] == wanted.form and state["address"] == ray.address:
                self._tell(home, ray, wanted, {**wanted_dict(wanted), "shares": before["shares"]})
            else:
                self._bring_up(home, ray, wanted, state if state.get("address") == ray.address else {})

    def observe(self, home: Path, project: str) -> Observed:
        """What the heartbeats of the replicas say. Does not connect to Ray."""
        state = _state(home, project)
        if not state:
            return Observed(project, "absent")
        ray = local_ray.find()
        if ray is None or ray.address != state["address"]:
            return Observed(project, "failed", message="the local Ray has ended; declml up starts it again")
        beats = _beats(home, project, state["form"])
        if not beats:
            return Observed(project, "failed", message="no replica gives a sign of life", form=state["form"])
        shares = beats[0]["shares"] if all(beat["shares"] == beats[0]["shares"] for beat in beats) else {}
        ill = [beat for beat in beats if not beat["alive"]]
        lowest = _wanted_before(state)["replicas_min"]
        trouble = f"{len(ill)} replicas stand still" if ill else ""
        trouble = trouble or (f"{len(beats)} of {lowest} replicas answer" if len(beats) < lowest else "")
        return Observed(
            project, "unhealthy" if trouble else "running", len(beats) - len(ill), shares, trouble, state["form"]
        )

    def remove(self, home: Path, project: str) -> None:
        """End the application; requests under way are answered."""
        with ports.held(home, f"ray-{project}"):
            _clear_unfinished(home, project)
            state, ray = _state(home, project), local_ray.find()
            if state and ray is not None and ray.address == state["address"]:
                _order(ray, {"do": "delete", "apps": [state["app"]]})
            _place(home, project).unlink(missing_ok=True)
            shutil.rmtree(_heartbeats(home, project), ignore_errors=True)
            ports.release(home, project)
            _note_user(home, project, here=False)

    def up(self, home: Path) -> dict[str, Any]:
        """Start the local Ray of this user, if it does not run."""
        home.mkdir(parents=True, exist_ok=True)
        ray = local_ray.start()
        return {"backend": self.type, "address": ray.address, "serve_port": ray.serve_port, "log": ray.log}

    def down(self, home: Path) -> bool:
        """End the local Ray, with everything on it."""
        projects, ray = _own_projects(home), local_ray.find()
        if projects and ray is not None:
            with contextlib.suppress(DeclmlError):
                _order(ray, {"do": "delete", "apps": [_state(home, project).get("app", "") for project in projects]})
        for project in projects:
            _place(home, project).unlink(missing_ok=True)
            shutil.rmtree(_heartbeats(home, project), ignore_errors=True)
            ports.release(home, project)
        ran = local_ray.stop()
        (user_home() / "served.json").unlink(missing_ok=True)
        return ran

    def projects(self, home: Path) -> list[str]:
        """All projects of this user on the local Ray, those of other stores with their folder."""
        own = str(home)
        return sorted(name if where == own else f"{name} ({where})" for where, name in _users())

    def _tell(self, home: Path, ray: LocalRay, wanted: Wanted, before: dict[str, Any]) -> None:
        """Give the running replicas other shares; all confirm, or all get back what they had."""
        app = _state(home, wanted.project)["app"]
        order = self._run_order(home, ray, wanted, app, wanted.route)
        try:
            running = _order(ray, order)["applications"][app]["replicas"]
            _confirm(home, wanted, running)
        except DeclmlError as error:
            _order(ray, {**order, "wanted": before})
            raise _not_taken(error) from error
        _save(home, wanted, app, ray)

    def _bring_up(self, home: Path, ray: LocalRay, wanted: Wanted, state: dict[str, Any]) -> None:
        """A new application; an old one ends after the new one answers."""
        app = f"{wanted.project}-{wanted.form[:12]}"
        old = state.get("app") if state.get("app") != app else None
        told = _heartbeats(home, wanted.project) / "failed.error"
        told.unlink(missing_ok=True)
        prefix = f"{wanted.route.rstrip('/')}/next-{wanted.form[:12]}" if old else wanted.route
        order = self._run_order(home, ray, wanted, app, prefix)
        write_whole(_unfinished(home, wanted.project), json.dumps({"app": app, "address": ray.address}).encode())
        try:
            _order(ray, order)
            _confirm(home, wanted, wanted.replicas_min)
        except BaseException as error:
            _clear_unfinished(home, wanted.project)
            if isinstance(error, DeclmlError):
                raise _own_error(told, wanted.form) or error from None
            raise
        _save(home, wanted, app, ray)
        _unfinished(home, wanted.project).unlink(missing_ok=True)
        _note_user(home, wanted.project, here=True)
        if old:
            _order(ray, {"do": "delete", "apps": [old]})
            _order(ray, {**order, "prefix": wanted.route})

    def _run_order(self, home: Path, ray: LocalRay, wanted: Wanted, app: str, prefix: str) -> dict[str, Any]:
        return {
            "do": "run",
            "app": app,
            "prefix": prefix,
            "wanted": wanted_dict(wanted),
            "form": wanted.form,
            "heartbeats": str(_heartbeats(home, wanted.project)),
            "num_cpus": self.num_cpus,
            "serve_port": ray.serve_port,
        }


def wanted_dict(wanted: Wanted) -> dict[str, Any]:
    """A wish as JSON."""
    return asdict(wanted)


def _order(ray: LocalRay, order: dict[str, Any]) -> dict[str, Any]:
    """Let the driver process carry out an order.

    Raises:
        DeclmlError: E8021, Ray or Serve refused it.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", "import sys; from declml.builtin.backends.ray_driver import main; sys.exit(main())"],
            input=json.dumps(order), capture_output=True, text=True, timeout=ORDER_SECONDS, check=True,
            env={**os.environ, **ray.environment()},
        )  # fmt: skip
        answer: dict[str, Any] = json.loads(done.stdout)
    except subprocess.SubprocessError as error:
        told = getattr(error, "stderr", "") or ""
        raise DeclmlError(
            "E8021", "Ray Serve did not answer", why=str(told)[-500:] or str(error), where=ray.log
        ) from error
    if "failure" in answer:
        raise DeclmlError("E8021", "Ray Serve refused the deployment", why=answer["failure"][-1000:], where=ray.log)
    return answer


def _unfinished(home: Path, project: str) -> Path:
    return home / "ray" / f"{project}.unfinished"


def _clear_unfinished(home: Path, project: str) -> None:
    """Delete an application that a command began to bring up and did not finish."""
    note = _unfinished(home, project)
    try:
        begun = json.loads(note.read_bytes())
    except (OSError, ValueError):
        return
    ray = local_ray.find()
    if ray is not None and ray.address == begun["address"] and begun["app"] != _state(home, project).get("app"):
        _order(ray, {"do": "delete", "apps": [begun["app"]]})
    note.unlink(missing_ok=True)


def _confirm(home: Path, wanted: Wanted, replicas: int) -> None:
    """Wait until so many replicas answer with the wanted shares.

    Raises:
        DeclmlError: E5005, one could not take them, or they did not confirm in time.
    """
    deadline = time.monotonic() + CONFIRM_SECONDS
    while time.monotonic() < deadline:
        beats = _beats(home, wanted.project, wanted.form)
        asked = [beat for beat in beats if beat["asked"] == wanted.shares]
        for beat in asked:
            if beat["problem"]:
                raise DeclmlError(**beat["problem"])
        if len(asked) == len(beats) >= max(replicas, 1):
            return
        time.sleep(0.1)
    raise DeclmlError("E5005", f"the replicas did not confirm the wanted releases within {CONFIRM_SECONDS:g} s")


def _not_taken(error: DeclmlError) -> DeclmlError:
    return DeclmlError(
        "E5005", f"the replicas did not take the wanted releases: {error.what}", where=error.where, why=error.why,
        next="what was live before goes on; see declml status",
    )  # fmt: skip


def _own_error(told: Path, form: str) -> DeclmlError | None:
    """What the replica itself said when it could not be built."""
    try:
        error = json.loads(told.read_bytes())
        return DeclmlError(**error) if error.pop("generation") == form else None
    except (OSError, ValueError, KeyError):
        return None


def _beats(home: Path, project: str, form: str) -> list[dict[str, Any]]:
    """The fresh heartbeats of a form, without those of processes that died here; their files go."""
    found = []
    for path in sorted(_heartbeats(home, project).glob("*.json")):
        try:
            beat = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        age = time.time() - beat.get("at", 0)
        died = beat.get("host") == socket.gethostname() and start_of(int(beat["pid"])) is None
        if died and age > FRESH_SECONDS:
            path.unlink(missing_ok=True)
        elif not died and beat.get("generation") == form and age < FRESH_SECONDS:
            found.append(beat)
    return found


def _heartbeats(home: Path, project: str) -> Path:
    return home / "heartbeats" / project


def _place(home: Path, project: str) -> Path:
    return home / "ray" / f"{project}.json"


def _state(home: Path, project: str) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads(_place(home, project).read_bytes())
    except (OSError, ValueError):
        return {}
    return state


def _wanted_before(state: dict[str, Any]) -> dict[str, Any]:
    before: dict[str, Any] = state.get("wanted", {})
    return before


def _save(home: Path, wanted: Wanted, app: str, ray: LocalRay) -> None:
    state = {"wanted": wanted_dict(wanted), "form": wanted.form, "app": app, "address": ray.address}
    write_whole(_place(home, wanted.project), json.dumps(state).encode())


def _own_projects(home: Path) -> list[str]:
    return sorted(path.stem for path in (home / "ray").glob("*.json"))


def _users() -> list[tuple[str, str]]:
    try:
        return [(str(where), str(name)) for where, name in json.loads((user_home() / "served.json").read_bytes())]
    except (OSError, ValueError):
        return []


def _note_user(home: Path, project: str, *, here: bool) -> None:
    """Keep the list of who is served by the local Ray."""
    with ports.held(user_home(), "served"):
        others = [user for user in _users() if user != (str(home), project)]
        users = [*others, (str(home), project)] if here else others
        write_whole(user_home() / "served.json", json.dumps(users).encode())
