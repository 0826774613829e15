"""The prediction log, as written and as read."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from declml.core.errors import DeclmlError
from declml.serving.compaction import put_away
from declml.serving.log import LabelLog, PredictionLog
from declml.store.predictions import knows, read, read_encoded, read_labels
from declml.store.segments import Slot, frame_of, read_segment, start_of

SLOT = Slot(
    3, "live", ({"name": "load", "categories": []}, {"name": "day", "categories": ["mon", "tue"]}), ("no", "yes")
)
OTHER = Slot(4, "canary", ({"name": "load", "categories": []}, {"name": "id", "categories": []}), ())
NAME = "0123456789ab"
NOW = 1_780_000_000.0
X = np.array([[1.5, 0], [np.nan, 2], [-3e38, np.nan]], np.float32)
Y = np.array([[0.25, 0.75], [0.5, 0.5], [1, 0]], np.float32)
SIDE = b'{"keys":["k1",null,"k3"],"unseen":[[1,1,"moon"]]}'


def frame(first: int = 1, at: float = NOW, side: bytes = SIDE) -> bytes:
    return frame_of(0, 3, first, round(at * 1e6), X.tobytes() + Y.tobytes(), side)


@pytest.fixture
def log(tmp_path) -> PredictionLog:
    return PredictionLog(tmp_path, NAME, [SLOT, OTHER])


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.array_equal(a, b, equal_nan=True)) and a.dtype == b.dtype


def test_what_is_written_is_read_live_and_put_away(log, tmp_path) -> None:
    log.append(frame(1) + frame(10, NOW + 1), NOW)
    live = read(tmp_path)
    assert live.column("id").to_pylist() == [f"{NAME}{n:x}" for n in (1, 2, 3, 10, 11, 12)]
    assert live.slice(0, 3).to_pydict() | {"time": None, "id": None} == {
        "time": None, "id": None, "release": [3] * 3, "role": ["live"] * 3, "key": ["k1", None, "k3"],
        "load": [1.5, None, float(np.float32(-3e38))], "day": ["mon", "moon", None],
        "prediction": ["yes", "no", "no"], "probability_no": [0.25, 0.5, 1.0], "probability_yes": [0.75, 0.5, 0.0],
    }  # fmt: skip
    before = read_encoded(tmp_path, 3)
    log.close()
    (segment,) = (tmp_path / "live").glob("*.segment")
    assert put_away(tmp_path, segment) == 6
    assert not list((tmp_path / "live").iterdir())
    assert read(tmp_path).equals(live)
    after = read_encoded(tmp_path, 3)
    assert all(same(one, other) for one, other in zip(before, after, strict=True))
    assert same(after[0], np.concatenate([X, X]))
    assert same(after[1], np.concatenate([Y, Y]))


def test_windows_releases_and_roles(log, tmp_path) -> None:
    log.append(frame(1, NOW), NOW)
    rows = np.ones((2, 2), np.float32).tobytes() + np.ones((2, 1), np.float32).tobytes()
    log.append(frame_of(1, 2, 4, round((NOW + 5) * 1e6), rows), NOW)
    both = read(tmp_path)
    assert both.column("prediction").to_pylist() == ["yes", "no", "no", "1", "1"]
    assert both.column("day").to_pylist()[3:] == [None, None]
    assert read(tmp_path, release=4).column("id").to_pylist() == [f"{NAME}4", f"{NAME}5"]
    assert read(tmp_path, release=4).column("feature_id").to_pylist() == [1.0, 1.0]
    assert read(tmp_path, roles=["canary"]).num_rows == 2
    assert read(tmp_path, since=NOW + 1).num_rows == 2
    assert read(tmp_path, until=datetime.fromtimestamp(NOW + 5, UTC)).num_rows == 3
    assert read(tmp_path, since=NOW + 5, until=NOW + 5.1).num_rows == 2
    assert len(read_encoded(tmp_path, 4, since=NOW + 6)[0]) == 0
    log.close()
    for segment in (tmp_path / "live").glob("*.segment"):
        put_away(tmp_path, segment)
    assert read(tmp_path, since=NOW + 1).num_rows == 2
    assert read(tmp_path, until=NOW - 86_400 * 3).num_rows == 0


def test_nothing_logged_is_an_empty_table(tmp_path) -> None:
    assert read(tmp_path).num_rows == 0
    assert "prediction" in read(tmp_path).column_names
    assert len(read_encoded(tmp_path / "no such folder", 1)[0]) == 0
    assert read_labels(tmp_path).num_rows == 0
    assert not knows(tmp_path, f"{NAME}1")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 4000))
def test_a_torn_tail_costs_only_the_torn_frame(cut) -> None:
    start = start_of(NAME, [SLOT], NOW)
    frames = [frame(1 + 3 * n) for n in range(10)]
    data = (start + b"".join(frames))[: len(start) + cut]
    segment = read_segment(data)
    assert segment is not None
    whole = min(cut // len(frames[0]), 10)
    assert len(segment.frames) == whole
    assert segment.damaged == 0
    assert segment.torn == len(data) - len(start) - whole * len(frames[0])


@settings(max_examples=200)
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_never_gives_another_row(place, bit) -> None:
    data = bytearray(start_of(NAME, [SLOT], NOW) + b"".join(frame(1 + 3 * n) for n in range(5)))
    data[place % len(data)] ^= 1 << bit
    segment = read_segment(bytes(data))
    if segment is None:
        return
    for found in segment.frames:
        assert found.first in {1, 4, 7, 10, 13}
        assert same(found.X, X)
        assert same(found.y, Y)
        assert found.keys == ["k1", None, "k3"]
    assert len(segment.frames) >= 4 or segment.torn


def test_a_damaged_segment_is_kept_beside_what_could_be_read(log, tmp_path) -> None:
    log.append(frame(1), NOW)
    log.append(frame(4), NOW)
    log.close()
    (segment,) = (tmp_path / "live").glob("*.segment")
    data = bytearray(segment.read_bytes())
    data[-len(frame(4)) - 5] ^= 1
    segment.write_bytes(data)
    assert put_away(tmp_path, segment) == 3
    assert read(tmp_path).column("id").to_pylist() == [f"{NAME}{n:x}" for n in (4, 5, 6)]
    assert [path.suffix for path in (tmp_path / "live").iterdir()] == [".damaged"]


def test_damaged_parquet_is_told(log, tmp_path) -> None:
    log.append(frame(1), NOW)
    log.close()
    for segment in (tmp_path / "live").glob("*.segment"):
        put_away(tmp_path, segment)
    (path,) = tmp_path.glob("date=*/*.parquet")
    data = bytearray(path.read_bytes())
    data[40] ^= 4
    path.write_bytes(data)
    with pytest.raises(DeclmlError) as raised:
        read(tmp_path)
    assert raised.value.code == "E4001"


def test_a_full_disk_leaves_whole_frames_only(tmp_path) -> None:
    import resource

    log = PredictionLog(tmp_path, NAME, [SLOT])
    log.append(frame(1), NOW)
    size = (tmp_path / "live" / log.open_file()).stat().st_size
    import signal

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, hard))
    try:
        with pytest.raises(DeclmlError) as raised:
            log.append(frame(4), NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert raised.value.code == "E5008"
    assert read(tmp_path).num_rows == 3
    log.append(frame(7), NOW)
    log.close()
    assert read(tmp_path).column("id").to_pylist() == [f"{NAME}{n:x}" for n in (1, 2, 3, 7, 8, 9)]


def test_segments_end_with_time_and_with_other_releases(log, tmp_path) -> None:
    log.append(frame(1, NOW), NOW)
    log.append(frame(4, NOW + 700), NOW + 700)
    log.change([SLOT, OTHER])
    log.append(frame(7, NOW + 701), NOW + 701)
    log.change([SLOT])
    log.append(frame(10, NOW + 702), NOW + 702)
    log.close()
    assert len(list((tmp_path / "live").glob("*.segment"))) == 3
    assert read(tmp_path).num_rows == 12


def test_reading_while_a_segment_is_put_away(log, tmp_path) -> None:
    import threading

    for turn in range(20):
        log.append(frame(1 + turn * 3, NOW + turn), NOW + turn)
        log.change([SLOT] if turn % 2 else [SLOT, OTHER])
    log.close()
    segments = sorted((tmp_path / "live").glob("*.segment"))
    mover = threading.Thread(target=lambda: [put_away(tmp_path, segment) for segment in segments])
    mover.start()
    counts = set()
    while mover.is_alive():
        counts.add(read(tmp_path).num_rows)
    mover.join()
    counts.add(read(tmp_path).num_rows)
    assert counts == {60}


def test_known_ids(log, tmp_path) -> None:
    log.append(frame(1), NOW)
    assert knows(tmp_path, f"{NAME}3")
    for wrong in (f"{NAME}4", f"{NAME}0", NAME, "", "x", f"{NAME}zz", "../../../../etc/passwd", "ffffffffffff1"):
        assert not knows(tmp_path, wrong)
    log.close()
    for segment in (tmp_path / "live").glob("*.segment"):
        put_away(tmp_path, segment)
    assert knows(tmp_path, f"{NAME}3")
    assert not knows(tmp_path, f"{NAME}4")


def test_labels_survive_a_torn_line(tmp_path) -> None:
    log = LabelLog(tmp_path, NAME)
    log.append([{"id": f"{NAME}1", "label": "yes"}, {"key": "k", "label": 1.5}])
    (path,) = (tmp_path / "labels").iterdir()
    with path.open("ab") as file:
        file.write(b'0badc0de {"time": 1')
    labels = read_labels(tmp_path)
    assert labels.column("label").to_pylist() == ['"yes"', "1.5"]
    assert labels.column("id").to_pylist() == [f"{NAME}1", None]
    assert abs(labels.column("time")[0].as_py().timestamp() - time.time()) < 60
