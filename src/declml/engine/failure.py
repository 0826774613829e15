"""A failed step, told in one message."""

from __future__ import annotations

import contextlib
import traceback
from typing import TYPE_CHECKING

from declml.core.errors import DeclmlError
from declml.store.failures import FULL, full

if TYPE_CHECKING:
    from declml.store.store import Store


def note_of(error: BaseException) -> str:
    """One line about an error, for the record of the step."""
    if isinstance(error, DeclmlError):
        return error.what
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__


def retold(error: BaseException, step: str, store: Store, run: str) -> BaseException:
    """The error with the step's name. An unexpected one becomes E3001, its traceback kept in `logs/` of the store.

    Ctrl-C and the end of the interpreter stay what they are.
    """
    where = f"step {step}"
    if isinstance(error, DeclmlError):
        error.where = f"{where}, {error.where}" if error.where and where not in error.where else where
        return error
    if isinstance(error, OSError) and error.errno in FULL:
        return retold(full(store.root, error.strerror or "no space left"), step, store, run)
    if not isinstance(error, Exception):
        return error
    after = f"the traceback is in {_kept(error, step, store, run)}"
    return DeclmlError("E3001", f"step {step} failed: {note_of(error)}", where=where, next=after)


def _kept(error: Exception, step: str, store: Store, run: str) -> str:
    log = store.root / "logs" / f"{run}-{step}.txt"
    with contextlib.suppress(OSError):
        log.parent.mkdir(exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return str(log)
