"""Where a value came from, and what was found there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A place a user can go to: a file position, or an override as typed.

    `line` and `column` count from 1; 0 means the whole file.
    """

    file: str = ""
    line: int = 0
    column: int = 0
    override: str = ""

    def __str__(self) -> str:
        if self.override:
            return f"command line: {self.override}"
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about the spec: code, place, what is wrong, and the way out.

    `path` is the key path, for example "model.tune.trials"; `snippet` the source line with a caret below it.
    """

    code: str
    what: str
    place: Place | None = None
    path: str = ""
    snippet: str = ""
    hint: str = ""

    def __str__(self) -> str:
        lines = [f"error[{self.code}]: {self.what}"]
        if self.place and str(self.place):
            lines.append(f"  --> {self.place}" + (f"   at {self.path}" if self.path else ""))
        lines += [f"    {line}" for line in self.snippet.splitlines()]
        lines += [f"  next: {self.hint}"] if self.hint else []
        return "\n".join(lines)

    def as_dict(self) -> dict[str, object]:
        """The finding as data, for `--json`."""
        place = self.place or Place()
        return {
            "code": self.code,
            "what": self.what,
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "override": place.override,
            "path": self.path,
            "next": self.hint,
        }
