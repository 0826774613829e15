"""What a replica counts, and its Prometheus text."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from declml.serving.plane.lineup import Lineup

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Counters:
    """Plain numbers; written by the loop of the plane only."""

    def __init__(self) -> None:
        self.replies: Counter[int] = Counter()
        self.refusals: Counter[str] = Counter()
        self.rows: Counter[tuple[int, str]] = Counter()
        self.labels: Counter[str] = Counter()
        self.latency = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.ticks = 0
        self.log_writes = 0
        self.log_failures = 0
        self.unseen = 0
        self.canary_fallbacks = 0
        self.shadow_skipped = 0
        self.shadow_failures = 0

    def took(self, seconds: float) -> None:
        """One request was answered."""
        self.latency[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def text(self, project: str, replica: str, lineup: Lineup, gauges: Mapping[str, float]) -> bytes:
        """The Prometheus exposition text, version 0.0.4."""
        lines: list[str] = []
        base = {"project": project, "replica": replica}

        def metric(name: str, kind: str, words: str, samples: Iterator[tuple[dict[str, str], float]]) -> None:
            lines.append(f"# HELP declml_{name} {words}")
            lines.append(f"# TYPE declml_{name} {kind}")
            lines.extend(f"declml_{name}{_labels({**base, **labels})} {value:g}" for labels, value in samples)

        def one(value: float) -> Iterator[tuple[dict[str, str], float]]:
            yield {}, value

        metric(
            "requests_total",
            "counter",
            "Replies by HTTP status.",
            (({"status": str(s)}, n) for s, n in sorted(self.replies.items())),
        )
        metric(
            "errors_total",
            "counter",
            "Refused requests by error code.",
            (({"code": c}, n) for c, n in sorted(self.refusals.items())),
        )
        metric(
            "rows_total",
            "counter",
            "Scored rows.",
            (({"release": str(r), "role": role}, n) for (r, role), n in sorted(self.rows.items())),
        )
        metric(
            "labels_total",
            "counter",
            "Labels that came in.",
            (({"result": r}, n) for r, n in sorted(self.labels.items())),
        )
        self._histogram(lines, base)
        metric("ticks_total", "counter", "Calls of the model.", one(self.ticks))
        metric("log_writes_total", "counter", "Writes to the prediction log.", one(self.log_writes))
        metric(
            "log_failures_total", "counter", "Writes that failed; their requests were refused.", one(self.log_failures)
        )
        metric(
            "unseen_categories_total", "counter", "Cells with a category the release does not know.", one(self.unseen)
        )
        metric(
            "canary_fallbacks_total",
            "counter",
            "Rows that the canary could not take; the live release answered.",
            one(self.canary_fallbacks),
        )
        metric(
            "shadow_skipped_total",
            "counter",
            "Rows that the shadow release could not keep up with.",
            one(self.shadow_skipped),
        )
        metric(
            "shadow_failures_total",
            "counter",
            "Rows that the shadow release could not score.",
            one(self.shadow_failures),
        )
        metric("release_share", "gauge", "Share of the traffic.", _shares(lineup))
        metric("drift_rows_total", "counter", "Rows counted into the reference cells.", _drift_rows(lineup))
        metric("feature_nulls_total", "counter", "Nulls seen in a feature.", _nulls(lineup))
        for name, value in gauges.items():
            metric(name, "gauge", "At this moment.", one(value))
        return ("\n".join(lines) + "\n").encode()

    def _histogram(self, lines: list[str], base: dict[str, str]) -> None:
        lines.append("# HELP declml_request_seconds From the last byte of a request to its reply.")
        lines.append("# TYPE declml_request_seconds histogram")
        total = 0
        for bound, count in zip((*BOUNDS, "+Inf"), self.latency, strict=True):
            total += count
            lines.append(f"declml_request_seconds_bucket{_labels({**base, 'le': str(bound)})} {total}")
        lines.append(f"declml_request_seconds_sum{_labels(base)} {self.seconds:g}")
        lines.append(f"declml_request_seconds_count{_labels(base)} {total}")


def _shares(lineup: Lineup) -> Iterator[tuple[dict[str, str], float]]:
    canary = lineup.share if lineup.canary else 0.0
    for role, model, share in (
        ("live", lineup.live, 1 - canary),
        ("canary", lineup.canary, canary),
        ("shadow", lineup.shadow, 0.0),
    ):
        if model is not None:
            yield {"release": str(model.number), "role": role}, share


def _drift_rows(lineup: Lineup) -> Iterator[tuple[dict[str, str], float]]:
    for model in (lineup.live, lineup.canary):
        if model is not None and model.drift is not None:
            yield {"release": str(model.number)}, model.drift.rows


def _nulls(lineup: Lineup) -> Iterator[tuple[dict[str, str], float]]:
    for model in (lineup.live, lineup.canary):
        if model is not None and model.drift is not None:
            for name, count in model.drift.nulls().items():
                yield {"release": str(model.number), "feature": name}, count


def _labels(labels: dict[str, str]) -> str:
    def escaped(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    return "{" + ",".join(f'{name}="{escaped(text)}"' for name, text in labels.items()) + "}"
