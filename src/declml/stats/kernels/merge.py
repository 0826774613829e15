"""One pass over two sorted samples: everything that depends on the difference of their distribution functions.

With n and m values, h = i*m - j*n is that difference times n*m after i values of the first sample and j of the second:
an integer, kept exactly in a float while n*m < 2**53. Four stretches of the merge run interleaved, because one chain
would wait for its own comparisons.
"""

# ruff: noqa: FURB136 - a select becomes vector code where min() does not, and kernels take flat arguments

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba import types

from declml.stats.kernels.compile import inlined, kernel, vector

if TYPE_CHECKING:
    from numpy.typing import NDArray

State = tuple[int, int, float, float, float, float, float, float]
"""i, j, h, last value, largest h, smallest h, sum |h| dx, sum h*h dx."""


@inlined
def start(first: Any, second: Any, total: int, n: int, m: int) -> State:
    """The state after the smallest `total` values, moved on past values equal to the last of them."""
    low, high = max(0, total - m), min(n, total)
    while low < high:
        middle = (low + high) // 2
        if first[middle] <= second[total - middle - 1]:
            low = middle + 1
        else:
            high = middle
    i, j = low, total - low
    last = min(first[0], second[0])
    if i > 0:
        last = max(last, first[i - 1])
    if j > 0:
        last = max(last, second[j - 1])
    if total > 0:
        while i < n and first[i] <= last:
            i += 1
        while j < m and second[j] <= last:
            j += 1
    h = float(i) * float(m) - float(j) * float(n)
    return i, j, h, last, 0.0, 0.0, 0.0, 0.0


@inlined
def step(first: Any, second: Any, state: State, n: float, m: float) -> State:
    """Take the next value from either sample, or from both when they are equal; no branches."""
    i, j, h, last, top, bottom, area, energy = state
    x, y = first[i], second[j]
    value = x if x <= y else y
    wide = value > last
    top = h if wide and h > top else top
    bottom = h if wide and h < bottom else bottom
    width = value - last
    area += abs(h) * width
    energy += h * h * width
    takes_x, takes_y = x <= y, y <= x
    i += 1 if takes_x else 0
    j += 1 if takes_y else 0
    h += (m if takes_x else 0.0) - (n if takes_y else 0.0)
    return i, j, h, value, top, bottom, area, energy


@kernel(types.UniTuple(types.float64, 4)(vector(types.float64), vector(types.float64)))
def merge_pass(first: NDArray[Any], second: NDArray[Any]) -> tuple[float, float, float, float]:
    """Largest and smallest difference of the distribution functions, integral of its absolute value and of its square.

    Both arrays are sorted, hold no NaN or infinity, and end with one extra +inf that is not a value.
    """
    n, m = len(first) - 1, len(second) - 1
    total = n + m
    q = total // 4
    a = start(first, second, 0, n, m)
    b = start(first, second, q, n, m)
    c = start(first, second, 2 * q, n, m)
    d = start(first, second, 3 * q, n, m)
    end_a, end_b, end_c = b[0] + b[1], c[0] + c[1], d[0] + d[1]
    fn, fm = float(n), float(m)
    while True:
        left = min(end_a - a[0] - a[1], end_b - b[0] - b[1], end_c - c[0] - c[1], total - d[0] - d[1]) // 2
        if left <= 0:
            break
        for _ in range(left):
            a = step(first, second, a, fn, fm)
            b = step(first, second, b, fn, fm)
            c = step(first, second, c, fn, fm)
            d = step(first, second, d, fn, fm)
    while a[0] + a[1] < end_a:
        a = step(first, second, a, fn, fm)
    while b[0] + b[1] < end_b:
        b = step(first, second, b, fn, fm)
    while c[0] + c[1] < end_c:
        c = step(first, second, c, fn, fm)
    while d[0] + d[1] < total:
        d = step(first, second, d, fn, fm)
    scale = fn * fm
    top = max(a[4], b[4], c[4], d[4])
    bottom = min(a[5], b[5], c[5], d[5])
    area = (a[6] + b[6]) + (c[6] + d[6])
    energy = (a[7] + b[7]) + (c[7] + d[7])
    return top / scale, bottom / scale, area / scale, energy / scale / scale
