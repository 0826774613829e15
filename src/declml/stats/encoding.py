"""Profiles as bytes.

    magic "declprof" | version u32 | length of the header u32 | header | arrays of column 1 | arrays of column 2 | ...

Numbers are little-endian. The header is canonical JSON: a list with one object for each column. Arrays follow in the
order bins, counts (in the fewest bytes that hold the largest), moments, sample. No NaN is stored and zeros have no
sign, so equal profiles have equal bytes.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from declml.stats.bins import Bins, Edges, Grid, Labels, frozen
from declml.stats.errors import StatsError
from declml.stats.profile import Profile, no_moments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

MAGIC = b"declprof"
VERSION = 1
START = struct.Struct("<8sII")
WIDTHS = (1, 2, 4, 8)
MOST_CELLS = 1 << 20
MOST_ROWS = 1 << 53


def encode(profiles: Iterable[Profile]) -> bytes:
    """The bytes of these profiles."""
    header, payload = [], []
    for profile in profiles:
        width = _width(profile.counts)
        entry: dict[str, Any] = {
            "name": profile.name,
            "nulls": profile.nulls,
            "infinite": profile.infinite,
            "width": width,
        }
        if isinstance(profile.bins, Labels):
            entry |= {"kind": "labels", "labels": list(profile.bins.labels)}
        elif isinstance(profile.bins, Grid):
            entry |= {"kind": "grid", "inner": profile.bins.inner}
            payload.append(_floats(np.array([profile.bins.low, profile.bins.high, profile.bins.centre])))
        else:
            entry |= {"kind": "edges", "edges": len(profile.bins.edges)}
            payload.append(_floats(np.append(profile.bins.edges, profile.bins.centre)))
        payload.append(profile.counts.astype(f"<u{width}").tobytes())
        if profile.is_number:
            payload.append(_floats(profile.moments))
        if profile.sample is not None:
            entry["sample"] = len(profile.sample)
            payload.append((profile.sample + np.float32(0.0)).astype("<f4").tobytes())
        header.append(entry)
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    return START.pack(MAGIC, VERSION, len(text)) + text + b"".join(payload)


def decode(data: bytes) -> list[Profile]:
    """The profiles in these bytes, checked."""
    try:
        magic, version, length = START.unpack_from(data)
    except struct.error as error:
        raise StatsError("not a profile: too short") from error
    if magic != MAGIC:
        raise StatsError("not a profile: the first bytes are wrong")
    if version != VERSION:
        raise StatsError(f"the profile has format {version}; this version reads format {VERSION}")
    reader = _Reader(data, START.size + length)
    try:
        header = json.loads(data[START.size : START.size + length])
        profiles = [_column(entry, reader) for entry in header]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise (
            error if isinstance(error, StatsError) else StatsError("the profile is damaged: its header is wrong")
        ) from error
    if reader.at != len(data):
        raise StatsError("the profile is damaged: its length is wrong")
    return profiles


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def take(self, dtype: str, count: int) -> NDArray[Any]:
        size = np.dtype(dtype).itemsize * count
        if not 0 <= count <= MOST_CELLS or self.at + size > len(self.data):
            raise StatsError("the profile is damaged: its length is wrong")
        array = np.frombuffer(self.data, dtype, count, self.at)
        self.at += size
        return array


def _column(entry: dict[str, Any], reader: _Reader) -> Profile:
    name, nulls, infinite = entry["name"], entry["nulls"], entry["infinite"]
    bins = _bins(entry, reader)
    raw = reader.take(f"<u{WIDTHS[WIDTHS.index(entry['width'])]}", bins.size)
    total = int(raw.sum(dtype=np.float64))
    if not isinstance(name, str) or not all(type(n) is int and 0 <= n <= MOST_ROWS for n in (nulls, infinite, total)):
        raise StatsError("the profile is damaged: its counts are wrong")
    if infinite > total or entry["width"] != _width(raw):
        raise StatsError("the profile is damaged: its counts are wrong")
    moments = no_moments() if isinstance(bins, Labels) else reader.take("<f8", 6).astype(np.float64)
    if np.isnan(moments).any():
        raise StatsError("the profile is damaged: its moments are wrong")
    sample = None
    if "sample" in entry:
        sample = frozen(reader.take("<f4", entry["sample"]).astype(np.float32))
        if not np.isfinite(sample).all() or (np.diff(sample) < 0).any():
            raise StatsError("the profile is damaged: its sample is wrong")
    return Profile(name, bins, frozen(raw.astype(np.int64)), nulls, infinite, frozen(moments), sample)


def _bins(entry: dict[str, Any], reader: _Reader) -> Bins:
    if entry["kind"] == "labels":
        labels = entry["labels"]
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise StatsError("the profile is damaged: its labels are wrong")
        if len(set(labels)) != len(labels):
            raise StatsError("the profile is damaged: its labels are not distinct")
        return Labels(tuple(labels))
    if entry["kind"] == "grid":
        low, high, centre = (float(value) for value in reader.take("<f8", 3))
        if not (np.isfinite([low, high, centre]).all() and low < high and 0 < entry["inner"] <= MOST_CELLS):
            raise StatsError("the profile is damaged: its grid is wrong")
        return Grid(low, high, int(entry["inner"]), centre)
    if entry["kind"] == "edges":
        edges = reader.take("<f8", entry["edges"]).astype(np.float64)
        centre = float(reader.take("<f8", 1)[0])
        if not (np.isfinite(edges).all() and np.isfinite(centre) and (np.diff(edges) > 0).all()):
            raise StatsError("the profile is damaged: its edges are wrong")
        return Edges(frozen(edges), centre)
    raise StatsError("the profile is damaged: its kind is unknown")


def _floats(values: NDArray[np.float64]) -> bytes:
    return (values + 0.0).astype("<f8").tobytes()


def _width(counts: NDArray[Any]) -> int:
    largest = int(counts.max(initial=0))
    return next(width for width in WIDTHS if largest < 1 << (8 * width))
