"""The card and the page: complete, and safe whatever the data holds."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from declml.report import text
from declml.report.card import release_card
from declml.report.window_html import window_html

if TYPE_CHECKING:
    from declml.store.release import Release


def test_card_says_what_a_release_is(release: Release) -> None:
    schema = {"columns": {"age": {"type": "int", "min": 0, "max": 120, "nullable": False}}}
    card = release_card(release, schema)
    for part in (
        "# churn@7", "Predicts **churned** (classification)", "Classes: false, true.", release.digest,
        "2026-01-01 00:00:00Z", "| age | int | at least 0; at most 120; never null |", "and 2 more",
        "| roc\\_auc | 0.8123 | 0.79 to 0.83 | 0.5 |", "at least 0.8", "- leaves: 31", "- try: a, b", "a note",
    ):  # fmt: skip
        assert part in card


def test_nothing_in_a_card_becomes_markup(release: Release) -> None:
    card = release_card(release)
    assert "<script>" not in card.replace("\\<script", "")
    assert "\x1b" not in card
    assert "plan\\|x" in card
    assert [line for line in card.splitlines() if line.startswith("# ")] == ["# churn@7"]


class Tags(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_holds_the_window_and_runs_nothing(report: dict[str, Any]) -> None:
    page = Tags()
    told = window_html(json.loads(json.dumps(report)))
    page.feed(told)
    assert page.tags.count("tr") == 4
    assert "<script>alert(1)</script>" in page.text
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert not {"src", "href", "onclick", "onload"} & set(page.attributes)
    assert "http" not in told.replace("http-equiv", "")
    assert "nan" not in page.text
    assert "1 open alerts, 1 columns moved" in page.text
    assert "age is moved." in page.text


@pytest.mark.parametrize(
    ("value", "told"),
    [(None, "-"), (float("nan"), "-"), (0.123456, "0.1235"), (1234567, "1,234,567"), (True, "True"), ("x\ny", "x y")],
)
def test_numbers(value: object, told: str) -> None:
    assert text.number(value) == told


@pytest.mark.parametrize(("seconds", "told"), [(0.0015, "2 ms"), (59.94, "59.9 s"), (600.0, "10.0 min"), (None, "-")])
def test_times(seconds: float | None, told: str) -> None:
    assert text.lasted(seconds) == told


def test_bounds() -> None:
    assert text.bound({"min": 0.8, "max": None, "vs_live": -0.005}) == "at least 0.8, against live at least -0.005"
    assert text.bound({}) == "-"
    assert text.bound(0.05) == "0.05"
    assert text.metric(0.5) == ("0.5", "-", "-")
