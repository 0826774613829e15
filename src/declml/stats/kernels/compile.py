"""How every kernel is compiled: eagerly, cached on disk, without the GIL, and never in parallel.

Parallel numba is left out on purpose: its thread layers abort or deadlock when called from several threads or after a
fork. Concurrency comes from calling kernels in threads, which `nogil` allows, or in processes.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, TypeVar

import numba
from numba import types

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

REASSOCIATE = frozenset({"reassoc", "contract", "nsz"})
"""Lets sums be vectorised. Only for loops that have no NaN or infinity left."""

CACHE_FAILURES = (RuntimeError, OSError, EOFError, pickle.UnpicklingError)
"""What numba raises for a cache folder it can't find, can't write or can't read back."""


def vector(element: Any) -> Any:
    """A contiguous one-dimensional input; read-only, so that writable arrays are accepted by the same signature."""
    return types.Array(element, 1, "C", readonly=True)


def matrix(element: Any) -> Any:
    """A contiguous two-dimensional input, read-only as `vector`."""
    return types.Array(element, 2, "C", readonly=True)


def kernel(*signatures: Any, fastmath: frozenset[str] = frozenset()) -> Callable[[F], F]:
    """Compile for exactly these signatures; other types raise TypeError, so nothing compiles while serving.

    The machine code goes to `__pycache__`, to the user's cache folder when that can't be written, and is kept in
    memory only when neither can.
    """

    def compiled(function: F) -> F:
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": set(fastmath)}
        try:
            ready: F = numba.njit(list(signatures), cache=True, **options)(function)
        except CACHE_FAILURES:
            ready = numba.njit(list(signatures), **options)(function)
        return ready

    return compiled


def inlined(function: F) -> F:
    """A part of a kernel in the same file, always inlined into it."""
    ready: F = numba.njit(nogil=True, error_model="numpy", forceinline=True)(function)
    return ready
