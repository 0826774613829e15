"""The process of one replica: `python -m declml.builtin.backends.child FILE`, where FILE says what to build.

FILE holds {"factory": "module:Class", "replica": {...}}; beside it come `NAME.socket` for orders once the replica is
ready, or `NAME.failed` with the error when it could not be built.
"""

from __future__ import annotations

import importlib
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from declml.api import DeclmlError, write_whole
from declml.builtin.backends.control import listen


def build(factory: str, argument: dict[str, Any]) -> Any:
    """The replica of a factory's import path."""
    module, _, name = factory.partition(":")
    return getattr(importlib.import_module(module), name)(argument)


def main(file: Path) -> int:
    """Build the replica, obey until told to stop, end it cleanly."""
    order = json.loads(file.read_bytes())
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        replica = build(order["factory"], order["replica"])
    except DeclmlError as error:
        write_whole(file.with_suffix(".failed"), json.dumps(error.as_dict()).encode())
        return 1
    except Exception as error:
        facts = {"code": "E5006", "what": f"{type(error).__name__}: {error}", "where": "", "why": "", "next": ""}
        write_whole(file.with_suffix(".failed"), json.dumps(facts).encode())
        raise

    def obey(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if name == "configure":
            replica.configure(arguments["shares"])
        elif name == "stop":
            ending.set()
            return {}
        elif name == "facts":
            replica.healthy()
        facts: dict[str, Any] = replica.facts()
        return facts

    listen(file.with_suffix(".socket"), obey, ending.is_set)
    replica.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
