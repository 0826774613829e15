"""Content addresses: equal content, equal digest."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DIGEST_SIZE = 16  # bytes: 128 bits, no accidental collision below 2**64 artifacts
CHUNK = 1 << 20


def digest_bytes(data: bytes | memoryview) -> str:
    """BLAKE2b-128 of `data`, 32 hex characters."""
    return hashlib.blake2b(data, digest_size=DIGEST_SIZE).hexdigest()


def digest_file(path: Path) -> str:
    """BLAKE2b-128 of a file's content, read in pieces of 1 MiB."""
    state = hashlib.blake2b(digest_size=DIGEST_SIZE)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            state.update(chunk)
    return state.hexdigest()


def canonical(value: object) -> bytes:
    """The one JSON text of a value: keys sorted, no spaces, UTF-8, no NaN.

    Raises:
        ValueError: a number is not finite.
        TypeError: something is not JSON (sets have no order, so they are refused too).
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value: object) -> str:
    """The digest of a JSON value, through its canonical text."""
    return digest_bytes(canonical(value))
