"""What a call in another process gives back: its answer, or its exception in a form that always arrives."""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING, Any

from declml.api import DeclmlError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future


def died(why: str) -> DeclmlError:
    """The error of a call whose process died."""
    return DeclmlError(
        "E3002",
        "the process of a step died",
        why=why,
        next="if memory ran out, use less data at once or fewer workers; then run again: finished steps are kept",
    )


def called(call: Callable[..., Any], *args: Any) -> tuple[Any, Exception | None]:
    """`call(*args)` in a worker. The exception travels as a value, with the worker's traceback as a note.

    Pools break on an exception that does not pickle, or not back again; such a one is replaced by its text.
    """
    try:
        return call(*args), None
    except Exception as error:  # noqa: BLE001 - whatever the call raised is its answer
        text = "".join(traceback.format_exception(error))
        error = _portable(error)
        if not isinstance(error, DeclmlError):
            error.add_note(f"In the worker:\n{text}")
        return None, error


def pass_on(done: Future[Any], answer: Future[Any]) -> None:
    """Move what `called` gave from a finished future into `answer`."""
    value, raised = done.result()
    if raised is not None:
        answer.set_exception(raised)
    else:
        answer.set_result(value)


def _portable(error: Exception) -> Exception:
    try:
        back = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - an exception may do anything when it is pickled
        back = None
    return error if type(back) is type(error) else RuntimeError(f"{type(error).__name__}: {error}")
