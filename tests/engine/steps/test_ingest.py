"""Rows that break a rule are set aside with their place and the rule; too many stop the run."""

import io

import pyarrow.parquet as pq
import pytest

from declml.core.errors import DeclmlError

SPEC = "target: left\nkey: id\ntime: day\n"


def quarantine(project, result):
    return pq.read_table(io.BytesIO(project.read(result, "quarantine"))).to_pylist()


def test_another_type_in_row_900_000(project):
    rows = "".join(f"{i % 97},{i % 2}\n" for i in range(899_999))
    project.write("a,y\n" + rows + "twelve,1\n" + "7,0\n" * 1000, "target: y\n")
    result = project.run(until="ingest")
    assert (
        project.facts("schema")["columns"]["a"]
        == "no nulls, 0 to 96, 98 distinct, 1 cells are not int: their rows are set aside"
    )
    assert quarantine(project, result) == [
        {"origin": "rows.csv", "row": 900_000, "column": "a", "rule": "int", "value": "twelve"}
    ]
    report = project.json(result, "ingest_report")
    assert (report["rows"], report["kept"], report["set_aside"]) == (900_999 + 1, 900_999, 1)
    content = pq.ParquetFile(io.BytesIO(project.read(result, "dataset")), page_checksum_verification=True)
    assert content.metadata.num_rows == 900_999
    assert content.metadata.row_group(0).column(0).compression == "ZSTD"
    assert content.metadata.row_group(0).num_rows <= 1 << 16


def test_every_rule_names_its_cells(project, customers):
    columns = (
        "schema:\n  max_bad_rows: 50%\n  columns:\n    id: {type: text, nullable: false, unique: true}\n"
        "    age: {type: int, min: 20, max: 80}\n    plan: {type: category, values: [basic, gold], other: refuse}\n"
        "    spend: {type: float, nullable: false}\n    day: date\n    left: {type: category, values: ['no', 'yes']}\n"
    )
    rows = (
        "id,age,plan,spend,day,left\n" + "".join(f"g{i},30,gold,1.5,2024-01-01,yes\n" for i in range(20)) +
        "g3,30,gold,1.5,2024-01-01,yes\n"  # 21: unique
        "b1,19,gold,1.5,2024-01-01,yes\n"  # 22: min
        "b2,81,pro,1.5,2024-01-01,yes\n"  # 23: max and values
        "b3,30,gold,,2024-01-01,yes\n"  # 24: null
        "b4,30,gold,inf,2024-01-01,yes\n"  # 25: finite
        "b5,30,gold,1.5,2024-02-30,yes\n"  # 26: no such day
        "b6,30,gold,1e39,2024-01-01,yes\n"  # 27: beyond float32
    )  # fmt: skip
    project.write(rows, SPEC + columns)
    result = project.run(until="ingest")
    found = {(one["row"], one["column"], one["rule"], one["value"]) for one in quarantine(project, result)}
    assert found == {
        (21, "id", "unique", "g3"), (22, "age", "at least 20", "19"), (23, "age", "at most 80", "81"),
        (23, "plan", "one of the values", "pro"), (24, "spend", "not null", None), (25, "spend", "finite", "inf"),
        (26, "day", "date", "2024-02-30"), (27, "spend", "finite", "1e39"),
    }  # fmt: skip
    assert project.json(result, "ingest_report")["set_aside"] == 7


def test_too_many_bad_rows_stop_the_run(project, customers):
    columns = "schema: {id: text, age: {type: int, max: 60}, plan: text, spend: float, day: date, left: {type: category, values: ['no', 'yes']}}\n"
    project.write(customers(), SPEC + columns)
    with pytest.raises(DeclmlError) as caught:
        project.run()
    error = caught.value
    assert error.code == "E2022"
    assert error.exit_code == 1
    assert "rows.csv, row " in error.where
    assert "'age' must be at most 60" in error.why
    assert "toy.schema.yaml" in error.next


def test_values_of_personal_columns_stay_out_of_errors(project, customers):
    columns = "schema: {id: int, age: int, plan: text, spend: float, day: date, left: {type: category, values: ['no', 'yes']}}\n"
    project.write(customers(), SPEC.replace("key: id\n", "") + columns + "data: {path: rows.csv, pii: [id]}\n")
    text = (project.base / "toy.yaml").read_text().replace("data: rows.csv\n", "", 1)
    (project.base / "toy.yaml").write_text(text)
    with pytest.raises(DeclmlError, match="E2022") as caught:
        project.run()
    assert "c0" not in str(caught.value)


def test_a_column_the_schema_names_and_the_data_lacks(project, customers):
    project.write(
        customers(), SPEC + "schema: {id: text, aged: int, left: {type: category, values: ['no', 'yes']}, day: date}\n"
    )
    with pytest.raises(DeclmlError, match="'aged'") as caught:
        project.run()
    assert caught.value.code == "E2021"
    assert "did you mean 'age'?" in caught.value.next


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("target: lft", "target"),
        ("target: left\nkey: ident", "key"),
        ("target: left\nfeatures: {drop: [plan_]}", "features.drop"),
    ],
)
def test_a_column_the_spec_names_and_the_data_lacks(project, customers, key, word):
    project.write(customers(), key + "\n")
    with pytest.raises(DeclmlError) as caught:
        project.run()
    assert caught.value.code == "E2021"
    assert caught.value.where.endswith(word)


def test_every_source_gives_the_same_rows(project, customers):
    import pyarrow as pa
    from pyarrow import csv

    project.write(customers(), SPEC)
    first = project.run(until="ingest")
    table = csv.read_csv(project.base / "rows.csv", convert_options=csv.ConvertOptions(strings_can_be_null=True))
    pq.write_table(table, project.base / "rows.parquet")
    lines = "".join(
        __import__("json").dumps({k: v for k, v in row.items() if v is not None}, default=str) + "\n"
        for row in table.to_pylist()
    )
    (project.base / "rows.jsonl").write_text(lines)
    read = []
    for file in ("rows.csv", "rows.parquet", "rows.jsonl"):
        project.respec(SPEC, file)
        result = project.run(until="ingest")
        dataset = pq.read_table(io.BytesIO(project.read(result, "dataset")))
        read.append(dataset.select(sorted(dataset.schema.names)))
    assert read[0] == read[1] == read[2]
    assert read[0].schema.field("day").type == pa.date32()
    assert first.artifacts["dataset"]
