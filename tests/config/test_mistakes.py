"""Realistic mistakes, one a file: each is told with its code, its place and words that help.

The last lines of a file say what is expected: `# override: KEY=VALUE` and `# expect: CODE LINE:COLUMN WHAT | NEXT`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from declml.config.load import load
from declml.core.errors import SpecError
from declml.core.place import Diagnostic
from declml.plugin.registry import Registry, fresh_registry


@pytest.fixture(autouse=True)
def no_guests(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is told depends on what is installed: here, only what comes with declml."""
    monkeypatch.setattr(Registry, "load_guests", lambda _self: None)
    fresh_registry()
    yield
    fresh_registry()


FILES = sorted((Path(__file__).parent / "mistakes").glob("*.yaml"))


def told(found: Diagnostic) -> str:
    place = found.place
    assert place is not None, f"{found} has no place"
    at = "override" if place.override else f"{place.line}:{place.column}"
    return f"{found.code} {at} {found.what} | {found.hint}".rstrip()


def expected(text: str, word: str) -> list[str]:
    return [line.removeprefix(f"# {word}: ").rstrip() for line in text.splitlines() if line.startswith(f"# {word}: ")]


def cut(text: str, by: str) -> str:
    """An expectation that ends in ... leaves the rest open: what is installed differs."""
    return text[: len(by) - 3] if by.endswith("...") else text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_mistake_is_told_with_its_place_and_the_way_out(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = file.read_text(encoding="utf-8")
    spec = tmp_path / "churn.yaml"
    spec.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(SpecError) as caught:
        load(spec, expected(text, "override"))

    found, wanted = [told(one) for one in caught.value.diagnostics], expected(text, "expect")
    assert [cut(one, by) for one, by in zip(found, wanted, strict=False)] == [cut(one, one) for one in wanted]
    assert len(found) == len(wanted)
    assert caught.value.exit_code == 2
    assert sorted(tmp_path.rglob("*")) == before, "nothing is written"


def test_there_are_mistakes_of_every_sort() -> None:
    codes = {line.split()[0] for file in FILES for line in expected(file.read_text(encoding="utf-8"), "expect")}
    assert len(FILES) > 40
    assert codes >= {"E1002", "E1003", "E1004", "E1005", "E1006", "E1007", "E1011", "E1012", "E1013", "E1014", "E1015"}
    assert codes >= {"E1016", "E1017", "E1101", "E1102", "E1103", "E1104", "E1105", "E1106", "E1107", "E1108"}
