"""The compiled decoder and the complete rules agree."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from declml.core.errors import DeclmlError
from declml.serving.plane.cells import check_rows
from declml.serving.plane.contract import Contract, json_of, rows_of
from declml.serving.plane.refusal import RefusedError
from declml.spec.schema import TableSchema

SCHEMA = {
    "columns": {
        "number": {"type": "float", "min": -5.0, "max": 50.0, "nullable": False},
        "free": {"type": "float"},
        "whole": {"type": "int", "min": 0.5, "max": 9.0},
        "big": {"type": "int"},
        "flag": {"type": "bool", "nullable": False},
        "kind": {"type": "category", "values": ["a", "b", "1"]},
        "closed": {"type": "category", "values": ["a", "b"], "other": "refuse"},
        "key": {"type": "text"},
    }
}
FEATURES = tuple(
    {"name": name, "categories": list(column.get("values", ()))}
    for name, column in list(SCHEMA["columns"].items())[:-1]
)


def contract_of(features=FEATURES, schema=SCHEMA, key="key") -> Contract:
    release = SimpleNamespace(name="r@1", features=features, key=key, target="y", time=None)
    return Contract(release, TableSchema.model_validate(schema), 100)


CONTRACT = contract_of()
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-20, 60), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["a", "b", "c", "1", "", "ä"]), st.sampled_from([[], {}, [1]]), st.floats(-6, 51),
)  # fmt: skip
ROWS = st.fixed_dictionaries(
    {"number": st.one_of(st.floats(-5, 50), CELLS), "flag": st.one_of(st.booleans(), CELLS)},
    optional=dict.fromkeys(["free", "whole", "big", "kind", "closed", "key", "other"], CELLS),
)


def outcome(decode, body):
    try:
        rows = decode(body)
    except RefusedError as refused:
        return refused.status, refused.problems
    cells = [[None if isinstance(c, float) and math.isnan(c) else c for c in row] for row in rows.cells]
    return 200, (cells, rows.keys, rows.unseen)


@given(st.lists(ROWS, max_size=4))
def test_the_fast_and_the_complete_way_agree(rows) -> None:
    body = json.dumps(rows).encode()
    fast = outcome(CONTRACT.decode_json, body)
    slow = outcome(lambda text: CONTRACT.decode_objects(rows_of(json_of(text))), body)
    assert fast == slow


@given(st.lists(ROWS, max_size=3))
def test_what_the_compiled_decoder_takes_breaks_no_rule(rows) -> None:
    body = json.dumps(rows).encode()
    try:
        CONTRACT._many.decode(body)
    except msgspec.DecodeError:
        return
    _, _, problems = check_rows(rows, CONTRACT.rules, CONTRACT.known, CONTRACT.key)
    assert {problem.rule for problem in problems} <= {"values"}


def test_cells_become_codes_and_numbers() -> None:
    rows = CONTRACT.decode_json(
        b'[{"number": 1, "flag": true, "whole": 3.0, "kind": 1, "closed": "b", "key": 5},'
        b' {"number": 2.5, "flag": false, "kind": "moon"}]'
    )
    assert rows.keys == ["5", None]
    assert list(rows.cells[0][:1]) == [1]
    assert rows.cells[0][4:] == [True, 2.0, 1.0]
    assert rows.cells[1][5] == 3.0
    assert rows.unseen == [(1, 5, "moon")]


def test_a_schema_that_does_not_fit_the_model_refuses_the_release() -> None:
    with pytest.raises(DeclmlError, match="no column 'ghost'"):
        contract_of(features=({"name": "ghost", "categories": []},))
    with pytest.raises(DeclmlError, match="is a text"):
        contract_of(features=({"name": "key", "categories": []},))


def test_one_feature_and_no_key() -> None:
    contract = contract_of(features=({"name": "free", "categories": []},), key=None)
    rows = contract.decode_json(b'[{"free": 1.5}, {}]')
    assert [tuple(row) for row in rows.cells] == [(1.5,), (None,)]
    assert rows.keys is None
