"""The rules of a row, cell by cell: slow, complete, and able to say what is wrong.

The compiled decoder of `contract` takes a body that keeps every rule. Whatever it refuses comes here, and what is said
here counts: also that nothing is wrong, as for 3.0 in a column of whole numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from declml.core.suggest import closest
from declml.serving.plane.refusal import MOST_PROBLEMS, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LARGEST = 3.4028234663852886e38  # float32
KINDS = {"number": "a number", "whole": "a whole number", "flag": "true or false", "text": "a text"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one input column may hold. kind: number, whole, flag or text (a category)."""

    name: str
    kind: str
    nullable: bool
    low: float | None = None
    high: float | None = None
    allowed: frozenset[str] | None = None

    def check(self, cell: object) -> tuple[Any, tuple[str, str] | None]:
        """The cell as the decoder gives it, and what is wrong: (rule, message)."""
        if cell is None:
            return None, None if self.nullable else ("null", "must not be null")
        if self.kind == "flag":
            return cell, None if isinstance(cell, bool) else self._wrong_type()
        if self.kind == "text":
            return self._text(cell)
        if isinstance(cell, bool) or not isinstance(cell, int | float):
            return None, self._wrong_type()
        return self._number(cell)

    def _text(self, cell: object) -> tuple[Any, tuple[str, str] | None]:
        if isinstance(cell, bool) or not isinstance(cell, str | int):
            return None, self._wrong_type()
        if self.allowed is not None and str(cell) not in self.allowed:
            return None, ("values", "is not one of the categories of this column")
        return str(cell), None

    def _number(self, cell: float) -> tuple[Any, tuple[str, str] | None]:
        if isinstance(cell, float) and not math.isfinite(cell):
            return None, ("finite", "must be a finite number; send null for a missing value")
        if self.kind == "whole" and cell != math.floor(cell):
            return None, self._wrong_type()
        if abs(cell) > LARGEST:
            return None, ("range", "is beyond the range of 32-bit numbers")
        if self.low is not None and cell < self.low:
            return None, ("min", f"must be at least {self.low:g}")
        if self.high is not None and cell > self.high:
            return None, ("max", f"must be at most {self.high:g}")
        return cell, None

    def _wrong_type(self) -> tuple[str, str]:
        return "type", f"must be {KINDS[self.kind]}" + (" or null" if self.nullable else "")


def check_rows(
    rows: Sequence[object], rules: Sequence[Rule], known: frozenset[str], key: str | None
) -> tuple[list[list[Any]], list[str | None], list[Problem]]:
    """Cells in the order of the rules, keys, and every problem up to a bound.

    known: all names that a row may have, also those that no rule is about.
    """
    cells: list[list[Any]] = []
    keys: list[str | None] = []
    problems: list[Problem] = []
    for place, row in enumerate(rows):
        if not isinstance(row, dict):
            problems.append(Problem(place, "", "type", "a row must be an object of columns"))
            continue
        cells.append([_cell(place, row, rule, problems) for rule in rules])
        keys.append(_key(place, row, key, problems))
        for name in row.keys() - known:
            best = closest(name, known)
            hint = f"; did you mean '{best}'?" if best else ""
            problems.append(Problem(place, name[:200], "unknown", f"is not a column of this deployment{hint}"))
        if len(problems) > MOST_PROBLEMS * 10:
            break
    return cells, keys, problems


def _cell(place: int, row: Mapping[str, object], rule: Rule, problems: list[Problem]) -> object:
    if rule.name not in row and not rule.nullable:
        problems.append(Problem(place, rule.name, "missing", "is required"))
        return None
    cell, wrong = rule.check(row.get(rule.name))
    if wrong is not None:
        problems.append(Problem(place, rule.name, *wrong))
    return cell


def _key(place: int, row: Mapping[str, object], key: str | None, problems: list[Problem]) -> str | None:
    cell = row.get(key) if key else None
    if cell is None:
        return None
    if isinstance(cell, bool) or not isinstance(cell, str | int):
        problems.append(Problem(place, str(key), "type", "must be a text or a whole number"))
        return None
    return str(cell)
