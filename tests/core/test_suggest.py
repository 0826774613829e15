"""Did you mean?"""

from __future__ import annotations

import pytest

from declml.core.suggest import closest, suggestion


@pytest.mark.parametrize(
    ("word", "best"),
    [("wasserstien", "wasserstein"), ("Hist-GBM", "hist_gbm"), ("jensenshannon", "jensen_shannon"), ("xyzzy", None), ("", None)],
)  # fmt: skip
def test_closest(word: str, best: str | None) -> None:
    assert closest(word, ["wasserstein", "hist_gbm", "jensen_shannon", "ks"]) == best


def test_the_sentence() -> None:
    assert suggestion("kss", ["ks", "psi"]) == "did you mean 'ks'?"
    assert suggestion("zzz", iter(["psi", "ks"])) == "known: ks, psi"
    assert suggestion("zzz", []) == "known: none"
