from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from declml.core.digest import digest_file
from declml.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(".declml", tmp_path)


def old(path: Path, content: bytes, seconds: float = 60) -> Path:
    path.write_bytes(content)
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def remembered(store: Store) -> int:
    return len(store.database.rows("SELECT * FROM files"))


def test_an_unchanged_file_is_not_read_again(store: Store, tmp_path: Path) -> None:
    file = old(tmp_path / "a.csv", b"one")
    mark = store.files(file)
    assert mark == digest_file(file)
    stat = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(stat.st_mtime_ns, stat.st_mtime_ns))
    assert store.files(file) == mark, "same length and time: it looks unchanged, so it was not read"


@pytest.mark.parametrize("change", ["content", "time", "inode"])
def test_a_changed_file_is_read_again(store: Store, tmp_path: Path, change: str) -> None:
    file = old(tmp_path / "a.csv", b"one")
    store.files(file)
    stat = file.stat()
    if change == "content":
        file.write_bytes(b"longer")
        os.utime(file, ns=(stat.st_mtime_ns, stat.st_mtime_ns))
    elif change == "time":
        old(file, b"two", 30)
    else:
        other = old(tmp_path / "b.csv", b"two")
        os.utime(other, ns=(stat.st_mtime_ns, stat.st_mtime_ns))
        other.replace(file)
    assert store.files(file) == digest_file(file)
    assert remembered(store) == 1


def test_a_file_written_just_now_is_not_remembered(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(b"one")
    assert store.files(file) == digest_file(file)
    assert remembered(store) == 0


def test_a_missing_file_is_the_callers(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.files(tmp_path / "none.csv")
