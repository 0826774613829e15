"""The binary form of the prediction log: one append-only file for a replica and a stretch of time.

    start  magic "declplog" | version u16 | 0 u16 | length of the header u32 | CRC-32 of the header u32
    header JSON: replica, first moment, and the slots: which release and role a frame belongs to
    frames length of the payload u32 | CRC-32 u32 | slot u16 | 0 u16 | rows u32 | first counter u64 | time i64 | side u32
           payload: rows of features float32 [n, p], answers float32 [n, k], then `side` bytes of JSON

Numbers are little-endian; the time is microseconds since 1970 (UTC), one for all rows of a frame. The checksum covers
everything after itself. A prediction's id is the replica's name followed by its counter in hex. The side record holds
what has no fixed size: the keys of the rows and the text of categories that the release does not know.
A process that dies leaves at most one half-written frame, at the end; it is recognised and left out.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import numpy.typing as npt

MAGIC = b"declplog"
VERSION = 1
START = struct.Struct("<8sHHII")
FRAME = struct.Struct("<IIHHIQqI")
CHECKED = struct.Struct("<HHIQqI")
UNCHECKED = 8  # bytes of a frame before the part that its checksum covers
REPLICA_NAME = 12  # characters of a replica's name at the start of every prediction id


@dataclass(frozen=True, slots=True)
class Slot:
    """One release as a segment's rows know it. `role` is live, canary or shadow."""

    release: int
    role: str
    features: tuple[dict[str, Any], ...]
    classes: tuple[str, ...]

    @property
    def answers(self) -> int:
        """Columns of the answer: one for each class, or the value."""
        return max(len(self.classes), 1)

    @property
    def row_size(self) -> int:
        """Bytes of a row in a frame."""
        return 4 * (len(self.features) + self.answers)

    def as_dict(self) -> dict[str, Any]:
        """The slot as JSON."""
        return {
            "release": self.release,
            "role": self.role,
            "features": list(self.features),
            "classes": list(self.classes),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Slot:
        """The slot of its JSON."""
        return cls(int(data["release"]), str(data["role"]), tuple(data["features"]), tuple(data["classes"]))


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows that were scored together by one release."""

    slot: int
    rows: int
    first: int
    time: int
    X: npt.NDArray[np.float32]
    y: npt.NDArray[np.float32]
    keys: list[str | None] | None
    unseen: list[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as read: what is whole, and how much is not.

    damaged: frames whose checksum is wrong. torn: bytes after the last whole frame.
    """

    replica: str
    slots: tuple[Slot, ...]
    frames: tuple[Frame, ...]
    damaged: int
    torn: int


def start_of(replica: str, slots: Sequence[Slot], opened: float) -> bytes:
    """The first bytes of a segment."""
    header = json.dumps(
        {"replica": replica, "opened": opened, "slots": [slot.as_dict() for slot in slots]}, separators=(",", ":")
    ).encode()
    return START.pack(MAGIC, VERSION, 0, len(header), zlib.crc32(header)) + header


def frame_of(slot: int, rows: int, first: int, time: int, matrices: bytes, side: bytes = b"") -> bytes:
    """One frame. `matrices` are the bytes of X then y, float32, row by row."""
    checked = CHECKED.pack(slot, 0, rows, first, time, len(side))
    checksum = zlib.crc32(side, zlib.crc32(matrices, zlib.crc32(checked)))
    return b"".join((struct.pack("<II", len(matrices) + len(side), checksum), checked, matrices, side))


def read_segment(data: bytes) -> Segment | None:
    """What a segment's bytes hold, or None when not even its start is whole."""
    try:
        magic, version, _, length, checksum = START.unpack_from(data)
    except struct.error:
        return None
    header = data[START.size : START.size + length]
    if magic != MAGIC or version != VERSION or len(header) != length or zlib.crc32(header) != checksum:
        return None
    content = json.loads(header)
    slots = tuple(Slot.from_dict(slot) for slot in content["slots"])
    frames: list[Frame] = []
    damaged, end = 0, START.size + length
    for start, stop, whole in _bounds(data, end):
        frame = _frame(data, start, slots) if whole else None
        if whole:
            end = stop
        if frame is not None:
            frames.append(frame)
        damaged += frame is None
    return Segment(content["replica"], slots, tuple(frames), damaged, len(data) - end)


def _bounds(data: bytes, at: int) -> Iterator[tuple[int, int, bool]]:
    """Each frame's place and whether its checksum holds; a damaged one only counts when a whole one follows it."""
    held: list[tuple[int, int, bool]] = []
    view = memoryview(data)
    while at + FRAME.size <= len(data):
        length, checksum = struct.unpack_from("<II", data, at)
        stop = at + FRAME.size + length
        if stop > len(data):
            return
        if zlib.crc32(view[at + UNCHECKED : stop]) == checksum:
            yield from held
            held.clear()
            yield at, stop, True
        else:
            held.append((at, stop, False))
        at = stop


def _frame(data: bytes, at: int, slots: tuple[Slot, ...]) -> Frame | None:
    import numpy as np

    length, _, place, _, rows, first, time, side_size = FRAME.unpack_from(data, at)
    if place >= len(slots) or length != rows * slots[place].row_size + side_size:
        return None
    slot = slots[place]
    body = at + FRAME.size
    columns = len(slot.features)
    X = np.frombuffer(data, "<f4", rows * columns, body).reshape(rows, columns)
    y = np.frombuffer(data, "<f4", rows * slot.answers, body + X.nbytes).reshape(rows, slot.answers)
    side = json.loads(data[at + FRAME.size + length - side_size : at + FRAME.size + length]) if side_size else {}
    unseen = [(int(row), int(column), str(text)) for row, column, text in side.get("unseen", ())]
    return Frame(place, rows, first, time, X, y, side.get("keys"), unseen)
