"""YAML from strangers."""

import pytest

from declml.config.yaml_guard import MAX_ALIASED, MAX_BYTES, MAX_DEPTH, MAX_NODES, read_yaml
from declml.core.errors import SpecError


def bomb(levels: int, width: int) -> str:
    lines = ["a0: &a0 [" + ", ".join(["x"] * width) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * width) + "]" for n in range(1, levels)]
    return "\n".join(lines)


HOSTILE = {
    "an alias bomb": (bomb(6, 9), "E1010", "aliases add"),
    "an alias bomb of mappings": (
        "a: &a {k: v, l: w}\nb: &b {" + ", ".join(f"x{n}: *a" for n in range(400)) + "}\n",
        "E1010",
        "aliases",
    ),
    "an alias to itself": ("a: &a [*a]", "E1010", "itself"),
    "a hundred thousand brackets": ("[" * 100_000, "E1010", f"more than {MAX_DEPTH} deep"),
    "a hundred thousand braces": ("{a: " * 100_000, "E1010", f"more than {MAX_DEPTH} deep"),
    "deep block mappings": ("\n".join(" " * n + f"k{n}:" for n in range(100)), "E1010", "deep"),
    "too many values": ("a: [" + "1," * (MAX_NODES + 1) + "]", "E1010", f"more than {MAX_NODES}"),
    "too many characters": ("a: " + "x" * MAX_BYTES, "E1010", "characters"),
    "a tag that runs": ("a: !!python/object/apply:os.system [touch /tmp/x]", "E1013", "tag"),
    "a tag that makes a path": ("a: !!python/object/apply:pathlib.Path [x]", "E1013", "tag"),
    "a tag of one's own": ("a: !thing {b: 1}", "E1013", "tag"),
    "a set": ("a: !!set {x, y}", "E1013", "tag"),
    "bytes": ("a: !!binary aGVsbG8=", "E1013", "tag"),
    "a null byte": ("a: \0", "E1002", "character"),
    "two documents": ("a: 1\n---\nb: 2\n", "E1002", ""),
    "a tab": ("a:\n\tb: 1\n", "E1002", "tab"),
    "an unclosed quote": ('a: "b\n', "E1002", ""),
    "an impossible date": ("a: 1:99:99:99\n--", "E1002", ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_refused_in_words(name: str) -> None:
    text, code, words = HOSTILE[name]
    with pytest.raises(SpecError) as caught:
        read_yaml(text, "spec.yaml")
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert words in found.what
    assert found.place is not None
    assert found.place.file == "spec.yaml"


def test_honest_aliases_and_merges_are_read() -> None:
    document = read_yaml("base: &b {a: 1, b: 2}\nmore: {<<: *b, b: 3}\nlist: [*b, *b]\n", "spec.yaml")
    assert document.findings == ()
    assert document.data == {"base": {"a": 1, "b": 2}, "more": {"a": 1, "b": 3}, "list": [{"a": 1, "b": 2}] * 2}


def test_a_plain_large_file_is_no_bomb() -> None:
    columns = "\n".join(f"c{n}: {{type: float, min: 0, max: 1}}" for n in range(5_000))
    assert len(read_yaml(columns, "wide.yaml").data) == 5_000
    assert MAX_ALIASED < 5_000


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: 2024-01-01", {"a": "2024-01-01"}),
        ("a: 1e-1", {"a": 0.1}),
        ("a: 0.80", {"a": 0.8}),
        ("a: 0", {"a": 0}),
        ("a: -0.5", {"a": -0.5}),
        ("a: 20%", {"a": "20%"}),
        ("a: '01234'", {"a": "01234"}),
        ('a: "NO"', {"a": "NO"}),
        ("a: !!str 12", {"a": "12"}),
        ("a: ~", {"a": None}),
        ("", None),
        ("# only a comment", None),
    ],
)
def test_what_needs_no_quotes(text: str, data: object) -> None:
    document = read_yaml(text, "spec.yaml")
    assert (document.data, document.findings) == (data, ())


@pytest.mark.parametrize("word", ["NO", "no", "yes", "On", "off", "01234", "-012", "1:30", "1:30:00", "190:20:30.15"])
def test_words_that_yaml_reads_otherwise(word: str) -> None:
    (found,) = read_yaml(f"a: [{word}]", "spec.yaml").findings
    assert (found.code, str(found.place)) == ("E1011", "spec.yaml:1:5")
    assert f'"{word}"' in found.hint
