"""Which release each alias names, and how that came about: a chain in which nothing can be changed unseen."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from declml.core.digest import digest
from declml.core.errors import DeclmlError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from declml.store.database import Database

START = "0" * 32
COLUMNS = "link, at, alias, old, new, reason, who, before, digest"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One move of an alias. at: seconds since 1970. old, new: release numbers, None = no release.

    digest: of this entry and the digest before it.
    """

    at: float
    alias: str
    old: int | None
    new: int | None
    reason: str
    who: str
    digest: str


class Ledger:
    """Aliases of all projects. `live` moving leaves `previous` on the release that was live."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def move(self, project: str, alias: str, number: int | None, *, reason: str, who: str) -> None:
        """Point one alias to a release, or to none. On the disk when this returns.

        Raises:
            DeclmlError: E4009, there is no such release.
        """
        self.move_many(project, {alias: number}, reason=reason, who=who)

    def move_many(self, project: str, moves: Mapping[str, int | None], *, reason: str, who: str) -> None:
        """Point several aliases at once: readers see all moves or none. Moves that change nothing are not noted."""
        with self._database.change(durable=True) as connection:
            now = _aliases(connection, project)
            moves = dict(moves)
            if "live" in moves and "previous" not in moves and now.get("live") not in {None, moves["live"]}:
                moves["previous"] = now["live"]
            for alias, number in moves.items():
                if number != now.get(alias):
                    _check(connection, project, number)
                    _append(connection, project, (alias, now.get(alias), number, reason, who))

    def aliases(self, project: str) -> dict[str, int]:
        """The release number of each alias that names one."""
        rows = self._database.rows("SELECT alias, number FROM aliases WHERE project=? ORDER BY alias", (project,))
        return {str(alias): int(number) for alias, number in rows}

    def history(self, project: str) -> list[LedgerEntry]:
        """Every move, oldest first."""
        rows = self._database.rows(f"SELECT {COLUMNS} FROM ledger WHERE project=? ORDER BY link", (project,))  # noqa: S608 - a constant
        return [LedgerEntry(*(*row[1:7], row[8])) for row in rows]

    def verify(self) -> None:
        """Follow every chain from its start and compare its end with the aliases.

        Raises:
            DeclmlError: E4008, with the project and the first broken link.
        """
        projects = self._database.rows("SELECT project FROM ledger UNION SELECT project FROM aliases")
        for (project,) in projects:
            self._verify(project)

    def _verify(self, project: str) -> None:
        rows = self._database.rows(f"SELECT {COLUMNS} FROM ledger WHERE project=? ORDER BY link", (project,))  # noqa: S608 - a constant
        before, aliases = START, dict[str, int | None]()
        for position, (link, *content, previous, mark) in enumerate(rows, start=1):
            if link != position:
                raise _broken(project, position, "it was removed")
            if previous != before or mark != _digest(project, link, content, before):
                raise _broken(project, link, "its content is not what was written")
            if aliases.get(content[1]) != content[2]:
                raise _broken(project, link, f"it moves '{content[1]}' from a release that it did not name")
            aliases[content[1]] = content[3]
            before = mark
        if {alias: number for alias, number in aliases.items() if number is not None} != self.aliases(project):
            raise _broken(project, len(rows) + 1, "the aliases are not where the last entry left them")


def _aliases(connection: sqlite3.Connection, project: str) -> dict[str, int]:
    return dict(connection.execute("SELECT alias, number FROM aliases WHERE project=?", (project,)).fetchall())


def _check(connection: sqlite3.Connection, project: str, number: int | None) -> None:
    if number is None:
        return
    if not connection.execute("SELECT 1 FROM releases WHERE project=? AND number=?", (project, number)).fetchone():
        raise DeclmlError("E4009", f"there is no release {project}@{number}", next="declml releases")


def _append(connection: sqlite3.Connection, project: str, move: tuple[str, int | None, int | None, str, str]) -> None:
    last = connection.execute(
        "SELECT link, digest FROM ledger WHERE project=? ORDER BY link DESC LIMIT 1", (project,)
    ).fetchone()
    link, before = (last[0] + 1, last[1]) if last else (1, START)
    content: list[object] = [time.time(), *move]
    mark = _digest(project, link, content, before)
    connection.execute("INSERT INTO ledger VALUES (?,?,?,?,?,?,?,?,?,?)", (project, link, *content, before, mark))
    connection.execute("DELETE FROM aliases WHERE project=? AND alias=?", (project, move[0]))
    if move[2] is not None:
        connection.execute("INSERT INTO aliases VALUES (?,?,?)", (project, move[0], move[2]))


def _digest(project: str, link: int, content: list[object], before: str) -> str:
    return digest([project, link, *content, before])


def _broken(project: str, link: int, why: str) -> DeclmlError:
    return DeclmlError(
        "E4008",
        f"the ledger of {project} is broken at link {link}",
        where=f"{project}, link {link}",
        why=why,
        next="bring records.sqlite back from a copy; do not trust the history after this link",
    )
