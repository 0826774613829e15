"""Where steps run."""

from __future__ import annotations

from abc import abstractmethod
from concurrent.futures import Future  # noqa: TC003 - guests read it from the signature
from typing import TYPE_CHECKING, Any, ClassVar

from declml.plugin.component import Component

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from typing import Protocol

    class Slots(Protocol):
        """A started executor."""

        @property
        def parallel(self) -> int:
            """Calls that can run at once."""
            ...

        def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
            """Run `call(*args)`; both pickle. The future carries the answer or the call's exception."""
            ...


class Executor(Component):
    """Runs calls, one or many at a time. `with executor.start() as slots: slots.submit(call, *args)`.

    Guarantees: starting costs only when a call is submitted; leaving the block ends what it started and nothing else;
    a call that died with its process raises DeclmlError E3002 in its future.
    """

    kind: ClassVar[str] = "executor"

    @abstractmethod
    def start(self) -> AbstractContextManager[Slots]:
        """Take the slots."""
