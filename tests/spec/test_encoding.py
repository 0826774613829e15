"""The matrix a model sees, from typed columns and from text alike."""

import numpy as np
import pyarrow as pa
import pytest

from declml.api import DeclmlError, Feature, SpecError
from declml.config.load import load
from declml.spec.encoding import encode, features_of
from declml.spec.schema import TableSchema

FEATURES = (Feature("n"), Feature("flag"), Feature("c", ("a", "b")))


def test_numbers_codes_and_null():
    table = pa.table(
        {
            "c": ["b", None, "z", "a"],
            "n": [1.5, None, 2.0**130, -3.0],
            "flag": [True, False, None, True],
            "more": [1, 2, 3, 4],
        }
    )
    expected = [[1.5, 1, 1], [np.nan, 0, np.nan], [np.inf, np.nan, 2], [-3, 1, 0]]
    X = encode(table, FEATURES)
    assert X.dtype == np.float32
    assert X.flags.c_contiguous
    assert np.array_equal(X, np.array(expected, np.float32), equal_nan=True)


def test_text_gives_the_same_as_types():
    typed = pa.table({"n": [1, None, 3], "flag": [True, False, None], "c": ["a", None, "q"]})
    text = pa.table({"n": ["1", None, " 3.0"], "flag": ["true", "False", None], "c": ["a", None, "q"]})
    assert np.array_equal(encode(typed, FEATURES), encode(text, FEATURES), equal_nan=True)


def test_categories_that_are_numbers_in_the_data():
    features = (Feature("zip", ("7", "12", "true")),)
    assert encode(pa.table({"zip": [12, 7, None, 8]}), features)[:, 0].tolist()[:2] == [1.0, 0.0]
    assert encode(pa.table({"zip": [7.0, 12.0]}), features)[:, 0].tolist() == [0.0, 1.0]
    assert encode(pa.table({"zip": [True]}), features)[0, 0] == 2.0


def test_many_chunks_and_none():
    chunked = pa.chunked_array([[1, 2], [], [3]], pa.int64())
    assert encode(pa.table({"n": chunked}), FEATURES[:1]).tolist() == [[1], [2], [3]]
    assert encode(pa.table({"n": pa.array([], pa.int64())}), FEATURES[:1]).shape == (0, 1)
    assert np.isnan(encode(pa.table({"n": pa.nulls(2)}), FEATURES[:1])).all()


def test_what_cannot_be_encoded_is_an_error():
    with pytest.raises(DeclmlError, match="'n' is missing"):
        encode(pa.table({"m": [1]}), FEATURES[:1])
    with pytest.raises(DeclmlError, match="not a number, in 1 rows"):
        encode(pa.table({"n": ["1", "twelve"]}), FEATURES[:1])


SCHEMA = {
    "id": "text", "day": "date", "age": "int", "plan": {"type": "category", "values": ["a", "b"]}, "secret": "float",
    "sex": {"type": "category", "values": ["f", "m"]}, "w": "float", "team": "int", "note": "text", "y": "int", "ok": "bool",
}  # fmt: skip
SPEC = (
    "name: toy\ndata: {path: rows.csv, weight: w, pii: [secret], protected: [sex]}\ntarget: y\nkey: id\ntime: day\n"
    'split: "group:team"\nengine: inline\n'
)


def spec_and_schema(folder, more=""):
    (folder / "toy.yaml").write_text(SPEC + more)
    columns = {name: {"type": one} if isinstance(one, str) else one for name, one in SCHEMA.items()}
    return load(folder / "toy.yaml").spec, TableSchema.model_validate({"columns": columns})


def test_only_features_are_features(tmp_path):
    assert features_of(*spec_and_schema(tmp_path)) == (Feature("age"), Feature("plan", ("a", "b")), Feature("ok"))
    assert features_of(*spec_and_schema(tmp_path, "features: {drop: [age]}")) == (
        Feature("plan", ("a", "b")),
        Feature("ok"),
    )


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("features: {columns: {age: category}}", "wants it as category"),
        ("features: {drop: [age, plan, ok]}", "no column is left"),
    ],
)
def test_what_the_schema_does_not_allow(tmp_path, more, word):
    with pytest.raises(SpecError, match=word) as caught:
        features_of(*spec_and_schema(tmp_path, more))
    assert caught.value.code == "E2024"
