"""Everything in this process, one call after another."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from declml.api import Executor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class InlineSlots:
    """Runs a call when it is submitted."""

    parallel = 1

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Run `call(*args)` now."""
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args))
        except Exception as error:  # noqa: BLE001 - the future carries whatever the call raised
            future.set_exception(error)
        return future


class Inline(Executor):
    """Runs steps in this process. Starts at once; a step uses all cores by its own threads."""

    type: Literal["inline"] = "inline"

    @contextmanager
    def start(self) -> Iterator[InlineSlots]:
        """There is nothing to start."""
        yield InlineSlots()
