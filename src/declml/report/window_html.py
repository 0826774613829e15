"""A checked window as one HTML page: nothing is loaded from elsewhere, no script, everything escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from declml.report.text import moment, number, plain, share

if TYPE_CHECKING:
    from collections.abc import Mapping

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd}
td.n{font-variant-numeric:tabular-nums;white-space:nowrap}.moved{color:#a40000;font-weight:600}.unknown{color:#8a6d00}
.stable{color:#555}.bar{background:#eee;width:9rem;height:.7rem}.bar i{display:block;height:100%;background:#4a78b5}
.moved .bar i{background:#c0392b}p.controls{color:#555}
"""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{style}</style></head>
<body><h1>{title}</h1><p>{window}</p><h2>{verdict}</h2>{notices}
<table><thead><tr><th>column</th><th>verdict</th><th>change</th><th></th><th>q</th><th>nulls</th><th>what</th></tr></thead>
<tbody>
{rows}
</tbody></table><p class="controls">{controls}</p></body></html>
"""


def window_html(report: Mapping[str, Any]) -> str:
    """The page of a `WindowReport.as_dict()`."""
    window = report["window"]
    moved = sum(column["status"] == "moved" for column in report["columns"])
    verdict = {"alert": f"{len(report['alerts'])} open alerts, {moved} columns moved", "quiet": "Nothing moved"}
    notices = "".join(f"<li>{_safe(notice['sentence'])}</li>" for notice in report["notices"])
    return PAGE.format(
        title=_safe(f"{report['project']}@{report['release']}: checked window"),
        style=STYLE,
        window=_safe(
            f"{window['source']}, {number(window['rows'])} rows, {moment(window['since'])} to {moment(window['until'])}, "
            f"checked {moment(report['at'])}, against {number(report['reference_rows'])} rows of the reference."
        ),
        verdict=_safe(verdict.get(report["status"], "Too little was seen to judge any column")),
        notices=f"<ul>{notices}</ul>" if notices else "",
        rows="\n".join(map(_row, report["columns"])),
        controls=_safe(report["controls"]),
    )


def _row(column: Mapping[str, Any]) -> str:
    status = column["status"] if column["status"] in {"moved", "stable", "unknown"} else "unknown"
    value, low, high = column["effect"]
    width = 100 * min(max(float(value or 0.0), 0.0), 1.0)
    cells = [
        _safe(column["column"]),
        status,
        f'<div class="bar"><i style="width:{width:.1f}%"></i></div>',
        _safe(f"{number(value, 3)} ({number(low, 3)} to {number(high, 3)})") if value is not None else "",
        _safe(number(column["q"], 2)),
        _safe(f"{share(column['null_rate'][0])} to {share(column['null_rate'][1])}"),
        _safe(column["sentence"]),
    ]
    return (
        f'<tr class="{status}">'
        + "".join(f'<td class="n">{cell}</td>' for cell in cells[:-1])
        + f"<td>{cells[-1]}</td></tr>"
    )


def _safe(value: object) -> str:
    return escape(plain(value), quote=True)
