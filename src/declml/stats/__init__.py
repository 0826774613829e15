"""Fast statistics of change: mergeable profiles of columns, exact and binned statistics, calibrated verdicts.

Knows nothing of declml. Names are loaded on first use, and numba with the first kernel, so importing this package
costs nothing.

    exact    statistics of raw samples            counts   statistics of two count vectors
    binned   statistics of two profiles           pvalue   from a statistic to a probability
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from declml.stats import binned, counts, exact, pvalue
    from declml.stats.accumulator import Accumulator
    from declml.stats.bootstrap import bootstrap_interval
    from declml.stats.correction import adjusted, benjamini_hochberg, benjamini_yekutieli
    from declml.stats.detectable import detectable_ks, detectable_total_variation
    from declml.stats.errors import StatsError
    from declml.stats.evidence import Bounded, Evidence
    from declml.stats.profile import Profile
    from declml.stats.table import TableProfile
    from declml.stats.verdict import Assessment, Sizes, assess, assess_table

_HOMES = {
    "Accumulator": "accumulator",
    "Assessment": "verdict",
    "Bounded": "evidence",
    "Evidence": "evidence",
    "Profile": "profile",
    "Sizes": "verdict",
    "StatsError": "errors",
    "TableProfile": "table",
    "adjusted": "correction",
    "assess": "verdict",
    "assess_table": "verdict",
    "benjamini_hochberg": "correction",
    "benjamini_yekutieli": "correction",
    "bootstrap_interval": "bootstrap",
    "detectable_ks": "detectable",
    "detectable_total_variation": "detectable",
}
_MODULES = frozenset({"binned", "counts", "exact", "pvalue"})

__all__ = [
    "Accumulator",
    "Assessment",
    "Bounded",
    "Evidence",
    "Profile",
    "Sizes",
    "StatsError",
    "TableProfile",
    "adjusted",
    "assess",
    "assess_table",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "binned",
    "bootstrap_interval",
    "counts",
    "detectable_ks",
    "detectable_total_variation",
    "exact",
    "pvalue",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
