"""A gate passes only when it was evaluated and met."""

import pytest

from declml.core.errors import DeclmlError
from declml.spec.gates import Bound, Gates

SPEC = "target: left\nkey: id\ntime: day\n"


def gates_of(project, result):
    return {(one["name"], *one["bound"]): one for one in project.json(result, "gates")["gates"]}


def test_a_refused_gate_makes_no_release(project, customers):
    project.write(customers(), SPEC + "gates: {roc_auc: {min: 0.999}, brier: {max: 0.5}}\n")
    result = project.run()
    assert result.status == "refused"
    assert result.release is None
    found = gates_of(project, result)
    assert found["roc_auc", "min"]["passed"] is False
    assert "it must be at least 0.999" in found["roc_auc", "min"]["reason"]
    assert found["brier", "max"]["passed"] is True
    assert project.store.releases.all("toy") == []


def test_the_release_is_compared_with_what_is_live(project, customers):
    spec = SPEC + "gates: {roc_auc: {vs_live: 0.0}}\n"
    project.write(customers(noise=3.0), spec)
    first = project.run()
    assert gates_of(project, first)["roc_auc vs live", "vs_live"]["reason"] == "nothing else is live"
    project.store.ledger.move("toy", "live", 1, reason="test", who="test")
    again = project.run()
    assert again.release == first.release, "comparing a model with itself makes no second release"
    project.write(customers(noise=0.1, seed=1), spec)
    second = project.run()
    gate = gates_of(project, second)["roc_auc vs live", "vs_live"]
    assert gate["passed"]
    assert gate["value"] > 0
    assert "toy@1" in gate["reason"]
    project.store.ledger.move("toy", "live", 2, reason="test", who="test")
    assert project.run().release == second.release
    project.write(
        customers(noise=0.1, seed=1), SPEC + "gates: {roc_auc: {vs_live: 0.0}}\nfeatures: {drop: [plan, spend]}\n"
    )
    worse = project.run()
    assert worse.status == "refused"
    assert gates_of(project, worse)["roc_auc vs live", "vs_live"]["value"] < 0


def test_latency_and_parity_are_measured(project, customers):
    project.write(customers(), SPEC + "gates: {latency_p99: {max: 10s}, parity_gap: {max: 0.001}}\n")
    found = gates_of(project, project.run())
    assert 0 < found["latency_p99", "max"]["value"] < 10
    assert 0 <= found["parity_gap", "max"]["value"] < 0.001
    project.respec(SPEC + "gates: {latency_p99: {max: 0.0001ms}}\n")
    assert project.run().status == "refused"


@pytest.mark.parametrize("gates", [Gates(tests=("behaviour.yaml",)), Gates(approve=("team",))])
def test_a_gate_that_is_not_evaluated_never_passes(project, customers, gates):
    from declml.engine.run import run_plan

    project.write(customers(), SPEC)
    spec = project.spec.model_copy(update={"gates": gates})
    with pytest.raises(DeclmlError, match="cannot be evaluated in this version") as caught:
        run_plan(spec, project.store, project.base)
    assert caught.value.code == "E3106"


def test_a_metric_nobody_offers(project, customers):
    from declml.engine.run import run_plan

    project.write(customers(), SPEC)
    gates = Gates.model_validate({"rocauc": Bound(min=0.5)})
    with pytest.raises(DeclmlError, match="'rocauc'") as caught:
        run_plan(project.spec.model_copy(update={"gates": gates}), project.store, project.base)
    assert caught.value.code == "E3104"
    assert "did you mean 'roc_auc'?" in caught.value.next
