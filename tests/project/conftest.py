import json
import shutil
import socket
from pathlib import Path

import pytest

from declml.cli.main import main

EXAMPLES = Path(__file__).parents[2] / "examples"
QUICK = ("engine=inline", "model.try=[logistic]", "model.tune.trials=2")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def declml(capfd):
    """Call a command; the answer is the exit code, what it printed, and what it told."""

    def call(*words):
        code = main([str(word) for word in words])
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def declml_json(declml):
    def call(*words):
        code, out, err = declml("--json", *words)
        assert out, err
        return code, json.loads(out)

    return call


@pytest.fixture(scope="module")
def elec2(tmp_path_factory):
    """A copy of the electricity example that serves on a port of its own."""
    folder = tmp_path_factory.mktemp("line") / "elec2"
    shutil.copytree(EXAMPLES / "elec2", folder, ignore=shutil.ignore_patterns(".declml", "*.schema.yaml"))
    port = free_port()
    spec = folder / "elec2.yaml"
    spec.write_text(spec.read_text().replace("deployment: true", f"deployment: {{port: {port}}}"))
    return spec
