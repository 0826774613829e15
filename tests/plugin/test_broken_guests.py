"""Each broken guest is reported with its reason and breaks nothing else."""

from __future__ import annotations

import pytest

from declml.core.errors import SpecError
from declml.core.events import Event
from declml.plugin.registry import Registry

from .conftest import GOOD, Install

HEAD = "from typing import Literal\nfrom declml.api import Statistic, plugin\n"
COMPARE = "    def compare(self, reference, current):\n        return 0.0\n"

BROKEN = {
    "import_error": ("import no_such_module_anywhere\n", "ModuleNotFoundError"),
    "syntax_error": ("def (:\n", "SyntaxError"),
    "exits": ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
    "raising_hook": (HEAD + "@plugin\ndef declml_components():\n    raise RuntimeError('no luck')\n", "no luck"),
    "wrong_signature": (HEAD + "@plugin\ndef declml_components(wish):\n    return []\n", "PluginValidationError"),
    "unknown_hook": (HEAD + "@plugin\ndef declml_componets():\n    return []\n", "declml_componets"),
    "newer_api": ("DECLML_API = 99\n", "it needs plugin API 99, this declml has 1"),
    "twice": (GOOD.replace("[Gap]", "[Gap, Gap]").replace("{type}", "twice"), "provides statistic 'twice' twice"),
    "takes_builtin_name": (GOOD.replace("{type}", "ks"), "'ks' is provided by both declml.statistic and takes"),
    "not_a_component": (HEAD + "@plugin\ndef declml_components():\n    return [dict]\n", "is not a component"),
    "no_type": (
        HEAD + "class Bare(Statistic):\n" + COMPARE + "@plugin\ndef declml_components():\n    return [Bare]\n",
        'Bare has no type: Literal["name"] = "name"',
    ),
    "no_method": (
        HEAD + "class Half(Statistic):\n    type: Literal['half'] = 'half'\n"
        "@plugin\ndef declml_components():\n    return [Half]\n",
        "Half does not define compare",
    ),
    "unknown_annotation": (
        HEAD + "class Odd(Statistic):\n    type: Literal['odd'] = 'odd'\n    size: 'Nowhere' = 1\n"
        + COMPARE + "@plugin\ndef declml_components():\n    return [Odd]\n",
        "Nowhere",
    ),
    "no_hook": ("VALUE = 1\n", "is @plugin missing?"),
    "answers_none": (HEAD + "@plugin\ndef declml_components():\n    return 5\n", "TypeError"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_guest_costs_only_its_own_components(name: str, install: Install, registry: Registry) -> None:
    source, reason = BROKEN[name]
    install(name, source)
    install("zz_good")  # loaded after the broken one
    install("aa_good", named="gap2")  # and before
    builtin = set(Registry().names("statistic"))

    assert registry.find("statistic", "gap").type_name() == "gap"
    assert registry.find("statistic", "gap2").type_name() == "gap2"
    assert set(registry.names("statistic")) >= builtin | {"gap", "gap2"}
    assert registry.find("statistic", "ks").__module__.startswith("declml.builtin")

    [provider] = [p for p in registry.providers if p.name == name]
    assert reason in provider.failure
    assert provider.components == []
    assert sum(reason in note for note in registry.notes) == 1


@pytest.mark.parametrize("name", ["import_error", "exits", "raising_hook"])
def test_no_such_type_names_the_guest_that_could_not_be_loaded(name: str, install: Install, registry: Registry) -> None:
    install(name, BROKEN[name][0])
    with pytest.raises(SpecError) as caught:
        registry.find("statistic", "kss")
    assert caught.value.code == "E1006"
    assert "did you mean 'ks'?" in caught.value.what
    assert f"plugin {name} could not be loaded" in caught.value.what


def test_built_ins_loaded_for_a_guest_that_fails_later_stay(install: Install, registry: Registry) -> None:
    """The first component makes the registry load the built-ins of its kind; the second one is refused."""
    install("half_good", GOOD.replace("[Gap]", "[Gap, dict]"), named="gap")
    registry.load_guests()
    assert "gap" not in registry.names("statistic")
    assert "ks" in registry.names("statistic")


def test_what_a_guest_prints_never_reaches_stdout(
    install: Install, registry: Registry, capsys: pytest.CaptureFixture[str]
) -> None:
    install("talks", "print('hello from import')\n" + GOOD.replace("return [Gap]", "print('hook'); return [Gap]"))
    assert registry.find("statistic", "gap")
    out, err = capsys.readouterr()
    assert out == ""
    assert "hello from import" in err
    assert "hook" in err


def test_two_guests_of_one_name_are_an_error_that_names_both(install: Install, registry: Registry) -> None:
    install("first")
    install("second")
    with pytest.raises(SpecError) as caught:
        registry.find("statistic", "gap")
    assert caught.value.code == "E7001"
    assert caught.value.what == "statistic 'gap' is provided by both first and second"
    assert "DECLML_DISABLE_PLUGINS" in caught.value.next


def test_blocking_one_of_two_resolves_the_clash(
    install: Install, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DECLML_DISABLE_PLUGINS", "first, other")
    install("first")
    install("second")
    assert registry.find("statistic", "gap").__module__ == "second"
    [blocked] = [p for p in registry.providers if p.name == "first"]
    assert blocked.failure == "blocked by DECLML_DISABLE_PLUGINS"


@pytest.mark.parametrize("failure", ["raise ValueError('boom')", "import sys; sys.exit('boom')"])
def test_an_observer_that_raises_becomes_a_note(failure: str, install: Install, registry: Registry) -> None:
    seen = "\nSEEN = []\n@plugin\ndef declml_event(event):\n    SEEN.append(event.name)\n"
    install("aa_bad", GOOD + f"\n@plugin\ndef declml_event(event):\n    {failure}\n", named="bad")
    install("watcher", GOOD + seen)
    registry.tell(Event("run_started", "churn"))
    import watcher

    assert watcher.SEEN == ["run_started"]
    assert [note for note in registry.notes if "declml_event" in note and "boom" in note]


def test_conf_folders_and_commands_come_from_guests(install: Install, registry: Registry) -> None:
    install(
        "tools",
        HEAD + "from declml.api import Command\n"
        "@plugin\ndef declml_conf():\n    return ['pkg://tools.conf']\n"
        "@plugin\ndef declml_commands():\n    return [Command('hello', 'says hello', lambda args: len(args))]\n",
    )
    install("wrong", HEAD + "@plugin\ndef declml_conf():\n    return 'pkg://wrong'\n")
    assert registry.conf_folders() == ["pkg://tools.conf"]
    [command] = registry.commands()
    assert command.run(["a", "b"]) == 2
    assert [note for note in registry.notes if "declml_conf" in note and "list of str" in note]
