"""Which Ray a run uses, and whether anybody answers there."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

LOCAL = "local"
KNOCK_SECONDS = 5.0


def home() -> Path:
    """Where the local service of this user is recorded."""
    return Path(os.environ.get("DECLML_HOME") or Path.home() / ".declml")


def recorded_address() -> str | None:
    """The address of the local Ray that `declml up` started, if its processes are alive."""
    try:
        record = json.loads((home() / "local-ray.json").read_text(encoding="utf-8"))
        pids = [int(pid) for pid in record["pids"]]
        alive = bool(pids) and all(Path(f"/proc/{pid}").exists() for pid in pids)
        return str(record["address"]) if alive else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def resolved(address: str) -> str:
    """`auto` as an address: RAY_ADDRESS, else the local Ray on record, else "local" (a private one)."""
    if address != "auto":
        return address
    return os.environ.get("RAY_ADDRESS") or recorded_address() or LOCAL


def silent(address: str) -> str:
    """Why nobody can be reached at an address; empty when somebody listens. Ray itself would try for minutes."""
    parts = urlsplit(address if "://" in address else f"ray://{address}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        return str(error)
    if not host or (port is None and parts.scheme != "ray"):
        return "it is not host:port or ray://host:port"
    try:
        socket.create_connection((host, port or 10001), timeout=KNOCK_SECONDS).close()
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""
