"""Tables for the terminal. Cells are text, never markup, so that no data can colour or steer what is around it.

Colours are left to the console, which honours NO_COLOR and what is not a terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from declml.report.text import NOTHING, bound, lasted, metric, moment, number, plain, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol

    from rich.console import RenderableType
    from rich.table import Table

    from declml.store.ledger import LedgerEntry
    from declml.store.records import RunRecord
    from declml.store.release import Release

    class PlannedStep(Protocol):
        """A step that tells its name, state, reason and cost as JSON."""

        def as_dict(self) -> dict[str, str | None]:
            """The step."""
            ...


STYLES = {
    "ran": "green", "run": "yellow", "cached": "dim", "given": "dim", "skipped": "dim", "failed": "red",
    "moved": "red", "stable": "dim", "unknown": "yellow", "alert": "red", "quiet": "green",
    "done": "green", "nothing to do": "green", "refused": "red", "passed": "green", "running": "yellow",
    "interrupted": "yellow", "true": "green", "false": "red",
}  # fmt: skip


def plan_table(steps: Sequence[PlannedStep], rollout: str) -> RenderableType:
    """What a run would do: a line a step with its reason, then what happens to what is live."""
    told = [step.as_dict() for step in steps]
    rows = [(step["name"], step["state"], step["reason"], step["cost"] or "") for step in told]
    todo = sum(step["state"] == "run" for step in told)
    head = f"{todo} of {len(steps)} steps to run" if todo else "nothing to do: every step has its record"
    return _group(head, _table(("step", "state", "why", "cost"), rows, style=1), rollout)


def run_summary(document: Mapping[str, Any], *, steps: bool = True) -> RenderableType:
    """How a run ended: steps, metrics, gates, release, deployment and what to hear besides.

    steps: whether to list them; progress may have done so. A run that did nothing tells only what there is.
    """
    parts: list[Any] = []
    if document["status"] != "nothing to do":
        rows = [(s["name"], s["state"], lasted(s["seconds"]), s["reason"]) for s in document["steps"]]
        parts += [_table(("step", "state", "took", "why"), rows, style=1)] if steps else []
        parts += [_metrics(document["metrics"])] if document["metrics"] else []
        parts += [_gates(document["gates"])] if document["gates"] else []
    parts.append(_styled(document["status"], f"{document['project']}: {document['status']} (run {document['run']})"))
    if document["release"]:
        made = "refused" if document["status"] == "refused" else "release"
        parts.append(f"{made} {document['release']}, digest {document['digest']}")
    if document.get("deployment"):
        parts.append(deployment_summary(document["deployment"]))
    return _group(*parts, *[f"note: {note}" for note in document.get("notes", ())])


def sweep_table(documents: Sequence[Mapping[str, Any]], choices: Sequence[str]) -> RenderableType:
    """One line for each run of a sweep. choices: the overrides of each, as text."""
    names = sorted({name for document in documents for name in document["metrics"]})
    rows = [
        (choice, document["status"], document["release"], *(metric(document["metrics"].get(name))[0] for name in names))
        for choice, document in zip(choices, documents, strict=True)
    ]
    return _table(("overrides", "status", "release", *names), rows, style=1)


def window_table(report: Mapping[str, Any]) -> RenderableType:
    """A checked window: what moved and how much, strongest first, then what is promised."""
    window = report["window"]
    span = f"{moment(window['since'])} to {moment(window['until'])}, " if window["since"] or window["until"] else ""
    head = f"{report['project']}@{report['release']} against {window['source']}: {span}{number(window['rows'])} rows"
    moved = sum(column["status"] == "moved" for column in report["columns"])
    verdict = {
        "alert": f"{len(report['alerts'])} open alerts: {moved} of {len(report['columns'])} columns moved",
        "quiet": f"quiet: none of {len(report['columns'])} columns moved",
        "unknown": "too little was seen to judge any column",
    }[report["status"]]
    parts: list[Any] = [head, _styled(report["status"], verdict), _columns(report["columns"])]
    parts += [f"- {column['sentence']}" for column in report["columns"] if column["status"] == "moved"]
    told = [c["sentence"] for c in report["columns"] if c["status"] != "moved" and c["findings"]]
    parts += [f"- {sentence}" for sentence in [*told, *(notice["sentence"] for notice in report["notices"])]]
    return _group(*parts, report["controls"], *[f"note: {note}" for note in report["notes"]])


def history_table(entries: Iterable[LedgerEntry]) -> RenderableType:
    """What was live when."""
    rows = [(moment(e.at), e.alias, e.old, e.new, e.reason, e.who) for e in entries]
    return _table(("when", "alias", "from", "to", "why", "who"), rows) if rows else "nothing was ever live"


def runs_table(runs: Iterable[RunRecord]) -> RenderableType:
    """The runs, as given."""
    rows = [
        (r.id, r.status, moment(r.started), lasted(r.ended - r.started if r.ended else None), r.release,
         (r.error or {}).get("what", ""))
        for r in runs
    ]  # fmt: skip
    names = ("run", "status", "started", "took", "release", "error")
    return _table(names, rows, style=1) if rows else "there was no run yet"


def releases_table(releases: Iterable[Release], aliases: Mapping[str, int]) -> RenderableType:
    """The releases with their metrics and the aliases that point to them."""
    rows = []
    for release in releases:
        pointing = ", ".join(sorted(alias for alias, number_ in aliases.items() if number_ == release.number))
        metrics = ", ".join(f"{name} {metric(value)[0]}" for name, value in release.metrics.items())
        rows.append((release.name, pointing, moment(release.created), metrics, release.digest[:12]))
    return _table(("release", "alias", "made", "metrics", "digest"), rows) if rows else "there is no release yet"


def plugins_table(kinds: Mapping[str, Sequence[str]], providers: Sequence[Mapping[str, Any]]) -> RenderableType:
    """The types of each kind, then where they come from."""
    types = _table(("kind", "types"), [(kind, ", ".join(names)) for kind, names in kinds.items() if names])
    rows = [
        (p["name"], p["version"], p["from"], ", ".join(p["components"]), p["failure"])
        for p in providers
        if p["from"] != "built in"
    ]
    if not rows:
        return _group(types, "no plugin is installed besides the built-in ones")
    return _group(types, _table(("plugin", "version", "from", "components", "failure"), rows))


def status_table(found: Mapping[str, Any]) -> RenderableType:
    """Aliases, conditions with reasons, and the deployment."""
    aliases = ", ".join(f"{alias} = {found['project']}@{number_}" for alias, number_ in found["aliases"].items())
    rows = [(c["type"], c["status"], c["reason"], c["message"], moment(c.get("since"))) for c in found["conditions"]]
    parts: list[Any] = [aliases or "nothing is live"]
    parts += [_table(("condition", "status", "reason", "", "since"), rows, style=1)] if rows else []
    return _group(*parts, *([deployment_summary(found["deployment"])] if found.get("deployment") else []))


def deployment_summary(deployment: Mapping[str, Any]) -> RenderableType:
    """Where a deployment answers and which releases share it."""
    shares = deployment.get("shares") or {}
    parts = [
        f"{name} {share(part) if name.endswith('_share') else number(part)}" for name, part in shares.items() if part
    ]
    return _group(f"{deployment['url']}: {', '.join(parts) or 'nothing is served'}")


def _columns(columns: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (
            c["column"], c["status"], "KS" if c["measure"] == "ks" else "total variation",
            f"{number(c['effect'][0], 3)} ({number(c['effect'][1], 3)} to {number(c['effect'][2], 3)})"
            if c["effect"][0] is not None else NOTHING,
            number(c["q"], 2), f"{share(c['null_rate'][0])} to {share(c['null_rate'][1])}", number(c["detectable"], 2),
            " ".join(f"{name} {number(value, 3)}" for name, value in c["statistics"].items()),
        )
        for c in columns
    ]  # fmt: skip
    return _table(("column", "", "measure", "change", "q", "nulls", "seen from", "statistics"), rows, style=1)


def _metrics(metrics: Mapping[str, Any]) -> Table:
    rows = [(name, *metric(value)) for name, value in metrics.items()]
    return _table(("metric", "value", "95% interval", "baseline"), rows)


def _gates(gates: Sequence[Mapping[str, Any]]) -> Table:
    rows = [
        (gate["name"], "passed" if gate["passed"] else "refused", number(gate.get("value")), bound(gate.get("bound")))
        for gate in gates
    ]
    return _table(("gate", "", "value", "bound"), rows, style=1)


def _table(names: Sequence[str], rows: Iterable[Sequence[Any]], *, style: int | None = None) -> Table:
    """A table of text. style: the column whose word decides its colour. Empty columns are left out."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [[NOTHING if value is None else plain(value) for value in row] for row in rows]
    kept = [place for place in range(len(names)) if not cells or any(row[place] for row in cells)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place in kept:
        table.add_column(Text(plain(names[place])), overflow="fold")
    for row in cells:
        table.add_row(*(Text(row[p], style=STYLES.get(row[p], "") if p == style else "") for p in kept))
    return table


def _styled(word: str, text: str) -> RenderableType:
    from rich.text import Text

    return Text(plain(text), style=STYLES.get(word, ""))


def _group(*parts: Any) -> RenderableType:
    """Parts below one another, text as it is."""
    from rich.console import Group
    from rich.text import Text

    return Group(*(Text(plain(part)) if isinstance(part, str) else part for part in parts if part != ""))
