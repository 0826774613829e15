"""The errors a user can meet.

    DeclmlError            exit code 1: something failed while running
    ├── SpecError          2: the spec or the command line is wrong, nothing was touched
    ├── GateError          3: a gate refused the release
    ├── AlertError         4: an alert is open
    └── ConflictError      1: another run, process or project holds what is needed

Every error answers four questions: where, what, why, what next. `code` is stable and listed in `core.codes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from declml.core.codes import CODES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from declml.core.place import Diagnostic


class DeclmlError(Exception):
    """An expected failure, told to the user without a traceback.

    Args:
        code: a key of `CODES`, for example "E2001".
        what: one sentence: what is wrong.
        where: file:line:column, an override as typed, a step, a column; empty when there is no place.
        why: the reason, when it is not obvious from `what`.
        next: what the user can do, best as a command.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, what: str, *, where: str = "", why: str = "", next: str = "") -> None:  # noqa: A002 - the fourth question has this name everywhere
        if code not in CODES:
            raise LookupError(f"{code} is not in core.codes")
        super().__init__(what)
        self.code, self.what, self.where, self.why, self.next = code, what, where, why, next

    def __str__(self) -> str:
        lines = [f"error[{self.code}]: {self.what}"]
        lines += [f"  --> {self.where}"] if self.where else []
        lines += [f"  why: {self.why}"] if self.why else []
        lines += [f"  next: {self.next}"] if self.next else []
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process borders whole."""
        return _rebuild, (type(self), self.as_dict())

    def as_dict(self) -> dict[str, str]:
        """The answers as data, for `--json`."""
        return {"code": self.code, "what": self.what, "where": self.where, "why": self.why, "next": self.next}


class SpecError(DeclmlError):
    """The spec or the command line is wrong; nothing was touched.

    `diagnostics` holds every finding, in file order; the error itself shows the first.
    """

    exit_code = 2

    def __init__(
        self,
        code: str,
        what: str,
        *,
        where: str = "",
        why: str = "",
        next: str = "",  # noqa: A002
        diagnostics: Sequence[Diagnostic] = (),
    ) -> None:
        super().__init__(code, what, where=where, why=why, next=next)
        self.diagnostics = tuple(diagnostics)

    @classmethod
    def of(cls, diagnostics: Sequence[Diagnostic]) -> SpecError:
        """The error for one or more findings."""
        first = diagnostics[0]
        return cls(first.code, first.what, where=str(first.place or ""), next=first.hint, diagnostics=diagnostics)

    def __str__(self) -> str:
        return "\n\n".join(str(found) for found in self.diagnostics) if self.diagnostics else super().__str__()

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), {**self.as_dict(), "diagnostics": self.diagnostics})


class GateError(DeclmlError):
    """A gate refused the release."""

    exit_code = 3


class AlertError(DeclmlError):
    """An alert is open."""

    exit_code = 4


class ConflictError(DeclmlError):
    """Somebody else holds what this needs: a lock, a port, a name."""


def _rebuild(cls: type[DeclmlError], answers: dict[str, str]) -> DeclmlError:
    return cls(**answers)
