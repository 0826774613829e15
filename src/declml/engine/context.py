"""A step under way: what it sees, in the process where it runs."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from declml.core.digest import canonical, digest
from declml.core.errors import DeclmlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from declml.plugin.kinds.executor import Slots
    from declml.spec.root import ProjectSpec
    from declml.store.store import Store

    Say = Callable[[str, float | None], None]


@dataclass(slots=True)
class RunningStep:
    """The `StepContext` of a step. Outputs are in the store when `put` returns.

    The driver writes the record, and brings everything to the disk at the end of the run.
    """

    spec: ProjectSpec
    base: Path
    store: Store
    folder: Callable[[], Path]
    inputs: dict[str, str]
    key: str
    threads: int = 1
    slots: Callable[[], Slots] | None = None
    tell: Say = lambda _text, _done: None
    outputs: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def scratch(self) -> Path:
        """A folder that is gone after the step, made when it is first asked for."""
        return self.folder()

    def path(self, artifact: str) -> Path:
        """The verified file of an input artifact, read-only."""
        return self.store.objects.path(self.inputs[artifact])

    def read(self, artifact: str) -> bytes:
        """The verified content of an input artifact."""
        return self.store.objects.read(self.inputs[artifact])

    def put(self, artifact: str, content: bytes | Path) -> None:
        """Give an output artifact."""
        self.outputs[artifact] = self.store.objects.put(content, durable=False)

    def fact(self, name: str, value: Any) -> None:
        """A JSON fact for the record of this step."""
        self.facts[name] = json.loads(canonical(value))

    def say(self, text: str, done: float | None = None) -> None:
        """Progress."""
        self.tell(text, done)

    def parallel(self) -> int:
        """Calls that can run at once."""
        return self._slots().parallel

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Run a call on the executor."""
        return self._slots().submit(call, *args)

    def remembered(self, key: str) -> Any | None:
        """A part result kept by an earlier, interrupted run of this step."""
        return self.store.records.part(self.key, digest(key))

    def remember(self, key: str, value: Any) -> None:
        """Keep a part result under a content key."""
        self.store.records.put_part(self.key, digest(key), value)

    def _slots(self) -> Slots:
        if self.slots is None:
            raise RuntimeError('only a step with where="driver" submits calls')
        return self.slots()


@contextmanager
def scratch_folder(store: Store) -> Iterator[Callable[[], Path]]:
    """Answers a folder on the store's disk, the same at each call. When it was asked for, it is removed afterwards."""
    made: list[Path] = []

    def folder() -> Path:
        if not made:
            made.append(Path(tempfile.mkdtemp(dir=store.folder("tmp/steps"))))
        return made[0]

    try:
        yield folder
    finally:
        for one in made:
            shutil.rmtree(one, ignore_errors=True)


def checked(step: str, expected: tuple[str, ...], outputs: dict[str, str]) -> dict[str, str]:
    """The outputs of a step, refused when one is missing or was not declared."""
    if set(expected) != set(outputs):
        raise DeclmlError(
            "E3003", f"step {step} gave {sorted(outputs)}, it declares {sorted(expected)}", where=f"step {step}"
        )
    return outputs
