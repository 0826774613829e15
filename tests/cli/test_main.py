import json
import subprocess
import sys
from pathlib import Path

import pytest

from declml.cli.main import COMMANDS, main

SPEC = "name: toy\ndata: rows.csv\ntarget: y\nengine: inline\n"
HEAVY = ("ray", "sklearn", "numba", "onnxruntime", "pandas", "pandera", "polars", "pyarrow", "duckdb", "optuna")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.yaml").write_text(SPEC)
    return tmp_path


def test_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in COMMANDS)


def test_each_command_has_a_module_and_its_own_help(capsys):
    for name in COMMANDS:
        with pytest.raises(SystemExit) as left:
            main([name, "--help"])
        assert left.value.code == 0
        assert f"declml {name}" in capsys.readouterr().out


def test_an_unknown_command_is_refused_with_a_suggestion(capsys):
    assert main(["chekc"]) == 2
    assert "did you mean 'check'?" in capsys.readouterr().err


def test_an_unknown_flag_is_refused_with_a_suggestion(folder, capsys):
    assert main(["plan", "toy.yaml", "--detailed-exitcod"]) == 2
    assert "did you mean '--detailed-exitcode'?" in capsys.readouterr().err


def test_check_takes_the_only_spec_of_the_folder(folder, capsys):
    assert main(["check"]) == 0
    assert "toy: the spec is valid" in capsys.readouterr().out


def test_several_specs_must_be_named(folder, capsys):
    (folder / "other.yaml").write_text(SPEC)
    assert main(["check"]) == 2
    assert "E1901" in capsys.readouterr().err


def test_a_mistake_as_data_on_stdout(folder, capsys):
    assert main(["--json", "check", "toy.yaml", "modle.tune.trials=3"]) == 2
    captured = capsys.readouterr()
    found = json.loads(captured.out)["diagnostics"]
    assert [one["path"] for one in found] == ["modle"]
    assert captured.err == ""


def test_checking_touches_nothing(folder):
    main(["check", "toy.yaml"])
    main(["plan", "toy.yaml"])
    main(["releases", "toy.yaml"])
    main(["history", "toy.yaml"])
    assert sorted(path.name for path in folder.iterdir()) == ["toy.yaml"]


def test_a_bug_is_told_as_one_without_a_traceback(folder, monkeypatch, capsys):
    import declml.cli.commands.check as command

    def broken(args):
        raise RuntimeError("boom")

    monkeypatch.setattr(command, "run", broken)
    assert main(["check", "toy.yaml"]) == 1
    shown = capsys.readouterr().err
    assert "E1900" in shown
    assert "Traceback" not in shown
    kept = Path(shown.split("traceback in ")[1].strip())
    assert "RuntimeError: boom" in kept.read_text()
    kept.unlink()


def test_an_interrupt_is_130(folder, monkeypatch, capsys):
    import declml.cli.commands.check as command

    def interrupted(args):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run", interrupted)
    assert main(["check", "toy.yaml"]) == 130


def test_the_composed_spec_is_shown(folder, capsys):
    assert main(["check", "toy.yaml", "--cfg", "job"]) == 0
    assert "target: y" in capsys.readouterr().out
    assert main(["--json", "check", "toy.yaml", "--cfg", "job"]) == 0
    assert json.loads(capsys.readouterr().out)["target"] == "y"


@pytest.mark.parametrize("words", [["--help"], ["check", "toy.yaml"], ["plan", "toy.yaml"], ["plugins"]])
def test_light_commands_import_nothing_heavy(folder, words):
    (folder / "rows.csv").write_text("x,y\n1,0\n2,1\n")
    code = (
        f"import sys; from declml.cli.main import main; code = main({words!r}); "
        f"print([name for name in {HEAVY!r} if name in sys.modules], code, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=folder)
    assert done.stderr.strip().splitlines()[-1] == "[] 0"
