"""A model that answers differently as ONNX never becomes a release."""

import pytest

from declml.core.errors import DeclmlError

PLUGIN = '''
from typing import Literal
from declml.api import plugin
from declml.builtin.frameworks.hist_gbm import HistGbm
class Unfaithful(HistGbm):
    """Answers otherwise where its first feature is above 60."""
    type: Literal["unfaithful"] = "unfaithful"
    def predict(self, model, X):
        answer = super().predict(model, X)
        wrong = X[:, 0] > 60
        answer[wrong] = answer[wrong][:, ::-1]
        return answer
class Unusable(HistGbm):
    """Gives something that is not ONNX."""
    type: Literal["unusable"] = "unusable"
    def to_onnx(self, model, features, task): return b"onnx?"
@plugin
def declml_components(): return [Unfaithful, Unusable]
'''
SPEC = "target: left\nkey: id\ntime: day\n"


def test_a_mismatch_names_the_rows_and_both_answers(project, customers):
    (project.base / "plugins.py").write_text(PLUGIN)
    project.family = "unfaithful"
    project.write(customers(), SPEC)
    with pytest.raises(DeclmlError) as caught:
        project.run()
    error = caught.value
    assert error.code == "E3103"
    assert "step export" in error.where
    assert "of the dataset: fitted [" in error.why
    assert "ONNX [" in error.why
    assert project.store.releases.all("toy") == []


def test_something_that_is_not_onnx(project, customers):
    (project.base / "plugins.py").write_text(PLUGIN)
    project.family = "unusable"
    project.write(customers(), SPEC)
    with pytest.raises(DeclmlError, match="the ONNX model of unusable is not usable") as caught:
        project.run()
    assert caught.value.code == "E3105"
