"""The pages say what the code does: codes, types, commands; their examples run."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from declml.cli.dispatch import parser_of
from declml.cli.main import COMMANDS, main
from declml.core.codes import CODES
from declml.core.errors import DeclmlError
from declml.plugin.kinds import KINDS
from declml.plugin.registry import fresh_registry

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md"])
BLOCK = re.compile(
    r"^(?:<!-- runs: (?P<file>\S+) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
SHARED_FLAGS = {
    "--help", "--json", "--quiet", "--verbose", "--config-dir", "--config-name", "--cfg", "--resolve", "--multirun",
}  # fmt: skip


def tables() -> ModuleType:
    found = importlib.util.spec_from_file_location("declml_docs_tables", DOCS / "tables.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def specs() -> list[tuple[str, str]]:
    """The whole specs on all pages: page and number, YAML."""
    found = [(page.name, block) for page in PAGES for block in BLOCK.finditer(page.read_text(encoding="utf-8"))]
    wholes = [(page, one["text"]) for page, one in found if one["language"] == "yaml" and "name:" in one["text"]]
    return [(f"{page}-{number}", block) for number, (page, block) in enumerate(wholes) if "data:" in block]


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "name"), [("errors.md", "codes"), ("spec.md", "types")])
def test_a_table_is_what_the_code_says(page: str, name: str) -> None:
    module = tables()
    table = module.TABLES[page, name]()
    assert module.with_table(text(page), name, table) == text(page), "run: python docs/tables.py"


def test_every_code_has_its_line() -> None:
    found = re.findall(r"^\| (E\d{4}) \| (.+) \|$", text("errors.md"), re.MULTILINE)
    assert dict(found) == CODES
    assert len(found) == len(CODES)


def test_every_command_has_its_line_and_its_flags() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (.+)$", text("commands.md"), re.MULTILINE))
    assert list(told) == list(COMMANDS)
    for name, line in told.items():
        module = importlib.import_module(f"declml.cli.commands.{name}")
        flags = {flag for action in parser_of(name, module)._actions for flag in action.option_strings}
        own = {flag for flag in flags if flag.startswith("--")} - SHARED_FLAGS
        assert set(re.findall(r"--[a-z-]+", line)) == own, name


def test_every_kind_has_its_line() -> None:
    told = re.findall(r"^\| ([a-z]+) \| .+ \|$", text("plugins.md").split("## The kinds")[1], re.MULTILINE)
    assert set(told) - {"kind"} == set(KINDS)


@pytest.mark.parametrize("block", [pytest.param(block, id=name) for name, block in specs()])
def test_a_spec_on_a_page_is_right(
    block: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "http://127.0.0.1/")
    fresh_registry()
    for plugin in runnable():
        (tmp_path / plugin[0]).write_text(plugin[1])
    (tmp_path / "page.yaml").write_text(block)
    code = main(["check", str(tmp_path / "page.yaml")])
    fresh_registry()
    assert code == 0, capsys.readouterr().err


def runnable() -> list[tuple[str, str]]:
    found = BLOCK.finditer(text("plugins.md"))
    return [(one["file"], one["text"]) for one in found if one["language"] == "python" and one["file"]]


def test_the_plugin_on_the_page_works_and_has_twenty_lines(tmp_path: Path) -> None:
    import numpy as np

    ((file, code),) = runnable()
    (tmp_path / file).write_text(code)
    registry = fresh_registry()
    try:
        registry.load_file(tmp_path / file)
        metric = registry.build("metric", {"type": "within_ten", "reach": 2.0})
    finally:
        fresh_registry()
    assert metric.score(np.array([1.0, 10.0]), np.array([[2.0], [20.0]])) == 0.5  # type: ignore[attr-defined]
    assert len([line for line in code.splitlines() if line.strip()]) <= 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_pages_name_only_codes_that_exist() -> None:
    for page in PAGES:
        for code in re.findall(r"\bE\d{4}\b", page.read_text(encoding="utf-8")):
            DeclmlError(code, "exists")
