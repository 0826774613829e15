import argparse
import io

from declml.cli.progress import Progress, progress
from declml.core.events import Event


def lines(live, monkeypatch):
    told = io.StringIO()
    monkeypatch.setattr("sys.stderr", told)
    show = Progress(live=live)
    show(Event("step_started", "toy", {"step": "fit"}))
    show(Event("step_progress", "toy", {"step": "fit", "text": "half", "done": 0.5}))
    show(Event("step_finished", "toy", {"step": "fit", "state": "ran", "seconds": 1.25, "reason": "first run"}))
    return told.getvalue()


def test_without_a_terminal_each_step_is_one_plain_line(monkeypatch):
    assert lines(False, monkeypatch) == "ran     fit 1.2 s (first run)\n"


def test_on_a_terminal_one_line_is_rewritten(monkeypatch):
    text = lines(True, monkeypatch)
    assert "fit ..." in text
    assert "fit 50% half" in text
    assert text.endswith("\r\x1b[2Kran     fit 1.2 s (first run)\n")


def test_quiet_says_nothing(capsys):
    progress(argparse.Namespace(quiet=True))(Event("step_started", "toy", {"step": "fit"}))
    assert capsys.readouterr().err == ""
