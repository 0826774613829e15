"""The law: the YAML text at the place of a value is the composed, unresolved value."""

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from declml.config.load import compose
from declml.config.provenance import Origins

KEYS = st.sampled_from(["model", "gates", "owner", "alpha", "beta", "gamma"])
SCALARS = st.one_of(
    st.integers(-99, 99), st.booleans(), st.sampled_from(["text", "two words", "${owner}", "0.5x"]), st.none()
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
MAPPINGS = st.dictionaries(KEYS, TREES, max_size=4)
PACKAGES = st.sampled_from(["", "# @package _global_\n", "# @package alpha.beta\n"])
FILES = st.lists(st.tuples(PACKAGES, MAPPINGS), min_size=1, max_size=4)
OVERRIDES = st.lists(
    st.tuples(
        st.lists(KEYS, min_size=1, max_size=3).map(".".join), st.sampled_from(["1", "word", "[1,2]", "{alpha:3}"])
    ),
    max_size=2,
)


def leaves(data: Any, path: tuple[str | int, ...] = ()) -> Any:
    if isinstance(data, dict | list):
        for key, one in data.items() if isinstance(data, dict) else enumerate(data):
            yield from leaves(one, (*path, key))
    elif path:
        yield path, data


def at_place(origins: Origins, path: tuple[str | int, ...], folder: Path) -> tuple[bool, Any]:
    """Whether the place is exact, and the value that its text holds."""
    origin = origins.exact(path)
    if origin is None or origin.value is None:
        return False, None
    if origin.value.override:
        text = origin.value.override.partition("=")[2]
        value = yaml.safe_load(text.replace(":", ": "))
        whole = tuple(origin.value.override.partition("=")[0].lstrip("+").split("."))
        for word in path[len(whole) :]:
            value = value[word]
        return True, value
    place = origin.value
    source = (folder / Path(place.file).name if not Path(place.file).exists() else Path(place.file)).read_text()
    lines = source.splitlines()
    rest = "\n".join([" " * (place.column - 1) + lines[place.line - 1][place.column - 1 :], *lines[place.line :]])
    node = yaml.compose(next_value(rest), Loader=yaml.SafeLoader)
    return True, yaml.constructor.SafeConstructor().construct_document(node)


def next_value(text: str) -> str:
    """The first flow value of a text: the files are written in flow style, one top key a line."""
    depth, quoted = 0, ""
    body = text.lstrip()
    for number, char in enumerate(body):
        if quoted:
            quoted = "" if char == quoted else quoted
        elif char in "'\"":
            quoted = char
        elif char in "[{":
            depth += 1
        elif char in "]}" and depth:
            depth -= 1
        elif (char in ",\n" or char in "]}") and not depth:
            return body[:number]
    return body


def dumped(data: dict[str, Any]) -> str:
    return "".join(
        f"{key}: {yaml.safe_dump(one, default_flow_style=True, width=10**6).splitlines()[0]}\n"
        for key, one in data.items()
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(main=MAPPINGS, files=FILES, overrides=OVERRIDES, own_last=st.booleans())
def test_the_text_at_a_place_is_the_value(
    main: dict[str, Any], files: list[tuple[str, dict[str, Any]]], overrides: list[tuple[str, str]], own_last: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conf" / "grp").mkdir(parents=True)
        for number, (header, data) in enumerate(files):
            (folder / "conf" / "grp" / f"part{number}.yaml").write_text(header + dumped(data))
        parts = [
            f"  - grp@_here_: part{n}" if not header else f"  - /grp@x{n}: part{n}"
            for n, (header, _) in enumerate(files)
        ]
        parts = [f"  - conf_{n}" for n in range(0)] + parts
        order = [*parts, "  - _self_"] if own_last else ["  - _self_", *parts]
        unique = list(dict.fromkeys(order))
        kept = [line for line in unique if "_here_" not in line] + [line for line in unique if "_here_" in line][:1]
        kept = sorted(kept, key=unique.index)
        (folder / "main.yaml").write_text("defaults:\n" + "\n".join(kept) + "\n" + dumped(main))
        check(folder, [f"++{key}={value}" for key, value in overrides])


def check(folder: Path, overrides: list[str]) -> None:
    from declml.core.errors import SpecError

    try:
        composition = compose(folder / "main.yaml", overrides, [])
    except SpecError as error:
        assert error.code in {"E1017", "E1018"}, error  # noqa: PT017 - an override into a list cannot be composed
        return
    raw = OmegaConf.to_container(composition.config, resolve=False)
    assert isinstance(raw, dict)
    raw.pop("hydra")
    origins = composition.origins()
    exact = 0
    for path, value in leaves(raw):
        known, text = at_place(origins, path, folder / "conf" / "grp")
        assert known, f"{path} has no place"
        assert text == value, (path, text, value)
        exact += 1
    assert exact == len(list(leaves(raw)))
