"""Kernels in threads, after a fork, on read-only arrays, without a cache folder."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from declml.stats import Profile, binned, exact
from declml.stats.kernels import bridge, category, cells, divergence, lattice, matrix, merge, number

RNG = np.random.default_rng(18)
A, B = RNG.normal(size=2000), RNG.normal(size=1500) + 0.2
KERNELS = [
    bridge.escape_share,
    category.count_codes,
    cells.ks_cells,
    cells.wasserstein_cells,
    divergence.divergences,
    lattice.path_share,
    matrix.add_rows,
    merge.merge_pass,
    number.profile_grid,
    number.profile_edges,
]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
SRC = Path(exact.__file__).parents[2]


def compare() -> tuple[object, ...]:
    profile = Profile.fit_number(A, name="x")
    current = profile.of(B)
    skewed = Profile.fit_number(np.exp(A), name="y")
    codes = Profile.fit_category((A > 0).astype(int), ["a"], name="c")
    return (
        exact.merge_statistics(A, B),
        binned.measure(profile, current),
        binned.ks_p(profile, current),
        binned.wasserstein(skewed, skewed.of(np.exp(B))),
        binned.chi_square(codes, codes.of((B > 0).astype(int))),
    )


def test_eight_threads_compare_at_once() -> None:
    expected = compare()
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: compare(), range(1000)))
    assert all(result == expected for result in results)


def in_child(queue: multiprocessing.Queue) -> None:
    queue.put(compare())


def test_a_fork_after_use_works() -> None:
    expected = compare()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=in_child, args=(queue,))
    child.start()
    assert queue.get(timeout=60) == expected
    child.join(60)
    assert child.exitcode == 0


def test_read_only_arrays_compile_nothing() -> None:
    before = [len(kernel.signatures) for kernel in KERNELS]
    locked = [A.copy(), B.copy(), A.astype(np.float32), (A > 0).astype(np.int32)]
    for array in locked:
        array.flags.writeable = False
    for array in locked[:3]:
        for fit in (array, np.exp(array)):
            Profile.fit_number(fit, name="x").of(fit)
    Profile.fit_category(locked[3], ["a", "b"], name="c")
    exact.merge_statistics(locked[0], locked[1])
    rows = np.broadcast_to(locked[0][:2], (3, 2))
    Profile.fit_number(A, name="x").of(rows[0])
    assert [len(kernel.signatures) for kernel in KERNELS] == before


def test_arrays_of_another_type_are_refused_not_compiled() -> None:
    with pytest.raises(TypeError):
        merge.merge_pass(np.ones(3, np.int64), np.ones(3))


def run(code: str, **environment: str) -> str:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**ENVIRONMENT, "PYTHONPATH": str(SRC), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_importing_the_package_loads_no_numba() -> None:
    code = "import sys, declml.stats; from declml.stats import Profile, TableProfile; print('numba' in sys.modules)"
    assert run(code).strip() == "False"


MERGE = "from declml.stats import exact; print(exact.ks([1.0, 2.0], [2.0, 3.0]))"


def test_without_any_folder_for_a_cache_kernels_work_from_memory(tmp_path: Path) -> None:
    package = tmp_path / "src" / "declml"
    for source in SRC.joinpath("declml", "stats").rglob("*.py"):
        target = package / source.relative_to(SRC / "declml")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    package.joinpath("__init__.py").touch()
    package.joinpath("stats", "kernels", "__pycache__").touch()  # a file where the folder should be
    home = tmp_path / "home"
    home.touch()
    blocked = {"PYTHONPATH": str(tmp_path / "src"), "HOME": str(home), "XDG_CACHE_HOME": str(home)}
    assert run(MERGE, **blocked).strip() == "0.5"
    user = tmp_path / "user"
    assert run(MERGE, **blocked | {"XDG_CACHE_HOME": str(user), "HOME": str(user)}).strip() == "0.5"
    assert list(user.rglob("*.nbc")), "with a user's cache folder the code is kept there"


def test_cold_processes_share_a_cache_folder(tmp_path: Path) -> None:
    environment = {**ENVIRONMENT, "PYTHONPATH": str(SRC), "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", MERGE]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=200)[0].strip() for process in started] == ["0.5"] * 3
    assert run(MERGE, NUMBA_CACHE_DIR=str(tmp_path)).strip() == "0.5"
