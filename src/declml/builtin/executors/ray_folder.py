"""Where a private Ray keeps its sockets and logs: a folder that its owner holds locked and removes."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "declml-ray-"
MARK = "held"
LONGEST = 23
"""Characters of the folder above it. Ray's sockets lie 64 below ours, and the system takes 107 for the path of a socket."""


@contextmanager
def held_folder() -> Iterator[Path]:
    """A fresh folder, removed afterwards. Those that killed processes left are removed first: their Ray died with them."""
    above = Path(tempfile.gettempdir())
    if len(str(above)) > LONGEST:
        above = Path("/tmp")  # noqa: S108 - mkdtemp makes a folder of its own there
    for old in above.glob(f"{NAME}*/{MARK}"):
        _remove_abandoned(old)
    folder = Path(tempfile.mkdtemp(prefix=NAME, dir=above))
    with (folder / "new").open("wb") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        (folder / "new").rename(folder / MARK)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(mark: Path) -> None:
    """Remove the folder of a mark that nobody holds. The lock of a process ends with it, however it ends."""
    with contextlib.suppress(OSError), mark.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(mark.parent, ignore_errors=True)
