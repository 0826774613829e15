"""Alerts into a file of JSON lines."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field

from declml.api import Channel, DeclmlError


class FileChannel(Channel):
    """Appends `{"at", "title", "text", "facts"}` as one line of JSON; on disk when `send` returns.

    `at` is seconds since 1970 (UTC). A line cut short by a crash is left as it is and ended before the next one.
    """

    type: Literal["file"] = "file"

    path: Annotated[str, Field(min_length=1)]
    """Relative to the folder of the spec."""

    def at(self, base: Path) -> Self:
        """The same channel with an absolute path."""
        return self.model_copy(update={"path": str(base / self.path)})

    def send(self, title: str, text: str, facts: dict[str, object]) -> None:
        """Append one line.

        Raises:
            DeclmlError: E6002, the file cannot be written.
        """
        record = {"at": time.time(), "title": title, "text": text, "facts": facts}
        line = json.dumps(record, sort_keys=True, default=str).encode() + b"\n"
        target = Path(self.path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("a+b", buffering=0) as file:
                if file.seek(0, os.SEEK_END):
                    file.seek(-1, os.SEEK_END)
                    line = line if file.read(1) == b"\n" else b"\n" + line
                file.write(line)
                os.fsync(file.fileno())
        except OSError as error:
            raise DeclmlError(
                "E6002",
                "the alert could not be written to its file",
                where=str(target),
                why=error.strerror or str(error),
                next="make the folder writable, or choose another path in monitor.alerts",
            ) from error
