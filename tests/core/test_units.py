"""Units as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declml.core.units import parse_duration, parse_fraction, parse_size, show_duration, show_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30d", 2_592_000.0), ("5ms", 0.005), ("6h", 21_600.0), ("10m", 600.0), ("10min", 600.0), (" 1.5 s ", 1.5), ("2w", 1_209_600.0)],
)  # fmt: skip
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["30", 30, None, "", "5M", "-3d", "3 days", "1h30m", "1e3s", "nan s", "٣d", True])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match=r"unit|time|ambiguous|negative"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "size"), [("2MB", 2_000_000), ("2MiB", 2_097_152), ("1.5 kB", 1500), ("7B", 7)])
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["2", "2M", "2Mb", "2 mb", "-1kB", 2, None, "MB"])
def test_what_is_no_size(text: object) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "share"), [("20%", 0.2), (0.2, 0.2), (1, 1.0), (0, 0.0), ("0.5%", 0.005), ("100%", 1.0)]
)
def test_shares(text: object, share: float) -> None:
    assert parse_fraction(text) == pytest.approx(share)


@pytest.mark.parametrize("text", [20, -0.1, "101%", "20", "0.2", True, None, float("nan"), "20 %%"])
def test_what_is_no_share(text: object) -> None:
    with pytest.raises(ValueError, match="share"):
        parse_fraction(text)


@given(st.floats(min_value=0.0, max_value=1e12, allow_nan=False) | st.integers(0, 10**9).map(float))
def test_a_shown_duration_parses_back(seconds: float) -> None:
    assert parse_duration(show_duration(seconds)) == pytest.approx(seconds, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("seconds", "text"), [(3600.0, "1h"), (90.0, "90s"), (604_800.0, "1w"), (0.005, "5ms"), (0.0, "0ms"), (1.5, "1.5s")]
)
def test_the_shown_duration_is_short(seconds: float, text: str) -> None:
    assert show_duration(seconds) == text


@given(st.integers(0, 10**16))
def test_a_shown_size_parses_back_to_three_digits(size: int) -> None:
    assert parse_size(show_size(size)) == pytest.approx(size, rel=5.1e-3)


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_999, "1 MB"), (100_000, "100 kB"), (2**20, "1.05 MB")]
)  # fmt: skip
def test_shown_sizes(size: int, text: str) -> None:
    assert show_size(size) == text
