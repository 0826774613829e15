"""What all tests share: a home of their own, and one Ray for those that need one."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`DECLML_HOME` of this test: no test sees, or leaves, what a user's local service records."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DECLML_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def local_ray() -> Iterator[str]:
    """The address of a private Ray of two cores, started with the first test that asks and ended with the session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        import ray  # reads its environment when it is imported

        folder = tempfile.mkdtemp(
            prefix="dt-", dir="/tmp"
        )  # short: Ray's sockets live below it, and their paths are limited
        context = ray.init(
            address="local", num_cpus=2, include_dashboard=False, namespace="declml", log_to_driver=False,
            logging_level="ERROR", _temp_dir=folder, _node_ip_address="127.0.0.1",
        )  # fmt: skip
        try:
            yield context.address_info["address"]
        finally:
            ray.shutdown()
            shutil.rmtree(folder, ignore_errors=True)
