"""The jobs of a Ray cluster, through the HTTP address of its dashboard."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from declml.core.errors import DeclmlError, SpecError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

LOCAL = "http://127.0.0.1:8265"
PATIENCE = (10.0, 300.0)  # seconds to connect, and to answer (a package may be large)
TRIES = 5  # lost connections in a row before a log is given up
ASK_HEAD = (
    "put the cluster's token into RAY_AUTH_TOKEN, or its file into RAY_AUTH_TOKEN_PATH; "
    "on the head, `ray get-auth-token` shows it"
)


def address_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--address`."""
    parser.add_argument(
        "--address", metavar="URL", help=f"the cluster's dashboard (default: RAY_ADDRESS, else {LOCAL})"
    )


def address_of(named: str | None) -> str:
    """The cluster's address: as named, else from the environment, else the local one.

    Raises:
        SpecError: E8030, it is not an HTTP address.
    """
    address = named or os.environ.get("RAY_API_SERVER_ADDRESS") or os.environ.get("RAY_ADDRESS") or LOCAL
    full = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(full)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username is not None:
        why = "a name or password does not belong into it" if usable else "jobs go to the dashboard, over http or https"
        source = "--address" if named else "RAY_API_SERVER_ADDRESS or RAY_ADDRESS"
        shown = address if usable is False and "@" not in address else "the address"
        raise SpecError("E8030", f"{shown} cannot be used", where=source, why=why, next="--address http://HEAD:8265")
    return full.rstrip("/")


def token() -> tuple[str, str]:
    """The cluster token and where it was found; two empty strings when there is none.

    Raises:
        DeclmlError: E8032, its file cannot be read.
    """
    if value := os.environ.get("RAY_AUTH_TOKEN", "").strip():
        return _sound(value, "RAY_AUTH_TOKEN"), "RAY_AUTH_TOKEN"
    named = os.environ.get("RAY_AUTH_TOKEN_PATH")
    path = Path(named) if named else Path.home() / ".ray" / "auth_token"
    try:
        return _sound(path.read_text(encoding="ascii").strip(), str(path)), str(path)
    except FileNotFoundError:
        if not named:
            return "", ""
        why = "there is no such file"
    except (OSError, UnicodeDecodeError) as error:
        why = str(getattr(error, "strerror", None) or "it is not text")
    raise DeclmlError("E8032", "the cluster token cannot be read", where=str(path), why=why, next=ASK_HEAD)


def _sound(value: str, where: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise DeclmlError("E8032", "the cluster token has characters that no token has", where=where, next=ASK_HEAD)
    return value


class Cluster:
    """A cluster that answered. `address`: its dashboard; `version`: its Ray's."""

    def __init__(self, address: str, secret: str, version: str) -> None:
        from ray.job_submission import JobSubmissionClient

        for chatty in ("ray.dashboard.modules.dashboard_sdk", "ray.dashboard.modules.job.sdk"):
            logging.getLogger(chatty).setLevel(logging.WARNING)

        class Client(JobSubmissionClient):  # type: ignore[misc] # Ray's classes carry no types
            def _do_request(self, method: str, endpoint: str, **how: Any) -> Any:
                return super()._do_request(method, endpoint, timeout=PATIENCE, **how)

        self.address, self.version = address, version
        headers = {"Authorization": f"Bearer {secret}"} if secret else None
        with _environment_address(address), self._asked():
            self._client: JobSubmissionClient = Client(address, headers=headers)

    @classmethod
    def connect(cls, named: str | None) -> Cluster:
        """The cluster at an address. The token is sent only to a server that asks for one.

        Raises:
            DeclmlError: E8031 unreachable or not Ray, E8032 token missing or refused, E8038 another refusal.
        """
        address = address_of(named)
        status, version = _knock(address, "")
        secret, source = token() if status in {401, 403} else ("", "")
        if secret:
            status, version = _knock(address, secret)
        if status in {401, 403}:
            what = "the cluster refused the token" if secret else "the cluster asks for a token, and there is none here"
            raise DeclmlError("E8032", what, where=address, why=f"from {source}" if secret else "", next=ASK_HEAD)
        if status != 200 or not version:
            what = f"this is not the dashboard of a Ray cluster (HTTP {status})"
            raise DeclmlError("E8031", what, where=address, next="the head prints its dashboard address when it starts")
        return cls(address, secret, version)

    def submit(self, entrypoint: str, package: Path, metadata: dict[str, str]) -> str:
        """Start a job in a folder with the content of `package` (a zip file); its id."""
        with _environment_address(self.address), self._asked():
            runtime = {"working_dir": str(package)}
            job: str = self._client.submit_job(entrypoint=entrypoint, runtime_env=runtime, metadata=metadata)
            return job

    def job(self, job: str) -> Any:
        """What Ray knows of a job: status, message, driver_exit_code, start_time, end_time (ms), metadata."""
        with self._asked(job):
            return self._client.get_job_info(job)

    def jobs(self) -> list[Any]:
        """The submitted jobs, newest first."""
        with self._asked():
            known = [one for one in self._client.list_jobs() if one.submission_id]
        return sorted(known, key=lambda one: -(one.start_time or 0))

    def log(self, job: str) -> str:
        """All that a job wrote so far."""
        with self._asked(job):
            text: str = self._client.get_job_logs(job)
            return text

    def stop(self, job: str) -> bool:
        """Ask a job to end; False when it had ended already."""
        with self._asked(job):
            stopped: bool = self._client.stop_job(job)
            return stopped

    def follow(self, job: str, write: Callable[[str], object]) -> Any:
        """Give each piece of a job's log to `write` until the job ends; then what Ray knows of it.

        Raises:
            DeclmlError: E8031 when the cluster is lost; the job may go on.
        """
        written = 0
        failures = 0
        while True:
            reader = _Reader(written, write)
            try:
                asyncio.run(self._read(job, reader))
                found = self.job(job)
                failures = 0
            except DeclmlError:
                failures += 1
                if failures >= TRIES:
                    raise
            else:
                if found.status.is_terminal():
                    write(self.log(job)[reader.written :])
                    return found
            written = reader.written
            time.sleep(1.0)

    async def _read(self, job: str, reader: _Reader) -> None:
        """Read until the job has ended or the connection breaks. Ray closes a log seconds later: not waited for."""
        reading = asyncio.create_task(self._tail(job, reader))
        try:
            while not (await asyncio.wait({reading}, timeout=0.5))[0]:
                if (await asyncio.to_thread(self.job, job)).status.is_terminal():
                    return
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    async def _tail(self, job: str, reader: _Reader) -> None:
        import aiohttp

        try:
            async for piece in self._client.tail_job_logs(job):
                reader.take(piece)
        except (aiohttp.ClientError, RuntimeError, OSError):
            return  # the log goes on where it stopped, or the question for the job's status tells why it can't

    @contextmanager
    def _asked(self, job: str = "") -> Iterator[None]:
        import requests
        from ray.exceptions import AuthenticationError

        try:
            yield
        except (requests.exceptions.RequestException, ConnectionError) as error:
            raise _unreachable(self.address, error) from error
        except AuthenticationError as error:
            raise DeclmlError("E8032", "the cluster refused the token", where=self.address, next=ASK_HEAD) from error
        except RuntimeError as error:
            if job and "status code 404" in str(error):
                what = f"there is no job {job} on this cluster"
                raise DeclmlError(
                    "E8034", what, where=self.address, next=f"declml jobs --address {self.address}"
                ) from error
            why = _last_line(str(error))
            raise DeclmlError("E8038", "the cluster refused a request", where=self.address, why=why) from error


class _Reader:
    """Passes on what was not written before: each connection gives the log from its beginning."""

    def __init__(self, written: int, write: Callable[[str], object]) -> None:
        self.written = written
        self._position = 0
        self._write = write

    def take(self, piece: str) -> None:
        """One more piece of the log."""
        self._position += len(piece)
        if (fresh := self._position - self.written) > 0:
            self._write(piece[-fresh:])
            self.written = self._position


def _knock(address: str, secret: str) -> tuple[int, str]:
    import requests

    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    try:
        reply = requests.get(f"{address}/api/version", headers=headers, timeout=(PATIENCE[0], 30.0))
    except requests.exceptions.RequestException as error:
        raise _unreachable(address, error) from error
    try:
        facts = reply.json()
    except ValueError:
        facts = None
    return reply.status_code, str(facts.get("ray_version", "")) if isinstance(facts, dict) else ""


def _unreachable(address: str, error: Exception) -> DeclmlError:
    deepest: BaseException = error
    while (inner := deepest.__cause__ or deepest.__context__) is not None:
        deepest = inner
    why = getattr(deepest, "strerror", None) or _last_line(str(deepest)) or type(deepest).__name__
    what = "the cluster cannot be reached"
    return DeclmlError(
        "E8031", what, where=address, why=why, next="is the head up, and is this its dashboard's address?"
    )


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""


@contextmanager
def _environment_address(address: str) -> Iterator[None]:
    """Ray prefers this variable over the address it is called with."""
    before = os.environ.get("RAY_API_SERVER_ADDRESS")
    os.environ["RAY_API_SERVER_ADDRESS"] = address
    try:
        yield
    finally:
        if before is None:
            del os.environ["RAY_API_SERVER_ADDRESS"]
        else:
            os.environ["RAY_API_SERVER_ADDRESS"] = before
