"""A folder as one zip file: what a Ray job gets to see. The same files give the same bytes."""

from __future__ import annotations

import fnmatch
import os
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from declml.core.errors import SpecError
from declml.core.units import show_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT = 512 * 2**20  # Ray refuses larger packages
LEFT_OUT = (
    ".declml", ".git", ".hg", ".venv", "venv", ".env", ".tox", ".nox", "node_modules", "__pycache__", "*.pyc",
    "*.egg-info", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints",
)  # fmt: skip
"""Names that never travel, at any depth."""
PRESSED = {".gz", ".zip", ".zst", ".parquet", ".bz2", ".xz", ".png", ".jpg", ".jpeg", ".onnx", ".whl"}


@dataclass(frozen=True, slots=True)
class Packed:
    """What was packed: number of files, their bytes, bytes of the package."""

    files: int
    content: int
    size: int


def pack(
    folder: Path, target: Path, *, leave_out: Sequence[str] = (), skip: Path | None = None, limit: int = LIMIT
) -> Packed:
    """Write the files of `folder` into the zip `target`.

    Args:
        folder: its content becomes the content of the package; linked files and folders are followed.
        target: the zip file.
        leave_out: names or relative paths, with `*` and `?`, beside `LEFT_OUT`.
        skip: a folder that does not travel (the store).
        limit: largest size of the package in bytes.

    Raises:
        SpecError: E8033, too large or a file cannot be read; the message names the largest files.
    """
    found = sorted(_files(folder, (*LEFT_OUT, *leave_out), skip))
    sizes: dict[str, int] = {}
    try:
        with zipfile.ZipFile(target, "w", compresslevel=1) as package:
            for name, path in found:
                sizes[name] = path.stat().st_size
                _add(package, name, path)
                if target.stat().st_size > limit:
                    raise _too_large(folder, {**sizes, **_sizes(found)}, limit)
    except OSError as error:
        raise SpecError(
            "E8033",
            f"the folder cannot be packed: {error.strerror or error}",
            where=str(error.filename or folder),
            next="make the file readable, or leave it out with --exclude NAME",
        ) from error
    return Packed(len(sizes), sum(sizes.values()), target.stat().st_size)


def _add(package: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    executable = bool(path.stat().st_mode & stat.S_IXUSR)
    entry.external_attr = (0o755 if executable else 0o644) << 16
    entry.compress_type = zipfile.ZIP_STORED if path.suffix in PRESSED else zipfile.ZIP_DEFLATED
    with path.open("rb") as source, package.open(entry, "w", force_zip64=True) as sink:
        while piece := source.read(1 << 20):
            sink.write(piece)


def _files(folder: Path, leave_out: Sequence[str], skip: Path | None) -> Iterator[tuple[str, Path]]:
    avoided = skip.resolve() if skip else None
    seen: set[Path] = set()
    for here, folders, names in os.walk(folder, followlinks=True):
        place = Path(here)
        if place.resolve() in seen:
            folders.clear()
            continue
        seen.add(place.resolve())
        inside = place.relative_to(folder)
        folders[:] = sorted(
            name for name in folders if not _left_out(inside / name, leave_out) and (place / name).resolve() != avoided
        )
        for name in names:
            path = place / name
            if path.is_file() and not _left_out(inside / name, leave_out):
                yield (inside / name).as_posix(), path


def _left_out(path: Path, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(path.name, one) or fnmatch.fnmatchcase(path.as_posix(), one) for one in patterns)


def _sizes(found: Sequence[tuple[str, Path]]) -> dict[str, int]:
    return {name: path.stat().st_size for name, path in found}


def _too_large(folder: Path, sizes: dict[str, int], limit: int) -> SpecError:
    largest = sorted(sizes.items(), key=lambda one: -one[1])[:3]
    return SpecError(
        "E8033",
        f"the folder is too large to send: more than {show_size(limit)} when packed",
        where=str(folder),
        why="largest: " + ", ".join(f"{name} ({show_size(size)})" for name, size in largest),
        next="leave files out with --exclude NAME, or put the data where the cluster can read it and name that path",
    )
