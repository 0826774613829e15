"""How fast `declml.stats` is, as ratios to scipy, to numpy's sort and to reading memory, in one run.

    python benchmarks/drift.py [--rows 100000] [--repeat 5]

30 number columns (normal, lognormal, uniform, Student t3, Poisson, rounded) and 10 category columns (2..50 labels), as
many rows in the reference as in the window. Times are medians of this process's CPU time: other load hardly moves them.

profile tier   counts of the window in the reference's cells, then PSI, KL, Jensen-Shannon, Hellinger, total variation,
               chi-square, Kolmogorov-Smirnov interval and p, Wasserstein: nothing but counts is kept of the window
exact tier     Kolmogorov-Smirnov, Kuiper, Wasserstein, energy, p from sorted values; the reference is sorted before
scipy loop     ks_2samp and wasserstein_distance of each number column, chi2_contingency of each category column
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats as scipy_stats

from declml.stats import Profile, TableProfile, assess_table, binned, exact, pvalue

if TYPE_CHECKING:
    from collections.abc import Callable

LEVELS = (2, 3, 4, 5, 8, 10, 15, 20, 30, 50)


def numbers(rng: np.random.Generator, rows: int, drift: float) -> list[np.ndarray]:
    """30 columns, each third of every kind shifted a little."""
    makers: list[Callable[[], np.ndarray]] = [
        lambda: rng.normal(size=rows),
        lambda: rng.lognormal(size=rows),
        lambda: rng.random(rows),
        lambda: rng.standard_t(3, rows),
        lambda: rng.poisson(4, rows).astype(np.float64),
        lambda: rng.normal(size=rows).round(2),
    ]
    return [makers[column % 6]() + (drift if column % 3 == 0 else 0.0) for column in range(30)]


def categories(rng: np.random.Generator, rows: int) -> list[np.ndarray]:
    return [rng.integers(0, k, rows).astype(np.int32) for k in LEVELS]


def cpu(action: Callable[[], object], repeat: int) -> float:
    """Median CPU seconds."""
    times = []
    for _ in range(repeat):
        begin = time.process_time()
        action()
        times.append(time.process_time() - begin)
    return statistics.median(times)


def scipy_loop(ref: list[np.ndarray], cur: list[np.ndarray], tables: list[np.ndarray]) -> None:
    for a, b in zip(ref, cur, strict=True):
        scipy_stats.ks_2samp(a, b, method="asymp")
        scipy_stats.wasserstein_distance(a, b)
    for table in tables:
        scipy_stats.chi2_contingency(table, correction=False)


def contingency(ref: list[np.ndarray], cur: list[np.ndarray]) -> list[np.ndarray]:
    counted = zip(ref, cur, LEVELS, strict=True)
    return [np.stack((np.bincount(a, minlength=k), np.bincount(b, minlength=k))) for a, b, k in counted]


def fit(ref: list[np.ndarray], codes: list[np.ndarray]) -> TableProfile:
    fitted = [Profile.fit_number(column, name=f"x{place}") for place, column in enumerate(ref)]
    for k, column in zip(LEVELS, codes, strict=True):
        fitted.append(Profile.fit_category(column, [str(label) for label in range(k)], name=f"c{k}"))
    return TableProfile(fitted)


def compare_profiles(reference: TableProfile, current: TableProfile) -> None:
    for before, after in zip(reference, current, strict=True):
        binned.measure(before, after)
        if before.is_number:
            binned.ks_interval(before, after)
            binned.ks_p(before, after)
            binned.wasserstein(before, after)
        else:
            binned.chi_square(before, after)


def compare_exactly(ref: list[exact.Sorted], cur: list[np.ndarray]) -> None:
    for before, after in zip(ref, cur, strict=True):
        result = exact.merge_statistics(before, after)
        pvalue.ks_p(result.ks, result.n, result.m)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    rows, repeat = options.rows, options.repeat
    ref, cur = numbers(rng, rows, 0.0), numbers(rng, rows, 0.03)
    ref_codes, cur_codes = categories(rng, rows), categories(rng, rows)
    names = [f"x{place}" for place in range(30)] + [f"c{k}" for k in LEVELS]
    window = dict(zip(names, cur + cur_codes, strict=True))

    reference = fit(ref, ref_codes)
    ordered = [exact.Sorted.of(column) for column in ref]
    current = reference.of(window)
    compare_profiles(reference, current)
    compare_exactly(ordered[:1], cur[:1])
    row = np.column_stack([*cur, *cur_codes]).astype(np.float32)[:1].copy()
    accumulator = reference.accumulator()
    accumulator.add_matrix(row)
    assess_table(reference, current)

    fitting = cpu(lambda: fit(ref, ref_codes), repeat)
    counting = cpu(lambda: reference.of(window), 3 * repeat)
    comparing = cpu(lambda: compare_profiles(reference, current), 3 * repeat)
    judging = cpu(lambda: assess_table(reference, current), 3 * repeat)
    exactly = cpu(lambda: compare_exactly(ordered, cur), repeat)
    coding = cpu(lambda: reference_codes_only(reference, window), 3 * repeat)
    sorted_window = [exact.Sorted.of(column) for column in cur]
    pairs = list(zip(ordered, sorted_window, strict=True))
    merging = cpu(lambda: [exact.merge_statistics(before, after) for before, after in pairs], repeat)
    sorting = cpu(lambda: [np.sort(column) for column in cur], repeat)
    reading = cpu(lambda: [column.sum() for column in cur], 3 * repeat)
    tick = cpu(lambda: [accumulator.add_matrix(row) for _ in range(10_000)], repeat) / 10_000
    loop = cpu(lambda: scipy_loop(ref, cur, contingency(ref_codes, cur_codes)), max(1, repeat // 2))

    profile_tier, exact_tier = counting + comparing, exactly + coding
    values = 30 * rows
    print(f"{rows:,} + {rows:,} rows, 30 number and 10 category columns, CPU time")
    print(f"  profile tier          {profile_tier * 1e3:9.1f} ms   scipy loop is {loop / profile_tier:6.0f} x")
    print(f"    counting            {counting * 1e3:9.1f} ms   {counting / (values + 10 * rows) * 1e9:.2f} ns a value")
    print(f"    comparing           {comparing * 1e3:9.1f} ms   whatever the rows")
    with_fit, merged = profile_tier + fitting, merging / (2 * values) * 1e9
    print(f"  with fit              {with_fit * 1e3:9.1f} ms   scipy loop is {loop / with_fit:6.0f} x")
    print(f"  verdicts              {judging * 1e3:9.1f} ms   significance and size, corrected; whatever the rows")
    print(f"  exact tier            {exact_tier * 1e3:9.1f} ms   scipy loop is {loop / exact_tier:6.0f} x")
    print(f"    np.sort alone       {sorting * 1e3:9.1f} ms   {sorting / exact_tier:.0%} of the exact tier")
    print(f"    merging             {merging * 1e3:9.1f} ms   {merged:.2f} ns a value of both samples")
    print(f"  scipy loop            {loop * 1e3:9.1f} ms")
    print(f"  reading with np.sum   {reading * 1e3:9.1f} ms   {reading / counting:.0%} of counting")
    print(f"  one row of 40 columns {tick * 1e6:9.2f} us   as the serving path counts it")
    print(f"  bytes of the profiles {len(reference.to_bytes()):9,}")


def reference_codes_only(reference: TableProfile, window: dict[str, np.ndarray]) -> None:
    for profile in reference:
        if not profile.is_number:
            binned.chi_square(profile, profile.of(window[profile.name]))


if __name__ == "__main__":
    main()
