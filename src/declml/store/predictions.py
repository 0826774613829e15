"""Reading the prediction log: what was asked, answered, by which release, and what turned out to be true.

A log folder holds `live/*.segment` (being written, `store.segments`), `date=YYYY-MM-DD/*.parquet` (the same rows, put
away) and `labels/*.jsonl`. A slot of a segment whose Parquet file exists has been put away and is not read twice.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from declml.core.errors import DeclmlError
from declml.store.segments import REPLICA_NAME, Frame, Slot, read_segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

ANSWERED = ("live", "canary")
"""The roles whose answers went to a client."""
FIXED = ("time", "id", "release", "role", "key", "prediction")
META = b"declml"
RETRIES = 5

Moment = float | datetime | None
"""Seconds since 1970 (UTC), or a datetime with a zone, or no bound."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows are wanted: a window [since, until) in microseconds, a release, the roles."""

    since: int | None
    until: int | None
    release: int | None
    roles: tuple[str, ...]

    def takes(self, slot: Slot) -> bool:
        """Whether any row of this slot can be wanted."""
        return slot.role in self.roles and self.release in {None, slot.release}

    def within(self, time: int) -> bool:
        """Whether a row of this moment is wanted."""
        return (self.since is None or time >= self.since) and (self.until is None or time < self.until)


def read(
    folder: Path,
    since: Moment = None,
    until: Moment = None,
    release: int | None = None,
    roles: Sequence[str] = ANSWERED,
) -> pa.Table:
    """The logged rows of a window, oldest first.

    Columns: time (timestamp[us, UTC]), id, release, role, key, one for each feature (text of the category, or float32),
    prediction (the class as text, or float32), probability_<class>. Rows of releases with other columns are joined by
    name, with nulls where a release has no such column; where they differ in type, as text.

    Raises:
        DeclmlError: E4001, a put-away file is damaged.
    """
    import pyarrow as pa

    choice = Choice(_micros(since), _micros(until), release, tuple(roles))
    tables = [table for _, table in _tables(folder, choice)]
    if not tables:
        return pa.table({name: pa.array([], kind) for name, kind in _fixed_columns()})
    return pa.concat_tables(_alike(tables), promote_options="default").sort_by("time")


def _alike(tables: Sequence[pa.Table]) -> list[pa.Table]:
    """Columns that differ in type from release to release become text."""
    import pyarrow as pa

    types: dict[str, set[pa.DataType]] = {}
    for table in tables:
        for field in table.schema:
            types.setdefault(field.name, set()).add(field.type)
    mixed = {name for name, kinds in types.items() if len(kinds) > 1}
    return [
        table.cast(
            pa.schema([field.with_type(pa.string()) if field.name in mixed else field for field in table.schema])
        )
        for table in (table.replace_schema_metadata(None) for table in tables)
    ]


def read_encoded(
    folder: Path, release: int, since: Moment = None, until: Moment = None, roles: Sequence[str] = ANSWERED
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """What the model of one release saw and answered: X float32 [n, p], y float32 [n, k], times int64 [n] (microseconds).

    Oldest first. X is exactly the matrix that was scored: category codes, NaN for null. Empty arrays when nothing was logged.
    """
    import numpy as np

    choice = Choice(_micros(since), _micros(until), release, tuple(roles))
    parts = [_encoded(slot, table) for slot, table in _tables(folder, choice)]
    if not parts:
        return np.empty((0, 0), np.float32), np.empty((0, 0), np.float32), np.empty(0, np.int64)
    X, y, times = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    order = np.argsort(times, kind="stable")
    return X[order], y[order], times[order]


def read_labels(folder: Path) -> pa.Table:
    """The labels that came in: time, id (null when sent by key), key, label (JSON text), oldest first.

    A half-written last line is left out.
    """
    import pyarrow as pa

    found: list[dict[str, Any]] = []
    for path in sorted((folder / "labels").glob("*.jsonl")):
        for line in path.read_bytes().split(b"\n"):
            checksum, _, text = line.partition(b" ")
            if text and checksum == b"%08x" % zlib.crc32(text):
                found.append(json.loads(text))
    found.sort(key=lambda entry: int(entry["time"]))
    return pa.table(
        {
            "time": pa.array([entry["time"] for entry in found], pa.timestamp("us", "UTC")),
            "id": pa.array([entry.get("id") for entry in found], pa.string()),
            "key": pa.array([entry.get("key") for entry in found], pa.string()),
            "label": pa.array([json.dumps(entry["label"]) for entry in found], pa.string()),
        }
    )


def knows(folder: Path, identifier: str) -> bool:
    """Whether a prediction with this id was logged."""
    replica, counter = identifier[:REPLICA_NAME], identifier[REPLICA_NAME:]
    if not replica.isalnum() or not counter:
        return False
    try:
        number = int(counter, 16)
    except ValueError:
        return False
    for path in [*folder.glob(f"date=*/{replica}.*.parquet"), *(folder / "live").glob(f"{replica}.*.segment")]:
        if any(first <= number < last for first, last in _counters(path)):
            return True
    return False


def table_of(slot: Slot, replica: str, frames: Sequence[Frame]) -> pa.Table:
    """The rows of one slot's frames as a table; its metadata holds the slot."""
    import numpy as np
    import pyarrow as pa

    X = np.concatenate([frame.X for frame in frames])
    y = np.concatenate([frame.y for frame in frames])
    sizes = [frame.rows for frame in frames]
    counters = np.concatenate([np.arange(frame.first, frame.first + frame.rows) for frame in frames])
    keys = [key for frame in frames for key in (frame.keys or [None] * frame.rows)]
    starts = np.cumsum([0, *sizes])
    unseen: dict[int, dict[int, str]] = {}
    for place, frame in enumerate(frames):
        for row, column, text in frame.unseen:
            unseen.setdefault(column, {})[int(starts[place]) + row] = text
    rows = len(X)
    columns: dict[str, Any] = {
        "time": pa.array(np.repeat([frame.time for frame in frames], sizes), pa.timestamp("us", "UTC")),
        "id": pa.array([f"{replica}{counter:x}" for counter in counters.tolist()]),
        "release": pa.array(np.full(rows, slot.release, np.int32)),
        "role": pa.array([slot.role] * rows, pa.string()),
        "key": pa.array(keys, pa.string()),
    }
    for place, feature in enumerate(slot.features):
        columns[column_of(feature["name"])] = _decoded(X[:, place], feature["categories"], unseen.get(place, {}))
    columns["prediction"] = (
        pa.array(np.array(slot.classes, object)[y.argmax(axis=1)], pa.string()) if slot.classes else pa.array(y[:, 0])
    )
    columns |= {f"probability_{name}": pa.array(y[:, place]) for place, name in enumerate(slot.classes)}
    meta = json.dumps({"replica": replica, "slot": slot.as_dict()}).encode()
    return pa.table(list(columns.values()), names=list(columns)).replace_schema_metadata({META: meta})


def column_of(feature: str) -> str:
    """The column of a feature: its name, or `feature_NAME` when the log has a column of that name itself."""
    return f"feature_{feature}" if feature in FIXED or feature.startswith("probability_") else feature


def _decoded(column: npt.NDArray[np.float32], categories: Sequence[str], unseen: dict[int, str]) -> pa.Array:
    """Numbers as they are; codes as text, an unknown category by its own text or as one that never was ("")."""
    import numpy as np
    import pyarrow as pa

    missing = np.isnan(column)
    if not categories:
        return pa.array(column, mask=missing)
    texts = np.array([*categories, ""], object)
    values = texts[np.where(missing, len(categories), column).astype(np.int64)]
    for row, text in unseen.items():
        values[row] = text
    return pa.array(values, pa.string(), mask=missing)


def _encoded(
    slot: Slot, table: pa.Table
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    import numpy as np
    import pyarrow as pa

    X = np.empty((table.num_rows, len(slot.features)), np.float32)
    for place, feature in enumerate(slot.features):
        column = table.column(5 + place)
        if feature["categories"]:
            codes = {text: float(code) for code, text in enumerate(feature["categories"])}
            unseen = float(len(codes))
            X[:, place] = [np.nan if text is None else codes.get(text, unseen) for text in column.to_pylist()]
        else:
            X[:, place] = column.combine_chunks().to_numpy(zero_copy_only=False)
    first = 5 + len(slot.features)
    answers = range(first + 1, first + 1 + len(slot.classes)) if slot.classes else [first]
    y = np.stack([table.column(place).to_numpy().astype(np.float32) for place in answers], axis=1)
    return X, y, table.column("time").cast(pa.int64()).to_numpy()


def _tables(folder: Path, choice: Choice) -> Iterator[tuple[Slot, pa.Table]]:
    """The wanted rows, a table for each slot of each file. Starts over when a file is put away meanwhile."""
    for attempt in range(RETRIES):
        try:
            found = _found(folder, choice)
        except FileNotFoundError:
            if attempt + 1 == RETRIES:
                raise
        else:
            yield from found
            return


def _found(folder: Path, choice: Choice) -> list[tuple[Slot, pa.Table]]:
    """Segments are read before the Parquet files are listed: what is put away meanwhile is seen once, in either."""
    live = [(path, read_segment(path.read_bytes())) for path in sorted((folder / "live").glob("*.segment"))]
    files = sorted(folder.glob("date=*/*.parquet"))
    away = {path.name for path in files}
    found = list(_put_away(files, choice))
    for path, segment in live:
        for place, slot in enumerate(segment.slots if segment else ()):
            if segment is None or not choice.takes(slot) or put_away_name(path, place) in away:
                continue
            frames = [frame for frame in segment.frames if frame.slot == place and choice.within(frame.time)]
            if frames:
                found.append((slot, table_of(slot, segment.replica, frames)))
    return found


def put_away_name(segment: Path, slot: int) -> str:
    """The file name of a segment's slot once it is Parquet."""
    return f"{segment.stem}.slot{slot}.parquet"


def _put_away(files: Sequence[Path], choice: Choice) -> Iterator[tuple[Slot, pa.Table]]:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    for path in files:
        if not _day_wanted(path.parent.name.removeprefix("date="), choice):
            continue
        try:
            with pq.ParquetFile(path, page_checksum_verification=True) as file:
                slot = Slot.from_dict(json.loads(file.schema_arrow.metadata[META])["slot"])
                if not choice.takes(slot):
                    continue
                table = file.read()
        except (pa.ArrowException, OSError, KeyError, ValueError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise DeclmlError(
                "E4001", "a file of the prediction log is damaged", where=str(path), why=str(error),
                next="bring the file back from a backup, or move it away to go on without its rows",
            ) from error  # fmt: skip
        times = table.column("time").cast(pa.int64())
        wanted = pc.and_(
            pc.greater_equal(times, choice.since if choice.since is not None else -(1 << 62)),
            pc.less(times, choice.until if choice.until is not None else 1 << 62),
        )
        table = table.filter(wanted)
        if table.num_rows:
            yield slot, table


def _day_wanted(day: str, choice: Choice) -> bool:
    start = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1_000_000
    slack = 3_600_000_000  # a segment may run over midnight by as long as it stays open
    after = choice.until is not None and start >= choice.until
    before = choice.since is not None and start + 86_400_000_000 + slack <= choice.since
    return not (after or before)


def _counters(path: Path) -> Iterator[tuple[int, int]]:
    import pyarrow.parquet as pq

    if path.suffix == ".segment":
        segment = read_segment(path.read_bytes())
        yield from ((frame.first, frame.first + frame.rows) for frame in (segment.frames if segment else ()))
        return
    for identifier in pq.read_table(path, columns=["id"]).column("id").to_pylist():
        number = int(identifier[REPLICA_NAME:], 16)
        yield number, number + 1


def _micros(moment: Moment) -> int | None:
    if moment is None:
        return None
    return round((moment.timestamp() if isinstance(moment, datetime) else moment) * 1_000_000)


def _fixed_columns() -> list[tuple[str, pa.DataType]]:
    import pyarrow as pa

    return [
        ("time", pa.timestamp("us", "UTC")), ("id", pa.string()), ("release", pa.int32()), ("role", pa.string()),
        ("key", pa.string()), ("prediction", pa.string()),
    ]  # fmt: skip
