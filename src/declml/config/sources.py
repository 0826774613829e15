"""Files and package resources as guarded documents, under the names that users see."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from declml.config.yaml_guard import MAX_BYTES, Document, read_yaml
from declml.core.errors import SpecError


def file_name(folder: str, name: str) -> Path:
    """A file of a search path's folder."""
    return Path(folder) / name


def shown(path: Path) -> str:
    """A path as a user would type it: relative when it lies below the current folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd().resolve()))
    except (ValueError, OSError):
        return str(path)


def read_file(path: Path) -> Document:
    """The document of a file.

    Raises:
        SpecError: E1001 it cannot be read, and what `read_yaml` raises.
    """
    name = shown(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SpecError(
                "E1010", f"{path.stat().st_size} bytes are too many for a spec", where=name, next="split it"
            )
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8"
        raise SpecError("E1001", "this file is not text", where=name, why=why, next="save it as UTF-8") from None
    except OSError as error:
        raise SpecError("E1001", f"this file cannot be read: {os.strerror(error.errno or 0)}", where=name) from None
    return read_yaml(text, name)


def read_resource(package: str, name: str) -> Document | None:
    """The document of a package's file, or nothing when there is none."""
    resource = resources.files(package).joinpath(name)
    if not resource.is_file():
        return None
    return read_yaml(resource.read_text(encoding="utf-8-sig"), f"pkg://{package}/{name}")
