"""No traceback for an expected failure: errors become messages and exit codes."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from declml.core.errors import DeclmlError, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

INTERRUPTED = 130


def guarded(call: Callable[[Sequence[str]], int], command: str, words: Sequence[str]) -> int:
    """Run a command; tell what went wrong on stderr, or as one JSON document on stdout with `--json`."""
    as_json = "--json" in words
    try:
        return call(words)
    except DeclmlError as error:
        _tell(error, as_json)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"\ninterrupted; declml {command} goes on where it stopped", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the last resort: a bug is told as one
        _tell(_bug(error), as_json)
        return 1


def _bug(error: Exception) -> DeclmlError:
    descriptor, name = tempfile.mkstemp(prefix="declml-error-", suffix=".txt")
    os.close(descriptor)
    Path(name).write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return DeclmlError(
        "E1900",
        f"declml met something it does not expect: {type(error).__name__}: {error}",
        why="this is a bug in declml or in a plugin",
        next=f"report it with the traceback in {name}",
    )


def _tell(error: DeclmlError, as_json: bool) -> None:
    if not as_json:
        print(error, file=sys.stderr)  # noqa: T201 - the message
        return
    found = error.diagnostics if isinstance(error, SpecError) else ()
    document = {"error": error.as_dict(), "diagnostics": [one.as_dict() for one in found]}
    print(json.dumps(document, indent=2))  # noqa: T201 - the answer
