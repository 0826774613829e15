"""One spec and its store."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from declml.plugin.registry import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from declml.config.load import Loaded
    from declml.core.events import Event
    from declml.engine.plan import Plan
    from declml.project.building import Built
    from declml.spec.root import ProjectSpec
    from declml.store.release import Release
    from declml.store.store import Store

    Watch = Callable[[Event], None]


def unwatched(event: Event) -> None:
    """Watch nothing."""


class Project:
    """What the commands act on. Opening validates the spec and touches nothing.

    Attributes:
        loaded: the spec as composed, with the places of its values.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded

    @classmethod
    def open(
        cls,
        spec_file: Path | None,
        overrides: Sequence[str] = (),
        *,
        config_dir: str | None = None,
        config_name: str | None = None,
    ) -> Project:
        """Read and validate a spec.

        Raises:
            SpecError: every mistake in it, each with its place.
        """
        from declml.config.load import load

        return cls(load(spec_file, overrides, config_dir=config_dir, config_name=config_name))

    @classmethod
    def sweep(
        cls,
        spec_file: Path | None,
        overrides: Sequence[str],
        *,
        config_dir: str | None = None,
        config_name: str | None = None,
    ) -> list[Project]:
        """One project for each job of a sweep; every one is validated before any is used."""
        from declml.config.sweep import sweep

        return [cls(one) for one in sweep(spec_file, overrides, config_dir=config_dir, config_name=config_name)]

    @property
    def spec(self) -> ProjectSpec:
        """The typed spec."""
        return self.loaded.spec

    @property
    def base(self) -> Path:
        """The folder of the spec: relative paths start here."""
        return self.loaded.base

    @property
    def name(self) -> str:
        """The project's name."""
        return self.spec.name

    @cached_property
    def store(self) -> Store:
        """The store, made when it is not there."""
        from declml.store.store import Store

        return Store.open(self.spec.store, self.base)

    @cached_property
    def store_to_read(self) -> Store:
        """The store for looking only: a store that is not there is empty, and stays so."""
        from declml.store.store import Store

        return Store.open(self.spec.store, self.base, create=False)

    def plan(self) -> Plan:
        """What a run would do, and why. Builds nothing."""
        from declml.engine.plan import make_plan

        return make_plan(self.spec, self.store_to_read, self.base)

    def run(self, *, until: str | None = None, watch: Watch = unwatched) -> Built:
        """Build what changed, gate it, keep the release, serve it.

        Raises:
            declml.core.errors.DeclmlError: a step failed; what was done before it is kept.
        """
        from declml.project.building import build

        return build(self, until, self.observed(watch))

    def rollout(self, planned: Plan) -> str:
        """One sentence: what a run with this plan would do to what is live."""
        from declml.project.live import foreseen

        return foreseen(self, planned)

    def check_data(self) -> list[str]:
        """Read the beginning of the training source and compare it with the spec; what is worth saying.

        Raises:
            declml.core.errors.DeclmlError: E2, the source cannot be read, or a named column is not in it.
        """
        from declml.project.sampling import check_source

        return check_source(self)

    def observed(self, watch: Watch) -> Watch:
        """Tell `watch`, and every plugin that observes."""

        def tell(event: Event) -> None:
            watch(event)
            registry().tell(event)

        return tell

    def release(self, number: int | None = None) -> Release:
        """A release: by number, else the live one, else the newest.

        Raises:
            declml.core.errors.DeclmlError: E4009, there is none.
        """
        store = self.store_to_read
        return store.releases.get(self.name, number or store.ledger.aliases(self.name).get("live"))
