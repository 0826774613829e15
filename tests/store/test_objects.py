from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from declml.core.digest import digest_bytes
from declml.core.errors import DeclmlError
from declml.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(".declml", tmp_path)


def parts(store: Store) -> list[Path]:
    folder = store.root / "tmp" / "objects"
    return list(folder.iterdir()) if folder.exists() else []


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=4096))
def test_what_is_put_is_read(store: Store, content: bytes) -> None:
    digest = store.objects.put(content)
    assert digest == digest_bytes(content)
    assert store.objects.read(digest) == store.objects.path(digest).read_bytes() == content
    assert store.objects.put(content) == digest
    assert parts(store) == []


def test_a_file_is_moved(store: Store) -> None:
    file = store.folder("tmp") / "big"
    file.write_bytes(b"x" * 3_000_000)
    digest = store.objects.put(file)
    assert not file.exists()
    assert store.objects.size(digest) == 3_000_000
    file.write_bytes(b"x" * 3_000_000)
    assert store.objects.put(file) == digest
    assert not file.exists()


def test_a_file_from_another_disk_is_moved_too(store: Store) -> None:
    file = Path("/dev/shm") / f"declml-{os.getpid()}"
    file.write_bytes(b"content")
    if file.stat().st_dev == store.root.stat().st_dev:
        pytest.skip("there is only one disk")
    digest = store.objects.put(file)
    assert not file.exists()
    assert store.objects.read(digest) == b"content"


def test_artifacts_are_read_only(store: Store) -> None:
    place = store.objects.path(store.objects.put(b"content"))
    assert place.stat().st_mode & 0o222 == 0


@pytest.mark.parametrize("way", ["read", "path", "verify"])
@pytest.mark.parametrize("damage", [b"c0ntent", b"", b"content and more"])
def test_damage_is_found_told_and_put_aside(store: Store, way: str, damage: bytes) -> None:
    digest = store.objects.put(b"content")
    place = store.root / "objects" / digest[:2] / digest[2:]
    place.chmod(0o644)
    place.write_bytes(damage)
    with pytest.raises(DeclmlError) as told:
        getattr(store.objects, way)(digest)
    assert (told.value.code, told.value.next) == ("E4001", "declml run makes it anew")
    assert digest in told.value.what
    assert not store.objects.has(digest)
    assert (store.root / "damaged" / digest).read_bytes() == damage
    assert store.objects.put(b"content") == digest
    assert store.objects.read(digest) == b"content"


def test_a_truncated_artifact_gives_way_to_the_same_content(store: Store) -> None:
    digest = store.objects.put(b"content")
    place = store.root / "objects" / digest[:2] / digest[2:]
    place.chmod(0o644)
    place.write_bytes(b"con")
    assert store.objects.put(b"content") == digest
    assert store.objects.read(digest) == b"content"


@pytest.mark.parametrize("way", ["read", "path"])
def test_a_missing_artifact_is_told(store: Store, way: str) -> None:
    with pytest.raises(DeclmlError, match="is missing") as told:
        getattr(store.objects, way)("0" * 32)
    assert told.value.code == "E4001"


def test_all_are_listed_and_can_be_removed(store: Store) -> None:
    digests = {store.objects.put(b"%d" % number) for number in range(20)}
    assert set(store.objects.all()) == digests
    for digest in digests:
        store.objects.remove(digest)
    assert list(store.objects.all()) == []


def test_threads_put_the_same_and_others_together(store: Store) -> None:
    contents = [b"%d" % (number % 10) * 10_000 for number in range(60)]
    with ThreadPoolExecutor(8) as threads:
        digests = list(threads.map(store.objects.put, contents))
    assert digests == [digest_bytes(content) for content in contents]
    assert sorted(store.objects.all()) == sorted(set(digests))
    assert parts(store) == []
    store.verify()


def test_settling_takes_any_artifacts_and_tells_of_a_missing_one(store: Store) -> None:
    digests = {store.objects.put(b"%d" % number, durable=False) for number in range(40)}
    store.objects.settle([])
    store.objects.settle(digests)
    assert {store.objects.read(digest) for digest in digests} == {b"%d" % number for number in range(40)}
    with pytest.raises(DeclmlError) as told:
        store.objects.settle([*digests, "0" * 32])
    assert told.value.code == "E4003"


def test_old_halves_are_swept_and_new_ones_kept(store: Store) -> None:
    folder = store.folder("tmp/objects")
    (folder / "new").write_bytes(b"somebody writes this now")
    (folder / "old").write_bytes(b"somebody was killed")
    os.utime(folder / "old", (0, 0))
    store.objects.sweep()
    assert [part.name for part in parts(store)] == ["new"]
