"""What a column is, from its cells."""

import pyarrow as pa
import pytest

from declml.engine.steps.inference import ColumnScan


def infer(*batches, wanted="", is_target=False):
    arrays = [pa.array(batch) if not isinstance(batch, pa.Array) else batch for batch in batches]
    scan = ColumnScan("c", arrays[0].type)
    for array in arrays:
        scan.add(array)
    return scan.column(wanted, is_target=is_target), scan


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "2", None], "int"),
        (["1", "2.5"], "float"),
        (["1.0", "2.0"], "int"),
        (["1e3", "-4"], "int"),
        (["true", "False"], "bool"),
        (["yes", "no"], "category"),
        (["2024-01-01", "2024-02-29"], "date"),
        (["2024-01-01T10:00", "2024-02-29"], "datetime"),
        (["2024-01-01 10:00:00.5Z", "2024-02-29T00:00:00+02:00"], "datetime"),
        (["01234", "99999"], "category"),
        (["0", "0.5", "-0.5"], "float"),
        ([None, None], "text"),
        ([f"word {i}" for i in range(500)], "text"),
        (["x" * 200, "y"], "text"),
        ([1, 2, None], "int"),
        ([1.0, 2.0], "float"),
        ([True, False], "bool"),
        (["99999999999999999999", "1"], "float"),
    ],
)
def test_types(cells, kind):
    arrow = pa.array(cells, pa.string()) if all(cell is None for cell in cells) else cells
    assert infer(arrow)[0].type == kind


def test_arrow_times_keep_their_kind():
    import datetime as dt

    assert infer([dt.date(2024, 1, 1)])[0].type == "date"
    assert infer([dt.datetime(2024, 1, 1, 3)])[0].type == "datetime"


def test_one_odd_cell_in_a_thousand_does_not_change_the_type():
    assert infer(["1"] * 1999 + ["x"])[0].type == "int"
    assert infer(["1"] * 99 + ["x"])[0].type == "category"


def test_null_is_told_from_batches_that_have_none():
    assert infer(["1"], ["2"])[0].nullable is False
    assert infer(["1"], pa.array([None], pa.string()))[0].nullable is True


def test_categories_are_sorted_and_few():
    column, _ = infer(["b", "a", "c", "a"] * 10)
    assert column.values == ("a", "b", "c")
    assert infer([f"v{i}" for i in range(60)])[0].type == "text"
    assert infer([f"v{i}" for i in range(60)] * 100)[0].type == "category"
    assert infer([f"v{i}" for i in range(60)], is_target=True)[0].type == "category"


def test_what_the_spec_wants_counts_more():
    assert infer([1, 2, 3, 1], wanted="category")[0] == infer(["1", "2", "3"], wanted="category")[0]
    assert infer(["1", "n/a", "2"], wanted="number")[0].type == "int"


def test_memory_is_bounded():
    _, scan = infer(*[[f"{k}-{i}" for i in range(6000)] for k in range(3)])
    assert scan.values is None
