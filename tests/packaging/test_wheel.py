"""What the wheel and the sdist hold, and that each way to install them works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("pyproject.toml", "setup.py", "README.md", "CHANGELOG.md", "LICENSE", "MANIFEST.in", "src", "conf")
LOOK = """
import importlib.resources, sys
import declml, declml.cli.main, declml.conf
from hydra._internal.core_plugins.importlib_resources_config_source import ImportlibResourcesConfigSource

print("code", declml.__file__)
source = ImportlibResourcesConfigSource(provider="test", path="pkg://declml.conf")
assert source.available()
inside = importlib.resources.files("declml.conf")

def walk(folder, prefix=""):
    for one in folder.iterdir():
        if one.is_dir():
            yield from walk(one, prefix + one.name + "/")
        elif one.name.endswith(".yaml"):
            yield prefix + one.name

for name in sorted(walk(inside)):
    assert source.load_config(name.removesuffix(".yaml")).config is not None
    print("conf", name)
assert importlib.resources.files("declml").joinpath("py.typed").is_file()
"""


def copy_of_sources(target: Path) -> Path:
    """The files a build needs, without what earlier builds left."""
    target.mkdir(exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            junk = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.nbi", "*.nbc")
            shutil.copytree(source, target / part, ignore=junk)
        elif source.exists():
            shutil.copy(source, target / part)
    return target


def groups(sources: Path) -> set[str]:
    return {path.relative_to(sources / "conf").as_posix() for path in (sources / "conf").rglob("*.yaml")}


def call(*words: str | Path, cwd: Path, **env: str) -> str:
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copied = copy_of_sources(tmp_path_factory.mktemp("sources"))
    assert groups(copied)
    return copied


@pytest.fixture(scope="module")
def built(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist (the wheel is built from that sdist)."""
    out = tmp_path_factory.mktemp("dist")
    call(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, sources, cwd=sources)
    return out


def one(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    return one(built, "*.whl")


def test_the_wheel_holds_every_module_and_config_group(wheel: Path, sources: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {
        f"declml/{path.relative_to(sources / 'src/declml').as_posix()}"
        for path in (sources / "src/declml").rglob("*.py")
    }
    assert modules <= names
    assert {f"declml/conf/{name}" for name in groups(sources)} <= names
    assert {"declml/py.typed", "declml/conf/__init__.py"} <= names


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops <= {"declml", f"declml-{wheel.name.split('-')[1]}.dist-info"}
    assert not [name for name in names if name.endswith((".pyc", ".nbi", ".nbc")) or "/tests/" in name]


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    package = zipfile.ZipFile(wheel)
    (facts,) = [name for name in package.namelist() if name.endswith("METADATA")]
    (entries,) = [name for name in package.namelist() if name.endswith("entry_points.txt")]
    text = package.read(facts).decode()
    assert "Name: declml\n" in text
    assert "License-Expression: Apache-2.0\n" in text
    assert "declml = declml.cli.main:main" in package.read(entries).decode()
    assert any(name.endswith("LICENSE") for name in package.namelist())


def test_the_sdist_holds_what_a_build_needs(built: Path, sources: Path) -> None:
    sdist = one(built, "*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {f"conf/{name}" for name in groups(sources)} | {
        "conf/__init__.py",
        "setup.py",
        "pyproject.toml",
        "LICENSE",
    } <= names


@pytest.fixture(scope="module")
def libraries() -> str:
    """The folder with this environment's libraries, for environments that get declml alone."""
    return str(Path(one_module("hydra")).parents[1])


def one_module(name: str) -> str:
    module = __import__(name)
    assert module.__file__
    return module.__file__


def environment(folder: Path) -> Path:
    """A virtual environment with pip and setuptools; its interpreter."""
    call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    return folder / "bin" / "python"


@pytest.mark.parametrize("way", ["wheel", "sdist", "editable"])
def test_every_way_to_install_gives_the_command_and_its_config(
    way: str, sources: Path, built: Path, wheel: Path, libraries: str, tmp_path: Path
) -> None:
    what = {"wheel": [wheel], "sdist": [one(built, "*.tar.gz")], "editable": ["--editable", sources]}[way]
    python = environment(tmp_path / "env")
    pip = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    site = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).strip()
    site_file = Path(site) / "libraries.pth"
    site_file.write_text(libraries_only(libraries, tmp_path / "libraries") + "\n", encoding="utf-8")
    call(*pip, *what, cwd=tmp_path)

    seen = call(python, "-c", LOOK, cwd=tmp_path).splitlines()

    home = sources if way == "editable" else tmp_path / "env"
    assert seen[0].startswith(f"code {home}/"), seen[0]
    assert {line.removeprefix("conf ") for line in seen[1:]} == groups(sources)
    assert "usage: declml" in call(python.parent / "declml", "--help", cwd=tmp_path)


def libraries_only(libraries: str, view: Path) -> str:
    """The libraries without the declml of this environment."""
    view.mkdir()
    for path in Path(libraries).iterdir():
        if "declml" not in path.name and path.suffix != ".pth":
            (view / path.name).symlink_to(path)
    return str(view)
