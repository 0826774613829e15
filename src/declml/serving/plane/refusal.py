"""What a client is told when its request is not answered with predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from declml.core.codes import CODES

MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell or row that breaks a rule. `row` counts from 0 as in the request; rules are words such as `min`."""

    row: int
    column: str
    rule: str
    message: str


class RefusedError(Exception):
    """A request that gets an error: HTTP status, stable code, one sentence, and the cells that are wrong."""

    def __init__(
        self,
        status: int,
        code: str,
        what: str,
        *,
        problems: tuple[Problem, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        if code not in CODES:
            raise LookupError(f"{code} is not in core.codes")
        super().__init__(what)
        self.status, self.code, self.what = status, code, what
        self.problems, self.headers = problems, headers or {}

    def body(self) -> bytes:
        """The JSON of the error."""
        error: dict[str, Any] = {"code": self.code, "message": self.what}
        if self.problems:
            error["problems"] = [
                {"row": p.row, "column": p.column, "rule": p.rule, "message": p.message}
                for p in self.problems[:MOST_PROBLEMS]
            ]
            error["more"] = max(len(self.problems) - MOST_PROBLEMS, 0)
        return msgspec.json.encode({"error": error})


def breaks_schema(problems: list[Problem]) -> RefusedError:
    """422 for rows that break the schema."""
    first = problems[0]
    place = f"row {first.row}" + (f", column '{first.column}'" if first.column else "")
    return RefusedError(422, "E5020", f"{place}: {first.message}", problems=tuple(problems))


def malformed(why: str) -> RefusedError:
    """400 for a body that is not what its type says."""
    return RefusedError(400, "E5021", why)
