"""A step: a pure function from artifacts to artifacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from declml.plugin.kinds.source import FileDigests
    from declml.spec.root import ProjectSpec

    Reads = Callable[[ProjectSpec], Any]
    Outside = Callable[[ProjectSpec, Path, FileDigests, Mapping[str, str]], Any]
    Call = Callable[["StepContext"], None]


class StepContext(Protocol):
    """What a running step sees of the world.

    spec: the whole spec (a step reads only the fields named by its `reads`). base: the folder of the spec, for relative paths.
    scratch: a folder that is gone after the step. threads: cores this step may use.
    """

    spec: ProjectSpec
    base: Path
    threads: int

    @property
    def scratch(self) -> Path:
        """A folder on the store's disk."""
        ...

    def path(self, artifact: str) -> Path:
        """The verified file of an input artifact, read-only."""
        ...

    def read(self, artifact: str) -> bytes:
        """The verified content of an input artifact."""
        ...

    def put(self, artifact: str, content: bytes | Path) -> None:
        """Give an output artifact: bytes, or a file in `scratch` (it is moved)."""
        ...

    def fact(self, name: str, value: Any) -> None:
        """A JSON fact for the record of this step (counts, warnings). The fact "refused", when true, ends the run as refused."""
        ...

    def say(self, text: str, done: float | None = None) -> None:
        """Progress: a sentence, and the share done (0..1) where known."""
        ...

    def parallel(self) -> int:
        """Calls that can run at once. Only for steps that run `where="driver"`."""
        ...

    def submit(self, call: Callable[..., Any], *args: Any) -> Future[Any]:
        """Run `call(*args)` on the executor. Only for steps that run `where="driver"`."""
        ...

    def remembered(self, key: str) -> Any | None:
        """A part result kept by an earlier, interrupted run of this step (JSON), or None."""
        ...

    def remember(self, key: str, value: Any) -> None:
        """Keep a part result (JSON) under a content key, so that a killed run does not do it twice."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """One node of the DAG.

    name: what users see. inputs, outputs: names of artifacts. reads: the spec fields it depends on, as JSON: they enter the key.
    outside: digests of what it reads besides (source files, the live model), as JSON: they enter the key. It sees the digests of the
        step's inputs, for what depends on them.
    given: when it answers bytes, the step's single output is known without running (a schema file): the step never runs.
    where: "executor", or "driver" for a step that itself submits calls. revision: raised when its code changes results.
    """

    name: str
    run: Call
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    reads: Reads | None = None
    outside: Outside | None = None
    given: Callable[[ProjectSpec, Path], bytes | None] | None = None
    where: Literal["executor", "driver"] = "executor"
    revision: int = 1
    cost: str = ""
    tags: Sequence[str] = field(default=())
