"""Finding components: order, sameness, files beside a spec."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from declml.core.errors import SpecError
from declml.plugin.kinds import KINDS
from declml.plugin.registry import BUILTIN, Registry

from .conftest import GOOD, Install

if TYPE_CHECKING:
    from pathlib import Path


def test_a_provider_appears_once(install: Install, registry: Registry) -> None:
    install("guest")
    for _ in range(3):
        registry.load_guests()
        registry.names("statistic")
        registry.find("statistic", "gap")
    names = [provider.name for provider in registry.providers]
    assert len(names) == len(set(names))
    [guest] = [provider for provider in registry.providers if provider.name == "guest"]
    assert (guest.origin, guest.version, guest.failure) == ("guest", "1.0", "")
    assert [component.type_name() for component in guest.components] == ["gap"]
    assert guest.seconds > 0


def test_registries_share_nothing(install: Install) -> None:
    first, second = Registry(), Registry()
    install("guest")
    first.load_guests()
    assert "guest" in {provider.name for provider in first.providers}
    assert second.providers == []


def test_built_ins_are_found_without_loading_guests(install: Install, registry: Registry) -> None:
    install("exits", "import sys; sys.exit(1)")
    assert registry.find("statistic", "ks").type_name() == "ks"
    assert registry.notes == []


def test_every_home_of_built_ins_belongs_to_a_kind() -> None:
    assert set(BUILTIN) <= set(KINDS)


def test_a_type_of_another_kind_says_so(registry: Registry) -> None:
    registry.names("statistic")
    with pytest.raises(SpecError, match="'ks' is a statistic"):
        registry.find("channel", "ks")


def test_build_takes_a_name_a_mapping_or_a_component(registry: Registry) -> None:
    built = registry.build("statistic", "psi")
    assert registry.build("statistic", {"type": "psi"}) == built
    assert registry.build("statistic", built) is built
    with pytest.raises(ValidationError, match="colour"):
        registry.build("statistic", {"type": "psi", "colour": 1})


def test_components_are_frozen(registry: Registry) -> None:
    built = registry.build("statistic", "psi")
    with pytest.raises(ValidationError, match="frozen"):
        built.type = "other"


def test_a_file_beside_the_spec_is_loaded_once(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "plugins.py"
    path.write_text(GOOD.replace("{type}", "local"))
    registry.load_file(path)
    registry.load_file(path)
    registry.load_file(tmp_path / "absent" / "plugins.py")
    assert registry.find("statistic", "local").type_name() == "local"
    assert [provider.origin for provider in registry.providers].count(str(path)) == 1


def test_files_of_two_projects_live_side_by_side(tmp_path: Path, registry: Registry) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "plugins.py").write_text(GOOD.replace("{type}", name))
        registry.load_file(tmp_path / name / "plugins.py")
    assert {"one", "two"} <= set(registry.names("statistic"))


def test_a_broken_file_beside_the_spec_is_a_note(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "plugins.py"
    path.write_text("def (:\n")
    modules = set(sys.modules)
    registry.load_file(path)
    assert "SyntaxError" in registry.providers[-1].failure
    assert not [name for name in set(sys.modules) - modules if name.startswith("declml_plugins")]


def test_a_component_of_a_file_crosses_to_another_process(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "plugins.py"
    path.write_text(GOOD.replace("{type}", "local"))
    registry.load_file(path)
    (tmp_path / "component").write_bytes(pickle.dumps(registry.build("statistic", "local")))
    program = (
        "import pickle, sys, pathlib; from declml.plugin.registry import registry;"
        "registry().load_file(pathlib.Path(sys.argv[1]));"
        "print(pickle.loads(pathlib.Path(sys.argv[2]).read_bytes()).type)"
    )
    command = [sys.executable, "-c", program, str(path), str(tmp_path / "component")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "local\n"


def test_looking_for_types_imports_nothing_heavy() -> None:
    program = (
        "import sys; from declml.plugin.registry import registry;"
        "registry().names('statistic'); registry().names('channel');"
        "print(sorted({'numpy', 'numba', 'scipy', 'pyarrow', 'ray', 'sklearn', 'httpx'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
