import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from declml.cli.packing import pack
from declml.core.errors import SpecError


def put(folder: Path, *names: str, text: bytes = b"x") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def names(package: Path) -> list[str]:
    with zipfile.ZipFile(package) as opened:
        return opened.namelist()


def test_a_package_holds_the_folder_and_none_of_its_debris(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    put(folder, "churn.yaml", "data/a.csv", "conf/env/prod.yaml", "plugins.py")
    put(folder, ".git/HEAD", ".venv/bin/python", "__pycache__/a.pyc", ".declml/objects/1", "deep/.env", ".mypy_cache/x")

    packed = pack(folder, tmp_path / "p.zip")

    assert names(tmp_path / "p.zip") == ["churn.yaml", "conf/env/prod.yaml", "data/a.csv", "plugins.py"]
    assert (packed.files, packed.content) == (4, 4)


def test_the_store_stays_whatever_its_name(tmp_path: Path) -> None:
    put(tmp_path / "p", "s.yaml", "kept/objects/1", "other/kept/2")
    pack(tmp_path / "p", tmp_path / "p.zip", skip=tmp_path / "p" / "kept")
    assert names(tmp_path / "p.zip") == ["other/kept/2", "s.yaml"]


@pytest.mark.parametrize("word", ["big.csv", "data/big.csv", "*.csv", "data"])
def test_what_is_excluded_stays(tmp_path: Path, word: str) -> None:
    put(tmp_path / "p", "s.yaml", "data/big.csv")
    pack(tmp_path / "p", tmp_path / "p.zip", leave_out=[word])
    assert names(tmp_path / "p.zip") == ["s.yaml"]


def test_a_folder_that_git_ignores_travels(tmp_path: Path) -> None:
    put(tmp_path / "p", "data/a.csv", "s.yaml")
    (tmp_path / "p" / ".gitignore").write_text("data/\n")
    pack(tmp_path / "p", tmp_path / "p.zip")
    assert "data/a.csv" in names(tmp_path / "p.zip")


def test_links_are_followed_and_a_circle_ends(tmp_path: Path) -> None:
    put(tmp_path / "outside", "a.csv", text=b"real")
    put(tmp_path / "p", "s.yaml")
    (tmp_path / "p" / "data").symlink_to(tmp_path / "outside")
    (tmp_path / "p" / "self").symlink_to(tmp_path / "p")
    (tmp_path / "p" / "gone.csv").symlink_to(tmp_path / "nowhere")
    pack(tmp_path / "p", tmp_path / "p.zip")
    assert names(tmp_path / "p.zip") == ["data/a.csv", "s.yaml"]
    with zipfile.ZipFile(tmp_path / "p.zip") as opened:
        assert opened.read("data/a.csv") == b"real"


def test_too_large_names_the_largest_and_the_way_out(tmp_path: Path) -> None:
    put(tmp_path / "p", "s.yaml")
    (tmp_path / "p" / "big.parquet").write_bytes(bytes(300_000))
    with pytest.raises(SpecError) as caught:
        pack(tmp_path / "p", tmp_path / "p.zip", limit=100_000)
    assert caught.value.code == "E8033"
    assert "big.parquet (300 kB)" in caught.value.why
    assert "--exclude" in caught.value.next


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    put(tmp_path / "p", "s.yaml")
    with pytest.raises(SpecError, match="cannot be packed") as caught:
        pack(tmp_path / "p", tmp_path / "missing" / "p.zip")
    assert caught.value.where.endswith("missing/p.zip")


@given(st.dictionaries(st.text("abcde", min_size=1, max_size=6), st.binary(max_size=2000), min_size=1, max_size=6))
def test_equal_files_give_equal_packages(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    packages = []
    for order in (1, -1):
        folder = tmp_path_factory.mktemp("order")
        for name in sorted(files)[::order]:
            put(folder / "p", name, text=files[name])
        pack(folder / "p", folder / "p.zip")
        packages.append((folder / "p.zip").read_bytes())
    assert packages[0] == packages[1]
    with zipfile.ZipFile(folder / "p.zip") as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == files
