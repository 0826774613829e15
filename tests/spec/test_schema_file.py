"""The schema file is for people, and says the same as the schema."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declml.core.errors import SpecError
from declml.spec.schema import Column, TableSchema
from declml.spec.schema_file import read, write

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
columns = st.builds(
    Column,
    type=st.sampled_from(["int", "float", "bool", "category", "text", "date", "datetime"]),
    nullable=st.booleans(),
    min=st.none() | st.floats(-1e9, 1e9),
    values=st.lists(names, max_size=4, unique=True).map(tuple),
    other=st.sampled_from(["allow", "refuse"]),
    unique=st.booleans(),
    format=st.none() | st.just("%d/%m/%Y"),
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(names, columns, min_size=1, max_size=5))
def test_what_is_written_is_read(tmp_path_factory, given_columns):
    schema = TableSchema(columns=given_columns, max_bad_rows=0.02)
    path = tmp_path_factory.mktemp("s") / "x.schema.yaml"
    write(path, schema, dict.fromkeys(given_columns, 'seen: "all" # of\nit'))
    assert read(path).to_bytes() == schema.to_bytes()
    assert list(read(path).columns) == list(given_columns), "the order of columns is the order of features"


def test_words_that_yaml_reads_as_others(tmp_path):
    path = tmp_path / "x.schema.yaml"
    schema = TableSchema(
        columns={
            "NO": Column(type="category", values=("yes", "NO", "1.0", "01", "1:30", "~")),
            "on": Column(type="int"),
        }
    )
    write(path, schema)
    assert read(path) == schema


@pytest.mark.parametrize(
    ("text", "place", "what", "hint"),
    [
        ("columns:\n  a: {type: flot}\n", ":2:7", "'int', 'float'", "did you mean 'float'?"),
        ("columns:\n  a: {type: int, nulable: true}\n", ":2:18", "'nulable' is not a rule", "did you mean 'nullable'?"),
        ("columns:\n  a: {type: int}\n  a: {type: int}\n", ":3:3", "'a' is there twice", "remove one"),
        ("columns:\n  a: {type: int\n", ":3:1", "is not YAML", ""),
        ("max_bad_rows: 5\ncolumns: {a: int}\n", ":1:1", "5%", ""),
        ("columns: []\n", "", "has no columns", "infers it again"),
        ("", "", "has no columns", "infers it again"),
    ],
)
def test_mistakes_have_a_place(tmp_path, text, place, what, hint):
    path = tmp_path / "x.schema.yaml"
    path.write_text(text)
    with pytest.raises(SpecError) as caught:
        read(path)
    assert caught.value.code == "E2020"
    assert f"x.schema.yaml{place}" in str(caught.value)
    assert what in str(caught.value)
    assert hint in str(caught.value)


def test_every_mistake_is_told_at_once(tmp_path):
    path = tmp_path / "x.schema.yaml"
    path.write_text("columns:\n  a: {type: flot}\n  b: {typ: int}\n")
    with pytest.raises(SpecError) as caught:
        read(path)
    assert [one.place.line for one in caught.value.diagnostics] == [2, 3, 3]


def test_short_forms(tmp_path):
    path = tmp_path / "x.schema.yaml"
    path.write_text("a: int\nb: {type: text}\n")
    assert read(path) == TableSchema(columns={"a": Column(type="int"), "b": Column(type="text")})
