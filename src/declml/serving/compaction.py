"""Putting finished segments of the prediction log away as Parquet, by date, off the path of requests."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from declml.core.files import sync, whole_file
from declml.serving.log import SEGMENT_SECONDS
from declml.store.predictions import put_away_name, table_of
from declml.store.segments import read_segment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVERY = 30.0
ORPHANED = SEGMENT_SECONDS + 120.0
NICE = 15


def put_away(folder: Path, segment: Path) -> int:
    """Turn a finished segment into Parquet (zstd, page checksums), one file for each slot; the rows kept.

    A reader sees each slot either in the segment or in Parquet. Doing it twice gives the same files. A segment of which
    frames are damaged stays beside its Parquet files under the name `*.damaged`.
    """
    import pyarrow.parquet as pq

    try:
        found = read_segment(segment.read_bytes())
    except FileNotFoundError:
        return 0
    rows = 0
    for place, slot in enumerate(found.slots if found else ()):
        frames = [frame for frame in found.frames if frame.slot == place] if found else []
        if not frames or found is None:
            continue
        table = table_of(slot, found.replica, frames)
        day = datetime.fromtimestamp(frames[0].time / 1e6, UTC).date().isoformat()
        with whole_file(folder / f"date={day}" / put_away_name(segment, place)) as file:
            pq.write_table(table, file, compression="zstd", write_page_checksum=True)
        rows += table.num_rows
    if found is None or found.damaged or found.torn:
        segment.rename(segment.with_suffix(".damaged"))
    else:
        segment.unlink(missing_ok=True)
    sync(segment.parent)
    return rows


class Compaction:
    """Puts away what is finished every half minute, on a thread that yields to everybody else."""

    def __init__(self, folder: Path, open_files: Callable[[], set[str]]) -> None:
        self._folder, self._open_files = folder, open_files
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="declml-compaction", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, replica: str) -> None:
        """End, and put away what this replica wrote."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(60)
        for segment in sorted((self._folder / "live").glob(f"{replica}.*.segment")):
            with contextlib.suppress(OSError):
                put_away(self._folder, segment)

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while not self._ending.wait(EVERY):
            for segment in sorted((self._folder / "live").glob("*.segment")):
                if self._finished(segment):
                    with contextlib.suppress(OSError):
                        put_away(self._folder, segment)

    def _finished(self, segment: Path) -> bool:
        """Whether nobody writes there any more: older than any segment stays open."""
        if segment.name in self._open_files():
            return False
        with contextlib.suppress(OSError):
            return time.time() - segment.stat().st_mtime > ORPHANED
        return False
