"""Equal content, equal digest."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declml.core.digest import CHUNK, canonical, digest, digest_bytes, digest_file

if TYPE_CHECKING:
    from pathlib import Path

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_the_canonical_text_says_the_same_and_is_canonical(value: object) -> None:
    assert json.loads(canonical(value)) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.dictionaries(st.text(max_size=5), st.integers(), min_size=2))
def test_order_of_keys_does_not_count(value: dict[str, int]) -> None:
    turned = dict(reversed(value.items()))
    assert digest(turned) == digest(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x", object()])
def test_what_has_no_canonical_text_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        canonical(value)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_file_has_the_digest_of_its_content(tmp_path: Path, size: int) -> None:
    data = bytes(i % 251 for i in range(256)) * (size // 256 + 1)
    (tmp_path / "file").write_bytes(data[:size])
    assert digest_file(tmp_path / "file") == digest_bytes(data[:size])


def test_the_digest_is_blake2b_of_128_bits() -> None:
    assert digest_bytes(b"abc") == hashlib.blake2b(b"abc", digest_size=16).hexdigest()
