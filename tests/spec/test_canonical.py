"""Equal specs have equal text, however they were written; different ones do not."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declml.spec.canonical import data_part, model_part, schema_part, spec_digest, spec_part, spec_text, split_part
from declml.spec.root import ProjectSpec
from declml.spec.sugar import expand

SECONDS = st.sampled_from([("60s", "1min"), ("60min", "1h"), ("24h", "1d"), ("7d", "1w"), ("1000ms", "1s")])
SHARES = st.sampled_from([("20%", 0.2), ("10%", 0.1), ("50%", "50.0%")])
SIZES = st.sampled_from([("2MB", "2000kB"), ("1GB", "1000MB"), ("1MiB", "1024KiB")])


def spec(composed: dict[str, Any]) -> ProjectSpec:
    return ProjectSpec.model_validate(expand(composed).data)


def base(**more: Any) -> dict[str, Any]:
    return {"name": "churn", "data": "a.csv", "target": "churned", **more}


def shuffled(data: Any, order: list[float]) -> Any:
    """The same mapping with its keys in another order; lists keep theirs."""
    if isinstance(data, dict):
        keys = sorted(data, key=lambda key: order[hash(key) % len(order)])
        return {key: shuffled(data[key], order) for key in keys}
    return [shuffled(one, order) for one in data] if isinstance(data, list) else data


@given(seconds=SECONDS, share=SHARES, size=SIZES, order=st.lists(st.floats(0, 1), min_size=3, max_size=9))
def test_units_order_and_written_defaults_do_not_count(
    seconds: tuple[str, str], share: tuple[Any, Any], size: tuple[str, str], order: list[float]
) -> None:
    one = base(gates={"latency_p99": {"max": seconds[0]}, "f1": {"min": 0.5}}, split=share[0] if False else {"test": share[0]},
               compression={"size": size[0], "loss": share[0]})  # fmt: skip
    other = base(gates={"f1": {"min": 0.5}, "latency_p99": {"max": seconds[1]}}, split={"test": share[1], "by": "auto"},
                 compression={"default": {"loss": share[1], "size": size[1], "target": "onnx"}}, schema="infer", task="auto",
                 model={"tune": {"search": "bayes", "trials": 20}})  # fmt: skip
    assert spec_text(spec(one)) == spec_text(spec(shuffled(other, order)))
    assert spec_digest(spec(one)) == spec_digest(spec(other))


@pytest.mark.parametrize(
    "more",
    [
        {"owner": "others"},
        {"description": "another"},
        {"store": "elsewhere"},
        {"engine": "processes"},
        {"deployment": {"replicas": {"min": 2, "max": 8}}},
        {"monitor": {"every": "2h", "alerts": [{"type": "log"}]}},
        {"model": {"tune": {"time": "1h"}}},
    ],
)
def test_metadata_does_not_count(more: dict[str, Any]) -> None:
    assert spec_digest(spec(base(engine="inline") | more)) == spec_digest(spec(base(engine="inline")))


@pytest.mark.parametrize(
    "more",
    [
        {"data": "b.csv"},
        {"data": {"path": "a.csv", "separator": ";"}},
        {"target": "left"},
        {"key": "id"},
        {"time": "day"},
        {"task": "regression"},
        {"data": {"path": "a.csv", "protected": ["sex"]}},
        {"features": {"drop": ["x"]}},
        {"split": {"test": "30%"}},
        {"model": {"try": ["forest", "hist_gbm"]}},
        {"model": {"tune": {"trials": 21}}},
        {"model": {"tune": {"seed": 1}}},
        {"gates": {"f1": {"min": 0.5}}},
        {"schema": {"churned": "bool"}},
    ],
)
def test_what_changes_a_release_counts(more: dict[str, Any]) -> None:
    assert spec_digest(spec(base() | more)) != spec_digest(spec(base()))


def test_a_written_setting_counts_even_when_it_equals_the_default() -> None:
    default = spec(base(model={"try": ["hist_gbm"]})).model.try_[0].model_dump()["learning_rate"]
    fixed = spec(base(model={"try": [{"type": "hist_gbm", "learning_rate": default}]}))
    assert model_part(fixed) != model_part(spec(base(model={"try": ["hist_gbm"]})))


def test_the_order_of_columns_counts() -> None:
    one = spec(base(schema={"churned": "bool", "age": "int"}))
    other = spec(base(schema={"age": "int", "churned": "bool"}))
    assert schema_part(one) != schema_part(other)


def test_parts_hold_only_what_they_name() -> None:
    one, other = spec(base()), spec(base(model={"tune": {"trials": 3}}, gates={"f1": {"min": 0.5}}))
    assert data_part(one) == data_part(other)
    assert split_part(one) == split_part(other)
    assert model_part(one) != model_part(other)


def test_the_text_does_not_hang_on_the_hash_seed() -> None:
    code = (
        "from declml.spec.canonical import spec_digest; from declml.spec.root import ProjectSpec; from declml.spec.sugar import expand;"
        "print(spec_digest(ProjectSpec.model_validate(expand({'name':'a','data':{'path':'a.csv','protected':['x','y','z']},"
        "'target':'t','engine':'inline','gates':{'f1':{'min':0.1},'recall':{'min':0.2}}}).data)))"
    )
    seen = {
        subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PATH": ""}, capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(seen) == 1


def test_the_text_is_json() -> None:
    assert json.loads(spec_text(spec(base()))) == spec_part(spec(base()))
