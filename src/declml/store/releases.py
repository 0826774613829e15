"""The releases of a store: numbered, immutable."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from declml.core.digest import canonical
from declml.core.errors import DeclmlError
from declml.store.release import Release

if TYPE_CHECKING:
    from declml.store.database import Database


class Releases:
    """Releases by project and number."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, release: Release) -> Release:
        """Keep a release under the next number of its project. Content that is there already keeps its number."""
        mark = release.digest
        with self._database.change(durable=True) as connection:
            row = connection.execute(
                "SELECT manifest FROM releases WHERE project=? AND digest=?", (release.project, mark)
            ).fetchone()
            if row:
                return Release.from_dict(json.loads(row[0]))
            last = connection.execute("SELECT max(number) FROM releases WHERE project=?", (release.project,)).fetchone()
            numbered = replace(release, number=(last[0] or 0) + 1)
            manifest = canonical(numbered.as_dict()).decode()
            connection.execute(
                "INSERT INTO releases VALUES (?,?,?,?)", (release.project, numbered.number, mark, manifest)
            )
        return numbered

    def get(self, project: str, number: int | None = None) -> Release:
        """A release; the newest when no number is given.

        Raises:
            DeclmlError: E4009, there is none; E4001, its manifest was changed.
        """
        row = self._database.row(
            "SELECT manifest FROM releases WHERE project=? AND number=ifnull(?, number) ORDER BY number DESC LIMIT 1",
            (project, number),
        )
        if row is None:
            raise self._absent(project, number)
        return _verified(json.loads(row[0]))

    def all(self, project: str) -> list[Release]:
        """Every release of a project, oldest first."""
        rows = self._database.rows("SELECT manifest FROM releases WHERE project=? ORDER BY number", (project,))
        return [_verified(json.loads(row[0])) for row in rows]

    def projects(self) -> list[str]:
        """The projects that have a release."""
        return [row[0] for row in self._database.rows("SELECT DISTINCT project FROM releases ORDER BY project")]

    def _absent(self, project: str, number: int | None) -> DeclmlError:
        rows = self._database.rows("SELECT number FROM releases WHERE project=? ORDER BY number", (project,))
        if not rows:
            return DeclmlError("E4009", f"{project} has no release yet", next="declml run")
        known = ", ".join(f"{project}@{row[0]}" for row in rows[-5:])
        return DeclmlError("E4009", f"there is no release {project}@{number}", why=f"the last ones are {known}")


def _verified(manifest: dict[str, object]) -> Release:
    release = Release.from_dict(manifest)
    if release.digest != manifest["digest"]:
        raise DeclmlError(
            "E4001",
            f"the manifest of {release.name} was changed",
            why=f"its content has the digest {release.digest}, not {manifest['digest']}",
            next="bring records.sqlite back from a copy, or make a new release: declml run",
        )
    return release
