"""The review stops a run whose data cannot be learnt from, and says why."""

import pytest

from declml.core.errors import DeclmlError


def test_one_class_stops_the_run(project, customers):
    project.write(customers().replace(",yes\n", ",no\n"), "target: left\ntime: day\n")
    with pytest.raises(DeclmlError) as caught:
        project.run()
    assert caught.value.code == "E2030"
    assert caught.value.exit_code == 1
    assert "only one value, 'no'" in caught.value.what


def test_a_leak_stops_the_run(project, customers):
    rows = customers().splitlines()
    leaked = [rows[0] + ",closed"] + [row + ("," + ("2" if row.endswith("yes") else "0")) for row in rows[1:]]
    project.write("\n".join(leaked) + "\n", "target: left\nkey: id\ntime: day\n")
    with pytest.raises(DeclmlError) as caught:
        project.run()
    assert caught.value.code == "E2030"
    assert "column closed" in caught.value.where
    assert caught.value.next == "features: {drop: [closed]}"
    project.respec("target: left\nkey: id\ntime: day\nfeatures: {drop: [closed]}\n")
    assert project.run().status == "done"


def test_whole_numbers_are_classes_or_values(project):
    rows = "x,few,many\n" + "".join(f"{(i * 7919) % 101},{i % 3},{i % 50}\n" for i in range(600))
    project.write(rows, "target: few\nfeatures: {drop: [many]}\nsplit: random\n")
    assert project.json(project.run(until="review"), "review")["class_values"] == [0, 1, 2]
    project.respec("target: many\nfeatures: {drop: [few]}\nsplit: random\n")
    assert project.json(project.run(until="review"), "review")["task"] == "regression"
    project.respec("target: few\ntask: regression\nfeatures: {drop: [many]}\nsplit: random\n")
    assert project.json(project.run(until="review"), "review")["task"] == "regression"


def test_a_target_that_is_not_a_number(project, customers):
    project.write(customers(), "target: left\ntask: regression\ntime: day\n")
    with pytest.raises(DeclmlError, match="not a number") as caught:
        project.run()
    assert caught.value.code == "E2024"
